package trace

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// update rewrites the golden files: go test ./loadgen/trace -update
func update() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "rewrite the golden files")
	flag.Parse()
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
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
	}
}

// TestStats are small enough to be counted by hand.
func TestStats(t *testing.T) {
	tr := talk(10, 11, 13, 73, 200) // sizes 0 to 4, by a b a b a
	s := tr.Stats()
	if s.Messages != 5 || s.Users != 3 || s.Talkers != 2 || s.Conversations != 2 || s.Joins != 1 || s.DurationNS != 190e9 {
		t.Errorf("%+v", s)
	}
	// Minutes from the first message on: 3, 1, 0, 1.
	mean, variance := 5.0/4, (9.0+1+0+1)/4-25.0/16
	if s.Rate.PeakMinute != 3 || math.Abs(s.Rate.Dispersion-variance/mean) > 1e-12 || math.Abs(s.Rate.MeanPerSecond-4.0/190) > 1e-12 {
		t.Errorf("%+v", s.Rate)
	}
	if s.Size != (Sizes{Mean: 2, P50: 2, P90: 4, P99: 4, Max: 4, Empty: 1}) {
		t.Errorf("%+v", s.Size)
	}
	if s.Talk != (Talk{Top1: 0.6, Top10: 1}) {
		t.Errorf("%+v", s.Talk)
	}
	sec := int64(time.Second)
	if s.Silences != (Silences{P50NS: 2 * sec, P99NS: 127 * sec, LongestNS: 127 * sec, OverMinute: 1}) {
		t.Errorf("%+v", s.Silences)
	}
	if empty := talk().Stats(); empty.Messages != 0 || empty.Joins != 1 || empty.Rate != (Rate{}) {
		t.Errorf("of nothing: %+v", empty)
	}
	if one := talk(5).Stats(); one.Rate != (Rate{PeakMinute: 1}) || one.Silences != (Silences{}) {
		t.Errorf("of one message: %+v", one)
	}
}

func TestStatsText(t *testing.T) {
	tr := importFiles(t, Options{Seed: 1}, "testdata/2008-04-27-help.log")
	var text bytes.Buffer
	if err := tr.Stats().WriteText(&text); err != nil {
		t.Fatal(err)
	}
	golden(t, "stats.golden", text.Bytes())
	structured, err := json.MarshalIndent(tr.Stats(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "stats.json.golden", append(structured, '\n'))
	golden(t, "help.trace.golden", []byte(written(t, tr)))
}

// TestSample: it is what its comment says.
func TestSample(t *testing.T) {
	tr, err := Sample()
	if err != nil {
		t.Fatal(err)
	}
	s := tr.Stats()
	if s.Messages < 150 || s.Messages > 250 || s.Users != 20 || s.Talkers < 15 || s.Conversations != 2 {
		t.Errorf("%d messages of %d users (%d talk) in %d conversations", s.Messages, s.Users, s.Talkers, s.Conversations)
	}
	if d := time.Duration(s.DurationNS); d < 9*time.Minute || d > 10*time.Minute || s.Rate.Dispersion < 2 {
		t.Errorf("it takes %v with a dispersion of %.2f", d, s.Rate.Dispersion)
	}
	if r := mustReplay(t, tr, Settings{}); r.Duration() >= FitInto || r.Len() != s.Messages {
		t.Errorf("a replay of %d messages takes %v", r.Len(), r.Duration())
	}
}
