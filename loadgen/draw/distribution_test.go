package draw

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestQuantiles(t *testing.T) {
	zipf, err := NewZipf(1, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := NewEmpirical([]int{30, 10, 20, 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		d    Distribution
		at   []float64
		want []int
	}{
		{"constant", Constant(7), []float64{0.01, 0.99}, []int{7, 7}},
		{"uniform", Uniform{3, 12}, []float64{1e-9, 0.0999, 0.1001, 0.95, 1 - 1e-16}, []int{3, 3, 4, 12, 12}},
		{"lognormal", LogNormal{80, 600}, []float64{0.5, 0.99, 0.01}, []int{80, 600, 11}},
		{"lognormal without spread", LogNormal{80, 80}, []float64{0.01, 0.99}, []int{80, 80}},
		// 1, 1/2, 1/3 of 11/6: up to 6/11, 9/11, 1.
		{"zipf", zipf, []float64{0.54, 0.55, 0.81, 0.82, 1 - 1e-16}, []int{1, 2, 2, 3, 3}},
		{"empirical", seen, []float64{0.24, 0.26, 0.74, 0.76}, []int{10, 20, 20, 30}},
		{"clamped", Clamped{LogNormal{80, 600}, 50, 500}, []float64{0.01, 0.5, 0.99}, []int{50, 80, 500}},
	} {
		for i, u := range c.at {
			if got := c.d.Quantile(u); got != c.want[i] {
				t.Errorf("%s: quantile %v = %d, want %d", c.name, u, got, c.want[i])
			}
		}
		if err := c.d.Validate(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestDrawn: what is drawn has the median and the 99th percentile that it should.
func TestDrawn(t *testing.T) {
	const draws = 100_000
	s, sizes := New(5, "test"), make([]int, draws)
	for k := range sizes {
		sizes[k] = s.Int(LogNormal{80, 600}, 0, uint64(k))
	}
	slices.Sort(sizes)
	if median := sizes[draws/2]; median < 78 || median > 82 {
		t.Errorf("median is %d, want 80", median)
	}
	if p99 := sizes[draws*99/100]; p99 < 570 || p99 > 630 {
		t.Errorf("p99 is %d, want 600", p99)
	}
}

func TestZipfFrequencies(t *testing.T) {
	const draws = 200_000
	z, err := NewZipf(10, 109, 1.2)
	if err != nil {
		t.Fatal(err)
	}
	s, counts, norm := New(6, "test"), make([]int, 100), 0.0
	for k := range uint64(draws) {
		counts[s.Int(z, 0, k)-10]++
	}
	for i := range counts {
		norm += math.Pow(float64(i+1), -1.2)
	}
	for i, n := range counts {
		want := draws * math.Pow(float64(i+1), -1.2) / norm
		if math.Abs(float64(n)-want) > 5*math.Sqrt(want) {
			t.Errorf("%d came up %d times, want %.0f", i+10, n, want)
		}
	}
}

// TestQuantilesDoNotFall, for any distribution.
func TestQuantilesDoNotFall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(0, 1000).Draw(t, "min")
		to := from + rapid.IntRange(0, 1000).Draw(t, "range")
		zipf, err := NewZipf(from, to, rapid.Float64Range(0, 4).Draw(t, "exponent"))
		if err != nil {
			t.Fatal(err)
		}
		median := rapid.Float64Range(0.1, 1e6).Draw(t, "median")
		lognormal := LogNormal{median, median * rapid.Float64Range(1, 1000).Draw(t, "tail")}
		u := rapid.Float64Range(1e-16, 1-1e-16).Draw(t, "u")
		v := rapid.Float64Range(u, 1-1e-16).Draw(t, "v")
		for _, d := range []Distribution{Uniform{from, to}, zipf, lognormal, Clamped{lognormal, from, to}} {
			a, b := d.Quantile(u), d.Quantile(v)
			if a > b {
				t.Fatalf("%#v: quantile %v is %d, but %v is %d", d, u, a, v, b)
			}
			if _, open := d.(LogNormal); !open && (a < from || b > to) {
				t.Fatalf("%#v: %d or %d is outside of [%d, %d]", d, a, b, from, to)
			}
		}
	})
}

func TestFaultyDistributions(t *testing.T) {
	for name, d := range map[string]Distribution{
		"constant":  Constant(-1),
		"uniform":   Uniform{5, 4},
		"lognormal": LogNormal{0, 10},
		"tail":      LogNormal{10, 9},
		"nan":       LogNormal{math.NaN(), 10},
		"zipf":      &Zipf{},
		"clamped":   Clamped{Constant(-1), 0, 5},
		"ends":      Clamped{Constant(1), 5, 0},
		"nothing":   Clamped{},
		"empirical": &Empirical{},
	} {
		if d.Validate() == nil {
			t.Errorf("%s: %#v is taken as valid", name, d)
		}
	}
	if _, err := NewZipf(5, 4, 1); err == nil {
		t.Error("zipf of an empty range is taken as valid")
	}
	if _, err := NewZipf(1, 4, math.NaN()); err == nil {
		t.Error("zipf with exponent NaN is taken as valid")
	}
	if _, err := NewEmpirical([]int{3, -1}); err == nil {
		t.Error("empirical with -1 is taken as valid")
	}
}
