package results

import (
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/seed886cd727/throng/results/figure"
)

// Embedding is only to be had into a variable; nothing else writes it.
//
//go:embed page.html
var pageHTML string

// evidence is how many findings a page shows; the record has more.
const evidence = 200

// page is what page.html is filled with.
type page struct {
	Title    string
	Suffixes []string // heads of the tables of distributions
	Runs     []pageRun
	Side     *side // nil for one run
}

type pageRun struct {
	*Record
	ID, When, Lasted, Class string
	Groups                  []pageGroup
	All                     []pageRow
	Charts                  []template.HTML
	Found                   []pageFound
	Evidence                []Violation
	Hidden                  int64 // findings that the page does not show
	Checked                 string
	Environment             []pageFact
}

type pageRow struct {
	Name, Meaning string
	Cells         []string
}

type pageFound struct{ Name, Count string }

type pageFact struct{ Name, Text string }

// Report writes records as one HTML page that needs nothing else: no network, no
// script. Several records stand side by side first, then each on its own.
func Report(w io.Writer, records ...*Record) error {
	if len(records) == 0 {
		return errors.New("a report needs a record")
	}
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("the report's page: %w", err)
	}
	p := page{Suffixes: spelledAll()}
	for i, r := range records {
		p.Runs = append(p.Runs, r.page(i))
	}
	p.Title = "throng: " + records[0].Summary.Scenario + ", run " + records[0].Summary.Run
	if len(records) > 1 {
		p.Title = fmt.Sprintf("throng: %d runs", len(records))
		p.Side = beside(p.Runs)
	}
	return t.Execute(w, p)
}

func spelledAll() []string {
	var all []string
	for _, suffix := range figure.Distribution() {
		all = append(all, spelled(suffix))
	}
	return all
}

func (r *Record) page(i int) pageRun {
	s := r.Summary
	p := pageRun{
		Record: r, ID: fmt.Sprintf("run-%d", i+1), Class: "bad",
		When: s.Started.UTC().Format("2006-01-02 15:04:05 UTC"), Lasted: seconds(s.DurationSeconds),
		Groups: groups(s.Figures), All: rows(s.Figures, figure.All()),
		Evidence: r.Violations[:min(len(r.Violations), evidence)], Environment: facts(r.Environment),
	}
	if s.Status() == StatusPassed {
		p.Class = "good"
	}
	for _, c := range r.charts() {
		p.Charts = append(p.Charts, c.svg())
	}
	for _, name := range slices.Sorted(maps.Keys(r.Found)) {
		p.Found = append(p.Found, pageFound{name, figure.Format(figure.Count, float64(r.Found[name]))})
		p.Hidden += r.Found[name]
	}
	p.Hidden -= int64(len(p.Evidence))
	p.Checked = checked(s.Figures)
	return p
}

// checked names the checks that ran and found nothing.
func checked(f Figures) string {
	var names []string
	for _, one := range figure.All() {
		if v := f.Get(one.Name); one.Group == "correctness" && one.Direction == figure.Lower && v != nil && *v == 0 {
			names = append(names, one.Name)
		}
	}
	return strings.Join(names, ", ")
}

// rows are the figures that there are, of those asked for.
func rows(f Figures, which []figure.Figure) []pageRow {
	var all []pageRow
	for _, one := range which {
		if v, ok := f[one.Name]; ok {
			all = append(all, pageRow{one.Name, one.Meaning, []string{v.String()}})
		}
	}
	return all
}

// WriteReport writes such a page to a file, whole or not at all; it replaces
// what was there.
func WriteReport(path string, records ...*Record) error {
	return writeWhole(path, func(f io.Writer) error { return Report(f, records...) })
}
