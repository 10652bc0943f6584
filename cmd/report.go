package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/seed886cd727/throng/results"
)

// reportConfig is what `throng report` was told.
type reportConfig struct {
	out    string
	asJSON bool
}

func newReport() *cobra.Command {
	o := reportConfig{}
	c := &cobra.Command{
		Use:   "report RUN...",
		Short: "Make a page of what runs measured",
		Long: `report reads the records of runs, the folders that throng run leaves, and writes one
HTML page: verdict, thresholds, figures, latency over time and by percentile,
findings with their evidence, and the environment. The page opens offline, in
light and dark. Several runs stand side by side.`,
		Example: `  throng report runs/20261124-200000-quickstart
  throng report --out both.html runs/before runs/after
  throng report --json runs/20261124-200000-quickstart`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, dirs []string) error {
			return o.run(c.OutOrStdout(), dirs)
		},
	}
	f := c.Flags()
	f.StringVarP(&o.out, "out", "o", "", "the page to write; for one run, report.html in its record")
	f.BoolVar(&o.asJSON, "json", false, "print the summaries as JSON, one a line, instead of a page")
	return c
}

func (o reportConfig) run(stdout io.Writer, dirs []string) error {
	records, err := readRecords(dirs)
	if err != nil {
		return usageError(err)
	}
	if o.asJSON {
		return printSummaries(stdout, records)
	}
	path := o.out
	if path == "" {
		if len(dirs) > 1 {
			return usageError(errors.New("where shall a page of several runs go? give --out FILE"))
		}
		path = filepath.Join(dirs[0], "report.html")
	}
	if err := writeReport(path, records); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "wrote %s\n", path)
	return err
}

// readRecords lists everything that cannot be read.
func readRecords(dirs []string) ([]*results.Record, error) {
	var records []*results.Record
	var faults []error
	for _, dir := range dirs {
		r, err := results.Read(dir)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		records = append(records, r)
	}
	return records, errors.Join(faults...)
}

func printSummaries(stdout io.Writer, records []*results.Record) error {
	e := json.NewEncoder(stdout)
	e.SetEscapeHTML(false)
	for _, r := range records {
		if err := e.Encode(r.Summary); err != nil {
			return err
		}
	}
	return nil
}

// writeReport replaces the page that was there, which an earlier report left: it
// can always be made again.
func writeReport(path string, records []*results.Record) error {
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return usageError(fmt.Errorf("write %s: its folder is not there: make it, or give another --out", path))
	}
	err := results.WriteReport(path, records...)
	if err != nil {
		return &statusError{results.StatusInvalid, err}
	}
	return nil
}
