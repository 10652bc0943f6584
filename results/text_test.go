package results

import (
	"bytes"
	"strings"
	"testing"

	"github.com/seed886cd727/throng/results/figure"
)

func TestTextGolden(t *testing.T) {
	m := makeRun(t, 3)
	invalid := m.summary
	invalid.Valid = false
	invalid.InvalidBecause = []string{"generator.late.p99 is 31 ms, above 20 ms: the generator was the bottleneck, give it more cores or fewer users"}
	clean := m.summary
	clean.Thresholds = clean.Thresholds[:1]
	clean.Warnings, clean.Notes, clean.Phases = nil, nil, nil
	for name, c := range map[string]struct {
		s              Summary
		color, verbose bool
	}{
		"text.golden":         {m.summary, false, false},
		"text.verbose.golden": {m.summary, false, true},
		"text.color.golden":   {m.summary, true, false},
		"text.invalid.golden": {invalid, true, false},
		"text.clean.golden":   {clean, false, false},
	} {
		var b bytes.Buffer
		if err := c.s.WriteText(&b, c.color, c.verbose); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}

// Every figure fits: none runs into its neighbour or over the terminal's edge.
func TestTextFitsATerminal(t *testing.T) {
	f := Figures{}
	for _, known := range figure.All() {
		f.Set(known.Name, 12_345_678)
	}
	for _, verbose := range []bool{false, true} {
		var b bytes.Buffer
		if err := (&Summary{Figures: f, Valid: true}).WriteText(&b, false, verbose); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > width {
				t.Errorf("%d columns: %s", n, line)
			}
		}
		for _, known := range figure.All() {
			measure, _ := split(known.Name, distributions())
			shown := strings.Contains(b.String(), known.Name+" ") || measure != "" && strings.Contains(b.String(), "  "+measure+" ")
			if !shown && (verbose || !hides(known, 1) && !partOfAnother(measure)) {
				t.Errorf("verbose %v: %s is not shown", verbose, known.Name)
			}
		}
	}
}

func TestStatusAndVerdict(t *testing.T) {
	held, failed := Threshold{Passed: true}, Threshold{}
	for _, c := range []struct {
		s       Summary
		status  int
		verdict string
	}{
		{Summary{Valid: true}, 0, "passed: no thresholds to hold"},
		{Summary{Valid: true, Thresholds: []Threshold{held, held}}, 0, "passed: 2 of 2 thresholds hold"},
		{Summary{Valid: true, Thresholds: []Threshold{held, failed}}, 1, "failed: 1 of 2 thresholds"},
		{Summary{Thresholds: []Threshold{failed}}, 3, "INVALID: the figures do not speak about the target (failed: 1 of 1 thresholds)"},
		{Summary{Interrupted: true, DurationSeconds: 2}, 130, "interrupted after 2.0 s; the record is kept"},
	} {
		if c.s.Status() != c.status || c.s.Verdict() != c.verdict {
			t.Errorf("%+v: %d %q; want %d %q", c.s, c.s.Status(), c.s.Verdict(), c.status, c.verdict)
		}
	}
}

func TestJudge(t *testing.T) {
	s := &Summary{Figures: Figures{}, Phases: []Phase{{Name: "steady", Figures: Figures{}}, {Name: "steady", Figures: Figures{}}}}
	s.Figures.Set("lost", 0)
	s.Phases[0].Figures.Set("lost", 0)
	s.Phases[1].Figures.Set("lost", 4)
	for _, c := range []struct {
		expression, phase string
		passed            bool
		shown             string
	}{
		{"lost == 0", "", true, "0"},
		{"lost == 0", "steady", false, "4"}, // the last time counts
		{"lost == 0", "nowhere", false, "absent: not measured"},
		{"ack.p99 < 1s", "", false, "absent: not measured"},
	} {
		e, err := figure.ParseExpression(c.expression)
		if err != nil {
			t.Fatal(err)
		}
		got := Judge(e, c.phase, "why", s)
		if got.Passed != c.passed || got.Shown() != c.shown || got.Message != "why" || got.Expression != c.expression {
			t.Errorf("%s in %q: %+v shown %q", c.expression, c.phase, got, got.Shown())
		}
	}
}

func TestDoubts(t *testing.T) {
	f := Figures{}
	for name, v := range map[string]float64{
		"ack.count": 9_999, "ack.p999": 1e6, "ack.max": 2e6,
		"delivery.count": 10_000, "delivery.p50": 1e6, "delivery.p999": 5e6, "delivery.max": figure.AboveRange,
		"connect.count": 0, "clock.error": 2e6, "order.blocks_compared": 0,
	} {
		f.Set(name, v)
	}
	want := []string{
		"p99.9 of fewer than 10,000 samples rests on fewer than ten of them: ack (9,999)",
		"took longer than 60 s, and nobody knows how much longer: delivery",
		"percentiles smaller than the clocks' error (2 ms): delivery",
		"order.blocks_compared is 0: nothing shows that receivers saw the same order",
	}
	if got := f.doubts(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("doubts:\n%s", strings.Join(got, "\n"))
	}
}
