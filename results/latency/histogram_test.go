package latency

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/seed886cd727/throng/results/figure"
	"pgregory.net/rapid"
)

func TestEverySampleCounts(t *testing.T) {
	h := New()
	for _, d := range []time.Duration{
		0, 1, time.Microsecond, time.Second, time.Minute, time.Minute + 1, time.Hour, math.MaxInt64,
		-1, -time.Millisecond, -time.Minute, -time.Minute - 1, math.MinInt64,
	} {
		h.Record(d)
	}
	if h.Count() != 13 || h.Negative() != 5 || h.AboveRange() != 3 {
		t.Errorf("count %d, negative %d, above %d; want 13, 5, 3", h.Count(), h.Negative(), h.AboveRange())
	}
	h.Reset()
	if h.Count() != 0 || !math.IsNaN(h.Percentile(50)) || !math.IsNaN(h.Max()) {
		t.Errorf("after Reset: %d samples, p50 %v", h.Count(), h.Percentile(50))
	}
}

// What no histogram can hold keeps its rank: the lowest and the top.
func TestBeyondTheRangeRanksAtTheEnds(t *testing.T) {
	h := New()
	for range 90 {
		h.Record(time.Millisecond)
	}
	for range 5 {
		h.Record(2 * time.Minute)
		h.Record(-time.Second)
	}
	for p, want := range map[float64]float64{5: -1e9, 6: 1e6, 95: 1e6, 95.1: figure.AboveRange, 100: figure.AboveRange} {
		if got := h.Percentile(p); got != want && math.Abs(got-want) > 2e-3*math.Abs(want) {
			t.Errorf("p%v = %v, want %v", p, got, want)
		}
	}
	h.Record(-2 * time.Minute)
	if got := h.Percentile(0.5); got != -figure.Range {
		t.Errorf("the lowest of all = %v, want %v", got, -float64(figure.Range))
	}
}

// The last bucket reaches beyond 60 s, and its value must not read as above it.
func TestSixtySecondsAreWithinTheRange(t *testing.T) {
	h := New()
	h.Record(time.Minute)
	if got := h.Max(); got != figure.Range {
		t.Errorf("max = %v, want %v", got, float64(figure.Range))
	}
}

// Percentiles are those of the sorted samples, to three digits or a microsecond.
func TestPercentilesAreTheSortedSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(rapid.Int64Range(-70e9, 70e9), 1, 300).Draw(t, "samples")
		one, two := New(), New()
		for i, s := range samples {
			if i%2 == 0 {
				one.Record(time.Duration(s))
			} else {
				two.Record(time.Duration(s))
			}
		}
		one.Merge(two)
		slices.Sort(samples)
		for _, p := range []float64{0.1, 10, 50, 90, 99, 99.9, 100} {
			at := int(math.Ceil(p*float64(len(samples))/100-1e-9)) - 1
			want := float64(samples[max(at, 0)])
			want = min(max(want, -figure.Range), figure.AboveRange)
			if got := one.Percentile(p); math.Abs(got-want) > math.Abs(want)/1000+1024 {
				t.Fatalf("p%v of %d = %v, want %v", p, len(samples), got, want)
			}
		}
	})
}

func TestAnUnusedHistogramIsSmall(t *testing.T) {
	if n := testing.AllocsPerRun(10, func() {
		h := New()
		h.Merge(New())
		h.Reset()
	}); n > 2 {
		t.Errorf("%v allocations, want the two structs at most", n)
	}
}

func BenchmarkRecord(b *testing.B) {
	h := New()
	for b.Loop() {
		h.Record(1234567)
	}
}

func BenchmarkPercentile(b *testing.B) {
	h := New()
	for i := range 100_000 {
		h.Record(time.Duration(i) * 10 * time.Microsecond)
	}
	for b.Loop() {
		h.Percentile(99.9)
	}
}
