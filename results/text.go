package results

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/seed886cd727/throng/results/figure"
)

// WriteText writes the summary for a terminal, 80 columns wide: the figures
// group by group as the catalogue has them, what to doubt, and at the end, where
// people look, the thresholds and the verdict. Without verbose it leaves out
// parts of figures and what is rarely asked for, and names the counts that are 0
// and should be in one line. With color, what failed is red.
func (s *Summary) WriteText(w io.Writer, color, verbose bool) error {
	t := &text{color: color, verbose: verbose}
	t.printf("%s  run %s  %s  %s\n", s.Scenario, s.Run,
		s.Started.UTC().Format("2006-01-02 15:04:05 UTC"), seconds(s.DurationSeconds))
	t.phases(s)
	t.figures(s.Figures)
	if verbose {
		for _, p := range s.Phases {
			t.printf("\n%s\n", t.paint(bold, "phase "+p.span()))
			t.figures(p.Figures)
		}
	}
	t.remarks(s)
	t.thresholds(s)
	t.verdict(s)
	_, err := t.WriteTo(w)
	return err
}

// text gathers what is written. Nothing is painted before it was padded: the
// codes of colours have no width.
type text struct {
	bytes.Buffer
	color, verbose bool
}

const (
	bold  = "1"
	red   = "1;31"
	green = "32"
	faint = "2"
	width = 80 // columns
)

func (t *text) printf(format string, args ...any) { fmt.Fprintf(&t.Buffer, format, args...) }

func (t *text) paint(how, what string) string {
	if !t.color {
		return what
	}
	return "\x1b[" + how + "m" + what + "\x1b[0m"
}

func seconds(s float64) string { return fmt.Sprintf("%.1f s", s) }

// span says when a phase was, and whether it counts.
func (p Phase) span() string {
	said := fmt.Sprintf("%s %s-%s", p.Name, strings.TrimSuffix(seconds(p.Start), " s"), seconds(p.End))
	if p.Measured {
		said += " (measured)"
	}
	return said
}

func (t *text) phases(s *Summary) {
	if len(s.Phases) == 0 {
		return
	}
	var spans []string
	for _, p := range s.Phases {
		spans = append(spans, p.span())
	}
	t.list("phases: ", ", ", spans)
}

// remarks are the warnings and notes.
func (t *text) remarks(s *Summary) {
	if len(s.Warnings)+len(s.Notes) > 0 {
		t.printf("\n")
	}
	for _, w := range s.Warnings {
		t.list("warning: ", " ", strings.Fields(w))
	}
	for _, n := range s.Notes {
		t.list("note: ", " ", strings.Fields(n))
	}
}

func (t *text) thresholds(s *Summary) {
	if len(s.Thresholds) == 0 {
		return
	}
	t.printf("\n%s\n", t.paint(bold, "thresholds"))
	longest := 0
	for _, one := range s.Thresholds {
		longest = max(longest, len([]rune(one.said())))
	}
	for _, one := range s.Thresholds {
		mark := t.paint(green, "ok  ")
		if !one.Passed {
			mark = t.paint(red, "FAIL")
		}
		line := fmt.Sprintf("%-*s  %s", longest, one.said(), one.Shown())
		if !one.Passed {
			line = t.paint(red, line)
		}
		if one.Message != "" {
			line += "  " + one.Message
		}
		t.printf("  %s  %s\n", mark, line)
	}
}

// said is the expression and the phase that it is about.
func (t Threshold) said() string {
	if t.Phase == "" {
		return t.Expression
	}
	return t.Expression + " in " + t.Phase
}

// Shown is the value for people.
func (t Threshold) Shown() string {
	if t.Value == nil {
		return "absent: not measured"
	}
	e, err := figure.ParseExpression(t.Expression)
	if err != nil { // a figure of another version
		return fmt.Sprint(*t.Value)
	}
	return figure.Format(e.Figure.Unit, *t.Value)
}

// verdict is the last line, after the reasons why it may mean nothing.
func (t *text) verdict(s *Summary) {
	t.printf("\n")
	for _, why := range s.InvalidBecause {
		t.list("INVALID: ", " ", strings.Fields(why))
	}
	how := red
	if s.Status() == StatusPassed {
		how = green
	}
	t.printf("%s\n", t.paint(how, s.Verdict()))
}

// Verdict is one line on how the run ended.
func (s *Summary) Verdict() string {
	said := "passed: no thresholds to hold"
	if n, failed := len(s.Thresholds), s.failed(); failed > 0 {
		said = fmt.Sprintf("failed: %d of %d thresholds", failed, n)
	} else if n > 0 {
		said = fmt.Sprintf("passed: %d of %d thresholds hold", n, n)
	}
	switch s.Status() {
	case StatusInterrupted:
		return "interrupted after " + seconds(s.DurationSeconds) + "; the record is kept"
	case StatusInvalid:
		return "INVALID: the figures do not speak about the target (" + said + ")"
	}
	return said
}

// list writes items after a head, wrapped between them, further lines indented.
func (t *text) list(head, sep string, items []string) {
	const indent = "  "
	column := len([]rune(head))
	painted := head
	if strings.HasPrefix(head, "INVALID") {
		painted = t.paint(red, head)
	}
	t.WriteString(painted)
	for i, item := range items {
		n := len([]rune(item))
		if i > 0 {
			if column+len(sep)+n > width {
				t.printf("%s\n%s", strings.TrimRight(sep, " "), indent)
				column = len(indent)
			} else {
				t.WriteString(sep)
				column += len(sep)
			}
		}
		t.WriteString(item)
		column += n
	}
	t.printf("\n")
}
