package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/seed886cd727/throng/loadgen/coordinator"
	"github.com/seed886cd727/throng/results"
	"github.com/seed886cd727/throng/scenarios"
)

// runConfig is what `throng run` was told.
type runConfig struct {
	set                      []string
	out, target, trace, logs string
	seed                     uint64
	keep, quiet, verbose     bool
	json                     bool
}

func newRun() *cobra.Command {
	o := runConfig{}
	c := &cobra.Command{
		Use:   "run [SCENARIO]",
		Short: "Run a scenario, judge it, and leave a run record",
		Long: `run makes the load of a scenario: a name of the library (throng scenario list) or a
file. It starts the reference server as a process of its own, unless the scenario
or --target names one, lets everyone connect, sends on a schedule that waits for
nobody, checks every delivery, and leaves a folder with all that was measured.

Ctrl-C ends it early: the record is kept and says so.

Exit status: 0 all thresholds hold · 1 one does not · 2 wrong usage, or this
machine does not allow it (throng doctor) · 3 the run is invalid: the generator was
the bottleneck, or the record could not be written · 4 the target could not be
reached, or died · 130 interrupted.`,
		Example: `  throng run
  throng run direct --set traffic.send.rate=500/s --set 'phases[1].for=10s'
  throng run irc-replay --trace help.trace --out runs/replay
  throng run group --target ws://127.0.0.1:8080/ws --set target.admin=http://127.0.0.1:8081
  throng run my-scenario.yaml --json --quiet`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			name := "quickstart"
			if len(args) > 0 {
				name = args[0]
			}
			if err := settle(c.Flags(), ""); err != nil {
				return usageError(err)
			}
			return runScenario(c, o, name)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&o.set, "set", nil, "PATH=VALUE of any field of the scenario; may be repeated")
	f.StringVar(&o.out, "out", "", "folder of the record (default runs/TIME-SCENARIO); it must not exist")
	f.StringVar(&o.target, "target", "", "URL of a server that is there: ws:// or wss://host:port/path")
	f.StringVar(&o.trace, "trace", "", "file of throng trace import, to be replayed")
	f.Uint64Var(&o.seed, "seed", 0, "of all that is drawn; 0 is the scenario's")
	f.StringVar(&o.logs, "server-log", "", "file that gets what the started server logs")
	f.BoolVar(&o.keep, "keep", false, "leave the run's conversations on the target")
	f.BoolVar(&o.quiet, "quiet", false, "no progress")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "every figure in the summary")
	f.BoolVar(&o.json, "json", false, "the summary as JSON")
	return c
}

// settings are what flags say of the scenario.
func (o runConfig) settings() []string {
	var set []string
	if o.target != "" {
		set = append(set, "target.urls=["+strconv.Quote(o.target)+"]")
	}
	if o.trace != "" {
		set = append(set, "traffic.replay.trace="+strconv.Quote(o.trace))
	}
	if o.seed != 0 {
		set = append(set, "seed="+strconv.FormatUint(o.seed, 10))
	}
	return append(set, o.set...)
}

func runScenario(c *cobra.Command, o runConfig, name string) error {
	s, err := scenarios.Load(name, o.settings())
	if err != nil {
		return usageError(err)
	}
	if s.Repeat > 1 {
		return usageError(errors.New("repeat: this version makes one run at a time; run it again with another --out"))
	}
	if o.out == "" {
		o.out = filepath.Join("runs", time.Now().UTC().Format("20060102T150405Z")+"-"+fileName(s.Name))
	}
	summary, err := coordinator.Run(c.Context(), coordinator.Options{
		Scenario: s, Out: o.out, Progress: o.progress(c.ErrOrStderr()), Keep: o.keep, ServerLog: o.logs,
		Command: append([]string{"throng"}, os.Args[1:]...), Version: version(), Commit: commit(),
	})
	if summary == nil && c.Context().Err() != nil {
		return &statusError{results.StatusInterrupted, errors.New("interrupted before the run began")}
	}
	if summary == nil {
		return runError(err, nil)
	}
	if printed := o.print(c.OutOrStdout(), summary); printed != nil {
		return printed
	}
	return runError(err, summary)
}

// fileName is a scenario's name as it may stand in a file's.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r == ' ' || r < ' ' {
			return '-'
		}
		return r
	}, name)
}

func (o runConfig) progress(stderr io.Writer) coordinator.Progress {
	if o.quiet {
		return coordinator.Silent{}
	}
	return &coordinator.Lines{Out: stderr, Terminal: isTerminal(stderr)}
}

func (o runConfig) print(out io.Writer, s *results.Summary) error {
	if o.json {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(s)
	}
	if err := s.WriteText(out, isTerminal(out) && os.Getenv("NO_COLOR") == "", o.verbose); err != nil {
		return err
	}
	report := filepath.Join(o.out, "report.html")
	if _, err := os.Stat(report); err != nil {
		report = "none: it could not be written"
	}
	_, err := fmt.Fprintf(out, "\nrecord  %s\nreport  %s\n", o.out, report)
	return err
}

// runError gives what a run came to its exit status: 2, 4, 3, 1 in that order,
// after 130.
func runError(err error, s *results.Summary) error {
	status := statusOK
	if s != nil {
		status = s.Status()
	}
	switch {
	case status == results.StatusInterrupted:
	case errors.Is(err, coordinator.ErrUsage):
		status = statusUsage
	case errors.Is(err, coordinator.ErrUnreachable):
		status = statusUnreachable
	case err != nil:
		status = results.StatusInvalid
	}
	if status == statusOK {
		return nil
	}
	if err == nil {
		err = errors.New("") // the summary says why
	}
	return &statusError{status, err}
}

// isTerminal tells whether people read what is written there.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
