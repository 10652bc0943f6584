// Command scale sums up the records of runs that were made side by side on one
// machine, in one table: a line a run, and one for all of them. See docs/scale.md.
package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/seed886cd727/throng/results"
	"github.com/seed886cd727/throng/results/figure"
)

func main() {
	if err := sum(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

// column is a figure, and how the line for all runs comes from theirs.
type column struct {
	head, figure string
	all          func(sum, most, mean float64) float64
}

func columns() []column {
	sum := func(sum, _, _ float64) float64 { return sum }
	most := func(_, most, _ float64) float64 { return most }
	mean := func(_, _, mean float64) float64 { return mean }
	return []column{
		{"connections", "connections.open_peak", sum},
		{"failed", "connections.failed", sum},
		{"closed by target", "connections.closed_by_target", sum},
		{"lost", "lost", sum},
		{"server RSS", "target.rss", sum},
		{"B/connection", "target.bytes_per_connection", mean},
		{"the most", "target.bytes_per_connection", most},
		{"objects/connection", "target.heap_objects_per_connection", mean},
		{"generator RSS", "generator.rss", sum},
		{"its B/connection", "generator.bytes_per_connection", mean},
		{"connect p99", "connect.p99", most},
		{"gc pause p99", "target.gc_pause.p99", most},
	}
}

// sum writes the table of the records in these folders.
func sum(out io.Writer, dirs []string) error {
	var all []results.Figures
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "run\t")
	for _, c := range columns() {
		fmt.Fprintf(t, "%s\t", c.head)
	}
	fmt.Fprintln(t)
	for _, dir := range dirs {
		r, err := results.Read(dir)
		if err != nil {
			return err
		}
		all = append(all, r.Summary.Figures)
		fmt.Fprintf(t, "%s\t", r.Summary.Run)
		for _, c := range columns() {
			fmt.Fprintf(t, "%s\t", show(c, all[len(all)-1:]))
		}
		fmt.Fprintln(t)
	}
	fmt.Fprint(t, "all\t")
	for _, c := range columns() {
		fmt.Fprintf(t, "%s\t", show(c, all))
	}
	fmt.Fprintln(t)
	return t.Flush()
}

// show is a column's text for some runs; where none has the figure it is a dash.
func show(c column, runs []results.Figures) string {
	var sum, most, n float64
	for _, f := range runs {
		if v := f.Get(c.figure); v != nil {
			sum, most, n = sum+*v, max(most, *v), n+1
		}
	}
	f, known := figure.Lookup(c.figure)
	if n == 0 || !known {
		return "-"
	}
	return figure.Format(f.Unit, c.all(sum, most, sum/n))
}
