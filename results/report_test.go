package results

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed886cd727/throng/results/figure"
)

func TestReportHoldsTheRun(t *testing.T) {
	m := makeRun(t, 300)
	text, err := os.ReadFile(filepath.Join(m.dir, reportFile))
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, want := range []string{ // in the order of the page
		`<p class="verdict bad">failed: 3 of 5 thresholds`, "Warning: took longer than 60 s",
		"<h2>Thresholds", "nobody may see a conversation run backwards", "absent: not measured",
		"<h2>Figures", "183 ms", "&gt; 60 s", "Delivery over time", "Percentiles of the measured phases", "99.9%",
		"Messages and deliveries", "Connections", "CPU", "Memory",
		"<h2>Findings", "the first 200, 100 more in violations.jsonl", "u2/phone",
		"<h2>Environment", "started by the run", `<td class="value">proto<`, "net.core.somaxconn=4096", "name: made",
	} {
		next := strings.Index(string(text[at+1:]), want)
		if next < 0 {
			t.Errorf("the report lacks %q, or has it in another place", want)
			continue
		}
		at += 1 + next
	}
	for _, want := range []string{">steady<", "kill node 1; restart (16 s)", `<rect class="phase measured"`} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the charts lack %q", want)
		}
	}
}

// The page asks for nothing: it opens offline, and nobody learns that it was read.
func TestReportIsSelfContained(t *testing.T) {
	m := makeRun(t, 3)
	text, err := os.ReadFile(filepath.Join(m.dir, reportFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{`(?i)<(script|link|img|iframe|object|embed)\b`, `(?i)\b(src|href)="[^#]`, `url\(`, `@import`, `https?://`} {
		if found := regexp.MustCompile(pattern).Find(text); found != nil {
			t.Errorf("the report has %q", found)
		}
	}
}

// What a run was told is shown as text, whatever it holds.
func TestReportEscapes(t *testing.T) {
	const evil = `<script>alert("x")</script>`
	r := read(t, makeRun(t, 1).dir)
	r.Summary.Scenario, r.Summary.Notes, r.Scenario = evil, []string{evil}, evil
	r.Summary.Phases[1].Name, r.Rows[7].Event = evil, evil
	r.Violations[0].Text, r.Environment.Command = evil, []string{evil}
	r.Summary.Thresholds[0].Message = evil
	var b bytes.Buffer
	if err := Report(&b, r, r); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "<script") {
		t.Error("a name became part of the page's code")
	}
}

func TestReportOfSeveralRuns(t *testing.T) {
	one, two := read(t, makeRun(t, 0).dir), read(t, makeRun(t, 3).dir)
	two.Summary.Run = "00000002"
	var b bytes.Buffer
	if err := Report(&b, one, two); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"throng: 2 runs", `href="#run-2"`, `id="run-2"`, "2: made 00000002", "Percentiles of delivery"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if err := Report(io.Discard); err == nil {
		t.Error("a report of nothing was written")
	}
}

func TestThinnedKeepsPeaksAndGaps(t *testing.T) {
	var x, y []float64
	for i := range 10_000 {
		x, y = append(x, float64(i)), append(y, 1)
		if i >= 5000 && i < 6000 {
			y[i] = math.NaN()
		}
	}
	y[1234] = 99
	tx, ty := thinned(x, y, most)
	top, at, gaps := 0.0, 0.0, 0
	for i, v := range ty {
		if math.IsNaN(v) {
			gaps++
		} else if v > top {
			top, at = v, tx[i]
		}
	}
	if len(ty) != most || top != 99 || at != 1234 || gaps < 58 || gaps > 60 {
		t.Errorf("%d points, top %v at %v, %d gaps", len(ty), top, at, gaps)
	}
}

func TestChartsAreWellFormed(t *testing.T) {
	nan := math.NaN()
	for _, c := range []chart{
		{title: `a "title" & more`, unit: figure.Nanoseconds, logarithmic: true, to: 5, lines: []line{{"<p99>", []float64{0, 1, 2, 3}, []float64{-5, nan, figure.AboveRange, 0}}},
			bands: []band{{"a<b", 0, 5, true}, {"beyond", 7, 9, false}}, marks: []mark{{2, "kill & restart"}}, xTicks: clock(5)},
		{title: "flat", unit: figure.Bytes, to: 1, lines: []line{{"zero", []float64{0, 1}, []float64{0, 0}}}},
		{title: "large", unit: figure.Bytes, to: 1e6, xTicks: clock(1e6), lines: []line{{"one", []float64{1}, []float64{3e12}}}},
	} {
		d := xml.NewDecoder(strings.NewReader(string(c.svg())))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", c.title, err)
			}
		}
		if strings.Contains(string(c.svg()), "NaN") || strings.Contains(string(c.svg()), "Inf") {
			t.Errorf("%s: a point that is nowhere: %s", c.title, c.svg())
		}
		if n := len(c.xTicks); n > 9 {
			t.Errorf("%s: %d ticks", c.title, n)
		}
	}
}

func TestAxes(t *testing.T) {
	for _, c := range []struct {
		chart chart
		want  string
	}{
		{chart{unit: figure.Nanoseconds, logarithmic: true, lines: []line{{y: []float64{2.1e6, 63e6}}}}, "1 ms 2 ms 5 ms 10 ms 20 ms 50 ms 100 ms"},
		{chart{unit: figure.Nanoseconds, logarithmic: true, lines: []line{{y: []float64{2e3, 3e9}}}}, "1 µs 10 µs 100 µs 1 ms 10 ms 100 ms 1 s 10 s"},
		{chart{unit: figure.Bytes, lines: []line{{y: []float64{150 << 20}}}}, "0 B 50 MiB 100 MiB 150 MiB"},
		{chart{unit: figure.Count, lines: []line{{y: []float64{18000}}}}, "0 5,000 10,000 15,000 20,000"},
		{chart{unit: figure.PerSecond, lines: []line{{y: []float64{0}}}}, "0/s 0.5/s 1/s"},
	} {
		_, _, ticks := c.chart.domain()
		var labels []string
		for _, one := range ticks {
			labels = append(labels, one.label)
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("ticks %s, want %s", got, c.want)
		}
	}
}
