package results

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed886cd727/throng/results/latency"
)

// update rewrites golden files: go test ./results -update.
func update() bool { return flag.Lookup("update").Value.String() == "true" }

func TestMain(m *testing.M) {
	flag.Bool("update", false, "rewrite the golden files")
	os.Exit(m.Run())
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if update() {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs (go test ./results -update rewrites it):\n%s", path, got)
	}
}

func read(t testing.TB, dir string) *Record {
	t.Helper()
	r, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// intervals counts the parts of the log.
func intervals(r *Record) (n int, err error) {
	err = r.Intervals(func(latency.Interval) { n++ })
	return n, err
}

// alike compares by the text of values, in which what is not a number equals itself.
func alike(a, b any) bool { return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b) }

func TestRecordRoundTrip(t *testing.T) {
	m := makeRun(t, 3)
	r := read(t, m.dir)
	if len(r.Incomplete) > 0 {
		t.Errorf("incomplete: %v", r.Incomplete)
	}
	if want := m.summary.filled(); !reflect.DeepEqual(*r.Summary, want) {
		t.Errorf("summary\n%+v, want\n%+v", *r.Summary, want)
	}
	if !reflect.DeepEqual(*r.Environment, m.environment) {
		t.Errorf("environment\n%+v, want\n%+v", *r.Environment, m.environment)
	}
	if r.Scenario != madeScenario {
		t.Errorf("scenario %q", r.Scenario)
	}
	if !alike(r.Rows, m.rows) {
		t.Errorf("rows\n%+v, want\n%+v", r.Rows, m.rows)
	}
	if !reflect.DeepEqual(r.Violations, m.violations) || r.Found["order.violations"] != 3 {
		t.Errorf("violations %+v, %v", r.Violations, r.Found)
	}
	if n, err := intervals(r); n != 42 || err != nil || !r.Start.Equal(m.summary.Started) { // 2 tags, 20 s, and what lay beyond
		t.Errorf("%d intervals since %v, %v", n, r.Start, err)
	}
	entries, err := os.ReadDir(m.dir)
	if err != nil || len(entries) != 7 {
		t.Errorf("the record holds %v %v", entries, err)
	}
}

// The log and the summary are two witnesses of the same samples.
func TestPercentilesOfTheLogAreThoseOfTheSummary(t *testing.T) {
	m := makeRun(t, 0)
	r := read(t, m.dir)
	for _, name := range []string{"delivery", "ack"} {
		again := Figures{}
		again.SetLatency(name, r.Histograms[name])
		if len(again) != 6 {
			t.Fatalf("%s has %v", name, again)
		}
		for figure, v := range again {
			if r.Summary.Figures[figure] != v {
				t.Errorf("%s: the log says %v, the summary %v", figure, v, r.Summary.Figures[figure])
			}
		}
	}
}

func TestSummaryGolden(t *testing.T) {
	m := makeRun(t, 3)
	text, err := os.ReadFile(filepath.Join(m.dir, summaryFile))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.json.golden", text)
}

func TestCreateNeverOverwrites(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	w, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir); err == nil || !strings.Contains(err.Error(), "never overwritten: give --out another folder") {
		t.Errorf("a second Create: %v", err)
	}
	r := read(t, w.Dir()) // nothing but Create has happened, as when the process is killed
	if r.Summary.Valid || !slices.Equal(r.Summary.InvalidBecause, []string{"the run did not end"}) || r.Summary.Status() != StatusInvalid {
		t.Errorf("the summary of a run that did not end: %+v", r.Summary)
	}
	if len(r.Incomplete) != 3 { // no environment, no scenario, no total
		t.Errorf("incomplete: %q", r.Incomplete)
	}
}

// A writer that is killed leaves half a line.
func TestTornFilesAreReadAsFarAsTheyGo(t *testing.T) {
	m := makeRun(t, 3)
	for _, name := range []string{logFile, rowsFile, violationsFile} {
		path := filepath.Join(m.dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text[:len(text)-5], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := read(t, m.dir)
	n, err := intervals(r)
	if len(r.Incomplete) != 3 || len(r.Rows) != 29 || len(r.Violations) != 3 || r.Found["order.violations"] != 3 || n != 41 || !errors.Is(err, latency.ErrTorn) {
		t.Errorf("%q, %d rows, %d violations, %v, %d intervals, %v", r.Incomplete, len(r.Rows), len(r.Violations), r.Found, n, err)
	}
}

func TestReadFaults(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"no summary":    {summaryFile, "", "EOF"},
		"not JSON":      {summaryFile, "schema: 1", "invalid character"},
		"another":       {summaryFile, `{"schema":2}`, "schema 2: this version reads schema 1"},
		"a unit":        {summaryFile, `{"schema":1,"figures":{"lost":{"value":1,"unit":"ns"}}}`, `figure lost is in "ns": must be in "count"`},
		"a phase":       {summaryFile, `{"schema":1,"phases":[{"figures":{"ack.p99":{"value":1,"unit":"ms"}}}]}`, `must be in "ns"`},
		"two values":    {summaryFile, `{"schema":1}{}`, "something follows"},
		"columns":       {rowsFile, "at_s,phase\n", "columns are at_s,phase: want at_s,phase,open"},
		"cells":         {rowsFile, strings.Join(head(), ",") + "\n1,steady\n", "line 2: 2 cells: want 22"},
		"a cell":        {rowsFile, strings.Join(head(), ",") + "\n1,s,x" + strings.Repeat(",", 19) + "\n", "column open"},
		"a quote":       {rowsFile, "\"\n", "not a line of cells"},
		"no figure":     {violationsFile, "{}\n", "a finding of no figure"},
		"after the end": {violationsFile, "{\"total\":{}}\n{\"figure\":\"lost\"}\n", "line 2: something follows the total"},
		"the log":       {logFile, "x\n", "latency.hlog: line 1: not"},
		"environment":   {environmentFile, "[]", "cannot unmarshal"},
	} {
		w, err := Create(filepath.Join(t.TempDir(), "r"))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(w.Dir(), c.file)
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(w.Dir()); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
	if _, err := Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "is not a run record") {
		t.Errorf("an empty folder: %v", err)
	}
}

// Findings come from many goroutines; the first 10,000 are kept, all are counted.
func TestViolationsAreCappedAndCounted(t *testing.T) {
	w, err := Create(filepath.Join(t.TempDir(), "r"))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 3000 {
				if err := w.Violation(Violation{At: time.Duration(i), Figure: []string{"lost", "phantom"}[worker%2], Text: "x\ny"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if err := w.Finish(&Summary{Valid: true}); err != nil {
		t.Fatal(err)
	}
	r := read(t, w.Dir())
	if len(r.Violations) != maxViolations || r.Found["lost"] != 6000 || r.Found["phantom"] != 6000 {
		t.Errorf("%d kept, found %v", len(r.Violations), r.Found)
	}
}

// Text with commas, quotes and line breaks stays within its cell and its line.
func TestRowsAreReadByAnyCSVReader(t *testing.T) {
	w, err := Create(filepath.Join(t.TempDir(), "r"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Row(Row{At: 1500 * time.Millisecond, Phase: "a,b", Event: "kill \"n1\"\nrestart"}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(w.Dir(), rowsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || len(lines) != 2 || lines[1][0] != "1.500" || lines[1][1] != "a,b" || lines[1][21] != `kill "n1" restart` {
		t.Errorf("%q %v", lines, err)
	}
}

func TestFigures(t *testing.T) {
	f := Figures{}
	f.SetLatency("ack", nil)
	f.SetLatency("delivery", latency.New())
	if len(f) != 2 || *f.Get("ack.count") != 0 || f.Get("ack.p99") != nil {
		t.Errorf("of empty histograms: %v", f)
	}
	f.Set("send.rate", 12)
	f.Set("send.rate", 0/func() float64 { return 0 }())
	if f.Get("send.rate") != nil {
		t.Errorf("what is not a number is %v", *f.Get("send.rate"))
	}
	defer func() {
		if recover() == nil {
			t.Error("a figure that nobody knows was taken")
		}
	}()
	f.Set("delivery.p95", 1)
}

func FuzzReadSummary(f *testing.F) {
	f.Add(`{"schema":1,"figures":{"lost":{"value":1,"unit":"count"}},"thresholds":[{"expression":"lost == 0","value":null}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := readSummary(strings.NewReader(text))
		if err != nil {
			return
		}
		if err := s.WriteText(new(strings.Builder), true, true); err != nil {
			t.Error(err)
		}
		if err := Report(new(strings.Builder), &Record{Summary: s}); err != nil {
			t.Error(err)
		}
		if _, err := json.Marshal(s.filled()); err != nil {
			t.Error(err)
		}
	})
}

// FuzzReadRows puts a cell into a column of a row; what is taken reads back the
// same after it was written again, and can be drawn.
func FuzzReadRows(f *testing.F) {
	valid := new(Row).cells()
	for i, cell := range []string{"1.5", `"a,b"`, "-3", "", "1e300", "NaN"} {
		f.Add(i, cell)
	}
	f.Fuzz(func(t *testing.T, column int, cell string) {
		cells := slices.Clone(valid)
		cells[uint(column)%uint(len(cells))] = cell
		r := &Record{Summary: new(Summary)}
		text := strings.Join(head(), ",") + "\n" + strings.Join(cells, ",") + "\n"
		if err := r.readRows(strings.NewReader(text)); err != nil {
			return
		}
		for _, row := range r.Rows {
			again, err := parseRow(row.cells())
			if err != nil || !slices.Equal(again.cells(), row.cells()) {
				t.Errorf("%+v is read back as %+v, %v", row, again, err)
			}
		}
		for _, c := range r.charts() {
			c.marks = nil // an event may be called NaN
			if drawn := string(c.svg()); strings.Contains(drawn, "NaN") || strings.Contains(drawn, "Inf") {
				t.Errorf("%q draws a point that is nowhere", cell)
			}
		}
	})
}

func FuzzReadViolations(f *testing.F) {
	f.Add("{\"at_ns\":1,\"figure\":\"lost\",\"text\":\"x\"}\n{\"total\":{\"lost\":1},\"kept\":1}\n")
	f.Fuzz(func(t *testing.T, text string) {
		r := new(Record)
		if err := r.readViolations(strings.NewReader(text)); err == nil && r.Found == nil {
			t.Error("no total and no error")
		}
	})
}

// BenchmarkRead reads a run of an hour with four measures.
func BenchmarkRead(b *testing.B) {
	m := makeRun(b, 0)
	f, err := os.OpenFile(filepath.Join(m.dir, logFile), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(f.Name())
	if err != nil {
		b.Fatal(err)
	}
	for range 4 * 3600 / 40 {
		if _, err := f.Write(text); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		read(b, m.dir)
	}
}

// BenchmarkInterval is what a second costs for each measure.
func BenchmarkInterval(b *testing.B) {
	w, err := Create(filepath.Join(b.TempDir(), "r"))
	if err != nil {
		b.Fatal(err)
	}
	h := latency.New()
	for i := range 20_000 {
		h.Record(time.Duration(i) * time.Microsecond)
	}
	for b.Loop() {
		if err := w.Interval("delivery", 0, time.Second, h); err != nil {
			b.Fatal(err)
		}
	}
}
