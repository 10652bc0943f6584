package latency

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/seed886cd727/throng/results/figure"
	"pgregory.net/rapid"
)

func start() time.Time { return time.Date(2026, 11, 24, 20, 0, 0, 250e6, time.UTC) }

func written(t testing.TB, intervals ...Interval) []byte {
	t.Helper()
	var b bytes.Buffer
	l, err := NewLogWriter(&b, start())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range intervals {
		if err := l.Write(i.Tag, i.Start, i.End, i.Histogram); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func of(samples ...time.Duration) *Histogram {
	h := New()
	for _, s := range samples {
		h.Record(s)
	}
	return h
}

// read merges a log by tag.
func read(r io.Reader) (merged map[string]*Histogram, from time.Time, err error) {
	merged = map[string]*Histogram{}
	from, err = ReadLog(r, func(i Interval) {
		if merged[i.Tag] == nil {
			merged[i.Tag] = New()
		}
		merged[i.Tag].Merge(i.Histogram)
	})
	return merged, from, err
}

// same compares all that a histogram answers.
func same(a, b *Histogram) bool {
	if a.Count() != b.Count() || a.Negative() != b.Negative() || a.AboveRange() != b.AboveRange() {
		return false
	}
	for p := 0.5; p <= 100; p += 0.5 {
		x, y := a.Percentile(p), b.Percentile(p)
		if x != y && !(math.IsNaN(x) && math.IsNaN(y)) {
			return false
		}
	}
	return true
}

// A log gives back what was written, interval by interval, or merged.
func TestLogRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b bytes.Buffer
		l, err := NewLogWriter(&b, start())
		if err != nil {
			t.Fatal(err)
		}
		whole := New()
		for second := range rapid.IntRange(1, 4).Draw(t, "seconds") {
			h := New()
			for _, s := range rapid.SliceOfN(rapid.Int64Range(-70e9, 70e9), 0, 50).Draw(t, "samples") {
				h.Record(time.Duration(s))
			}
			whole.Merge(h)
			if err := l.Write("delivery", time.Duration(second)*time.Second, time.Duration(second+1)*time.Second, h); err != nil {
				t.Fatal(err)
			}
		}
		merged, from, err := read(&b)
		if err != nil {
			t.Fatal(err)
		}
		got := merged["delivery"]
		if got == nil {
			got = New()
		}
		if !same(got, whole) || !from.Equal(start()) {
			t.Fatalf("read %d samples since %v, wrote %d since %v", got.Count(), from, whole.Count(), start())
		}
	})
}

func TestIntervalsKeepTheirTime(t *testing.T) {
	log := written(t, Interval{"ack", 12 * time.Second, 13500 * time.Millisecond, of(time.Millisecond, -time.Millisecond, time.Hour, -time.Hour)})
	parts := 0
	if _, err := ReadLog(bytes.NewReader(log), func(i Interval) {
		parts++
		if i.Tag != "ack" || i.Start != 12*time.Second || i.End != 13500*time.Millisecond {
			t.Errorf("%+v", i)
		}
	}); err != nil || parts != 4 {
		t.Errorf("%d parts, %v; want 4", parts, err)
	}
}

// Another HdrHistogram reader takes every line.
func TestOtherToolsReadTheLog(t *testing.T) {
	log := written(t,
		Interval{"delivery", 0, time.Second, of(time.Millisecond, time.Second, -time.Millisecond, time.Hour)},
		Interval{"delivery", time.Second, 2 * time.Second, of(3 * time.Millisecond)})
	r := hdrhistogram.NewHistogramLogReader(bytes.NewReader(log))
	counts := map[string]int64{}
	for {
		h, err := r.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		counts[h.Tag()] += h.TotalCount()
		if h.StartTimeMs() < start().UnixMilli() || h.EndTimeMs()-h.StartTimeMs() != 1000 {
			t.Errorf("%s from %d to %d ms; the run began at %d", h.Tag(), h.StartTimeMs(), h.EndTimeMs(), start().UnixMilli())
		}
	}
	if counts["delivery"] != 3 || counts["delivery.negative"] != 1 {
		t.Errorf("another reader found %v", counts)
	}
}

// encoded is a histogram of any kind with one sample.
func encoded(t *testing.T, low, high int64, digits int) string {
	t.Helper()
	h := hdrhistogram.New(low, high, digits)
	if err := h.RecordValue(7); err != nil {
		t.Fatal(err)
	}
	payload, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		t.Fatal(err)
	}
	return string(payload)
}

func TestLogFaults(t *testing.T) {
	payload := encoded(t, 1, 1000, 2)
	for _, other := range []string{payload, encoded(t, 1, figure.Range, digits), encoded(t, lowest, 1e9, digits), encoded(t, lowest, figure.Range, 2)} {
		_, err := ReadLog(strings.NewReader("Tag=ack,0,1,2,"+other+"\n"), func(Interval) {})
		if err == nil || !strings.Contains(err.Error(), "want 1000 to 60000000000 with 3") {
			t.Errorf("a histogram of another kind: %v", err)
		}
	}
	for line, want := range map[string]string{
		"Tag=ack,0.000,1.000,2.0,HIST\n":                         "line 1: histogram",
		"Tag=ack,0,1,2," + payload + "\n":                        "want 1000 to 60000000000 with 3",
		"Tag=a b,0,1,2," + payload + "\n":                        `"a b" is not a tag`,
		"Tag=ack,-1,1,2," + payload + "\n":                       `"-1" is not a time`,
		"ack,0,1,2\n":                                            "not 'Tag=TAG,start",
		"#[AboveRange: ack 0 1]\n":                               "not 'TAG start length count'",
		"#[AboveRange: ack 0 1 -3]\n":                            `count "-3"`,
		"#[BelowRange: ack 0 x 3]\n":                             `"x" is not a time`,
		"#[StartTime: NaN (seconds since epoch)]\n":              "start time",
		"#[BelowRange: ack 0 1 3]\nTag=ack,0.000,1.0":            "line 2: the last line is not whole",
		"\n# a comment\n" + strings.Repeat("x", maxLine) + "y\n": "line 3: longer than",
	} {
		_, err := ReadLog(strings.NewReader(line), func(Interval) {})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v; want %q", line, err, want)
		}
	}
	_, err := ReadLog(strings.NewReader("Tag=ack"), func(Interval) {})
	if !errors.Is(err, ErrTorn) {
		t.Errorf("a torn line: %v", err)
	}
	for _, tag := range []string{"", "a b", "a,b", "x.negative"} {
		l, err := NewLogWriter(io.Discard, start())
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Write(tag, 0, 1, of(1)); err == nil || !strings.Contains(err.Error(), "use letters") {
			t.Errorf("tag %q: %v", tag, err)
		}
	}
}

func FuzzReadLog(f *testing.F) {
	f.Add(written(f, Interval{"delivery", 0, time.Second, of(time.Millisecond, -time.Millisecond, time.Hour, -time.Hour, figure.Range)}))
	f.Add([]byte("#[AboveRange: ack 0 1 3]\n#[StartTime: 1.5 (seconds"))
	f.Add([]byte("Tag=ack,0,1,2,HISTFAAAAB\n"))
	f.Fuzz(func(t *testing.T, log []byte) {
		merged, _, err := read(bytes.NewReader(log))
		for tag, h := range merged {
			if h.Count() < 0 || h.Percentile(99.9) > h.Max() {
				t.Errorf("%s: %d samples, p99.9 %v, max %v", tag, h.Count(), h.Percentile(99.9), h.Max())
			}
		}
		if err != nil {
			return
		}
		var again bytes.Buffer // what was read can be written, and reads the same
		l, err := NewLogWriter(&again, start())
		if err != nil {
			t.Fatal(err)
		}
		for tag, h := range merged {
			if err := l.Write(tag, 0, time.Second, h); err != nil {
				t.Fatal(err)
			}
		}
		twice, _, err := read(&again)
		if err != nil {
			t.Fatal(err)
		}
		for tag, h := range merged {
			if h.Count() > 0 && !same(h, twice[tag]) {
				t.Errorf("%s differs after it was written again", tag)
			}
		}
	})
}
