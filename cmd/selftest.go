package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed886cd727/throng/loadgen/selftest"
	"github.com/seed886cd727/throng/results"
)

func newSelftest() *cobra.Command {
	var o struct {
		records string
		json    bool
	}
	c := &cobra.Command{
		Use:   "selftest",
		Short: "Show that the checks find what they must",
		Long: `selftest runs a small load against a server that breaks one promise on purpose, a
known number of times: it reorders, drops, duplicates, forgets, invents, stores
twice, misdelivers, corrupts, or tells a cursor that went back. For each fault it
says which figure must move and by how much, and what it was. First comes a server
without a fault, of which every figure must be 0. It takes about half a minute.`,
		Example: `  throng selftest
  throng selftest --records runs/selftest`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return runSelftest(c, selftest.Config{Records: o.records}, o.json)
		},
	}
	c.Flags().StringVar(&o.records, "records", "", "folder that keeps the run records")
	c.Flags().BoolVar(&o.json, "json", false, "a line of JSON a fault")
	return c
}

func runSelftest(c *cobra.Command, config selftest.Config, asJSON bool) error {
	out, failed := c.OutOrStdout(), 0
	for _, one := range selftest.Cases() {
		o := config.Run(c.Context(), one)
		if c.Context().Err() != nil {
			return &statusError{results.StatusInterrupted, errors.New("interrupted")}
		}
		if !o.Passed {
			failed++
		}
		if err := tell(out, o, asJSON); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d faults were not found as they must be", failed, len(selftest.Cases()))
	}
	return nil
}

// tell writes what became of a case.
func tell(out io.Writer, o selftest.Outcome, asJSON bool) error {
	verdict := "FAILED"
	if o.Passed {
		verdict = "ok    "
	}
	if asJSON {
		return json.NewEncoder(out).Encode(map[string]any{"fault": o.Fault, "passed": o.Passed, "seen": o.Seen, "error": errorText(o.Err)})
	}
	fault := o.Fault
	if fault == "" {
		fault = "no fault"
	}
	var figures []string
	for _, s := range o.Seen {
		figures = append(figures, fmt.Sprintf("%s %s (must be %s)", s.Figure, number(s.Got), number(&s.Value)))
	}
	if len(figures) == 0 && o.Passed {
		figures = []string{"every figure is 0"}
	}
	if o.Err != nil {
		figures = append(figures, o.Err.Error())
	}
	_, err := fmt.Fprintf(out, "%s %-14s the server %-50s %s\n", verdict, fault, does(o), strings.Join(figures, ", "))
	return err
}

func does(o selftest.Outcome) string {
	if o.Fault == "" {
		return "keeps its promises"
	}
	return o.Means
}

func number(v *float64) string {
	if v == nil {
		return "absent"
	}
	return strconv.FormatFloat(*v, 'g', 4, 64)
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
