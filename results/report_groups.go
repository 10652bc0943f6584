package results

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/seed886cd727/throng/results/figure"
)

// pageGroup is one group of figures on a page, split as on the terminal.
type pageGroup struct {
	Name  string
	Table []pageRow // distributions
	Lines []pageRow
	Zeros string // counts that are 0 and should be
}

// groups are the figures that matter, as on the terminal.
func groups(f Figures) []pageGroup {
	var all []pageGroup
	measures := distributions()
	for _, name := range figure.Groups() {
		g := pageGroup{Name: name}
		var zeros []string
		for _, known := range figure.All() {
			v, ok := f[known.Name]
			if !ok || known.Group != name {
				continue
			}
			measure, suffix := split(known.Name, measures)
			switch {
			case measure != "" && suffix == "count" && v.Value > 0:
				g.Table = append(g.Table, pageRow{measure, meaning(known), cells(f, measure)})
			case measure != "":
			case folds(known, v.Value):
				zeros = append(zeros, known.Name)
			case !hides(known, v.Value):
				g.Lines = append(g.Lines, pageRow{known.Name, known.Meaning, []string{v.String()}})
			}
		}
		g.Zeros = strings.Join(zeros, ", ")
		if len(g.Table)+len(g.Lines)+len(zeros) > 0 {
			all = append(all, g)
		}
	}
	return all
}

// meaning is what a distribution measures, without what its suffix adds.
func meaning(f figure.Figure) string {
	at := strings.LastIndex(f.Meaning, ": ")
	if at < 0 {
		return f.Meaning
	}
	return f.Meaning[:at]
}

// cells are a distribution's figures in the order of its suffixes.
func cells(f Figures, measure string) []string {
	var all []string
	for _, suffix := range figure.Distribution() {
		cell := ""
		if v, ok := f[measure+"."+suffix]; ok {
			cell = v.String()
		}
		all = append(all, cell)
	}
	return all
}

// side sets several runs beside each other.
type side struct {
	Runs   []sideRun
	Rows   []pageRow
	Charts []template.HTML
}

type sideRun struct {
	Number   int
	ID, Name string
}

// beside lists every figure that is not 0 in all of the runs, and overlays their
// percentiles of delivery and ack.
func beside(runs []pageRun) *side {
	s := new(side)
	for i, r := range runs {
		s.Runs = append(s.Runs, sideRun{i + 1, r.ID, fmt.Sprintf("%d: %s %s", i+1, r.Summary.Scenario, r.Summary.Run)})
	}
	verdict := pageRow{Name: "verdict"}
	for _, r := range runs {
		verdict.Cells = append(verdict.Cells, word(r.Summary.Status()))
	}
	s.Rows = append(s.Rows, verdict)
	for _, f := range figure.All() {
		row, interesting := pageRow{Name: f.Name, Meaning: f.Meaning}, false
		for _, r := range runs {
			cell := ""
			if v, ok := r.Summary.Figures[f.Name]; ok {
				cell, interesting = v.String(), interesting || v.Value != 0
			}
			row.Cells = append(row.Cells, cell)
		}
		if interesting {
			s.Rows = append(s.Rows, row)
		}
	}
	for _, measure := range []string{"delivery", "ack"} {
		if c := overlaid(measure, runs); !c.empty() {
			s.Charts = append(s.Charts, c.svg())
		}
	}
	return s
}

// word is a verdict in one.
func word(status int) string {
	switch status {
	case StatusPassed:
		return "passed"
	case StatusInvalid:
		return "invalid"
	case StatusInterrupted:
		return "interrupted"
	}
	return "failed"
}

// overlaid draws one measure of several runs.
func overlaid(measure string, runs []pageRun) chart {
	var curves []curve
	for i, r := range runs {
		if h := r.Histograms[measure]; h != nil && h.Count() > 0 {
			curves = append(curves, curve{fmt.Sprintf("%d: %s %s", i+1, r.Summary.Scenario, r.Summary.Run), h})
		}
	}
	return distributed("Percentiles of "+measure, curves)
}

// facts are the lines of the environment; what is unknown is left out.
func facts(e *Environment) []pageFact {
	if e == nil {
		return nil
	}
	all := []pageFact{
		{"command", strings.Join(e.Command, " ")},
		{"generator", strings.Join([]string{e.Version, e.Commit, e.Go}, " ")},
		{"target", strings.Join([]string{e.Target.URL, e.Target.Version}, " ")},
		{"codec", e.Target.Codec},
		{"target's settings", e.Target.Settings.String()},
		{"generator's settings", e.GeneratorSettings.String()},
		{"target's cores", e.CPUsTarget},
		{"agents' cores", e.CPUsAgents},
	}
	if e.Target.Embedded {
		all[2].Text += " (started by the run)"
	}
	all = append(all, e.Host.facts("host")...)
	for _, a := range e.Agents {
		all = append(all, pageFact{"agent " + a.Name, fmt.Sprintf("%s, %d users, on %s", a.Version, a.Users, a.Host.Name)})
	}
	if e.ClockErrorNs != nil {
		all = append(all, pageFact{"clocks' error", figure.Format(figure.Nanoseconds, *e.ClockErrorNs)})
	}
	all = append(all, pageFact{"more", e.Extra.String()})
	return slices.DeleteFunc(all, func(f pageFact) bool { return strings.TrimSpace(f.Text) == "" })
}

func (h Host) facts(name string) []pageFact {
	system := strings.TrimSpace(strings.Join([]string{h.Name, h.OS, h.Kernel, h.Arch}, " "))
	machine := fmt.Sprintf("%s, %d cores, %s", h.CPUModel, h.Cores, figure.Format(figure.Bytes, float64(h.MemoryBytes)))
	limits := fmt.Sprintf("%s open files; %s", figure.Format(figure.Count, float64(h.OpenFiles)), h.Sysctls)
	return []pageFact{{name, system}, {"machine", machine}, {"limits", limits}}
}
