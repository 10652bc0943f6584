package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed886cd727/throng/loadgen/trace"
)

// newTrace is the verb for traffic that was recorded elsewhere.
func newTrace() *cobra.Command {
	c := &cobra.Command{
		Use:   "trace",
		Short: "Turn recorded chat traffic into traces that can be replayed",
		Long: `A trace says who spoke when, where, and how much. What they said is private: of a
message a trace holds its size, and nothing of its text. Names of users and
conversations are in it.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return usageError(errors.New("trace needs a verb: import or stats\ntry: throng trace --help"))
		},
	}
	c.AddCommand(newTraceImport(), newTraceStats())
	return c
}

// importConfig is what `throng trace import` was told.
type importConfig struct {
	format, date, out string
	seed              uint64
	force             bool
}

func newTraceImport() *cobra.Command {
	o := importConfig{}
	c := &cobra.Command{
		Use:   "import --format irc -o TRACE FILE...",
		Short: "Make a trace of chat logs",
		Long: `import reads chat logs and writes one trace of all of them. It says how many lines
it took, how many it left out, and why.

Two kinds of IRC log are known, and told apart by themselves:
  [09:41] <nick> text                          the day is in the file's name, or --date
  channel 2019-02-18 [09:41:05] <nick> text

Stamps say a minute or a second. The times within it are drawn from --seed, and
keep the order of the lines. The trace's header holds all rules of the import.`,
		Example: `  throng trace import --format irc -o help.trace 2008-04-27-help.log
  throng trace import --format irc --date 2008-04-27 -o help.trace help.log`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error {
			return importTrace(c, o, files)
		},
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "", "what the files are: irc")
	f.StringVar(&o.date, "date", "", "first day of logs without dates, YYYY-MM-DD; goes before the date in a file's name")
	f.StringVarP(&o.out, "out", "o", "", "the trace to write")
	f.Uint64Var(&o.seed, "seed", 1, "of the times drawn within a stamp's minute or second")
	f.BoolVar(&o.force, "force", false, "replace a trace that is already there")
	return c
}

func importTrace(c *cobra.Command, o importConfig, files []string) error {
	options, err := o.options()
	if err != nil {
		return usageError(err)
	}
	t, err := trace.Import(o.format, files, options)
	if err != nil {
		return usageError(err)
	}
	if err := writeTrace(t, o.out); err != nil {
		return err
	}
	s := t.Stats()
	_, err = fmt.Fprintf(c.OutOrStdout(), "lines: %s\nwrote %s: %d messages of %d users in %d conversations\n",
		s.Lines, o.out, s.Messages, s.Users, s.Conversations)
	return err
}

// options checks all that was told before a file is read.
func (o importConfig) options() (trace.Options, error) {
	var faults []error
	if o.format != "irc" {
		faults = append(faults, fmt.Errorf("--format %q: give --format irc", o.format))
	}
	if o.out == "" {
		faults = append(faults, errors.New("where shall the trace go? give -o TRACE"))
	} else if _, err := os.Lstat(o.out); err == nil && !o.force {
		faults = append(faults, fmt.Errorf("%s is already there: give another -o, or --force to replace it", o.out))
	}
	options := trace.Options{Seed: o.seed}
	if o.date != "" {
		day, err := time.Parse(time.DateOnly, o.date)
		if err != nil {
			faults = append(faults, fmt.Errorf("--date %q: must be a day like 2008-04-27", o.date))
		}
		options.Date = day
	}
	return options, errors.Join(faults...)
}

// writeTrace writes beside the file and renames, so that a trace is there whole or
// not at all. What it could not write has the status of a full disk.
func writeTrace(t *trace.Trace, path string) error {
	const statusUnwritten = 3
	err := func() error {
		f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
		if err != nil {
			return err
		}
		defer os.Remove(f.Name()) // fails once it was renamed
		err = errors.Join(t.Write(f), f.Chmod(0o644), f.Close())
		if err != nil {
			return err
		}
		return os.Rename(f.Name(), path)
	}()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usageError(fmt.Errorf("write %s: its folder is not there: %w", path, err))
	case err != nil:
		return &statusError{statusUnwritten, fmt.Errorf("write %s: %w", path, err)}
	}
	return nil
}

func newTraceStats() *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "stats TRACE",
		Short: "Say what is in a trace",
		Long: `stats reads a trace and says who speaks how much, how fast, how long, how bursty,
and what became of the lines that it was made of.`,
		Example: `  throng trace stats help.trace
  throng trace stats --json help.trace`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			t, err := trace.Open(args[0])
			if err != nil {
				return usageError(err)
			}
			if asJSON {
				e := json.NewEncoder(c.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(t.Stats())
			}
			return t.Stats().WriteText(c.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}
