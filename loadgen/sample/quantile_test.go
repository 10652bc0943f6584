package sample

import (
	"strings"
	"testing"
)

func TestQuantile(t *testing.T) {
	var s series
	page := func(low, middle, all string) Page {
		p, err := ParseMetrics(strings.NewReader("# TYPE pause histogram\npause_bucket{le=\"0.001\"} " + low + "\npause_bucket{le=\"0.5\"} " +
			middle + "\npause_bucket{le=\"+Inf\"} " + all + "\npause_sum 1\npause_count " + all + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	s.add(Sample{Page: page("1000", "1000", "1000")}) // before the sampling began
	if v, ok := s.totals().Quantile("pause", 0.5); ok {
		t.Errorf("of nothing: %v", v)
	}
	s.add(Sample{Page: page("1090", "1099", "1100")})
	for q, want := range map[float64]float64{0.5: 0.001, 0.9: 0.001, 0.95: 0.5, 0.99: 0.5} {
		if v, ok := s.totals().Quantile("pause", q); !ok || v != want {
			t.Errorf("%v: %v %v, want %v", q, v, ok, want)
		}
	}
	if v, ok := s.totals().Quantile("pause", 0.999); ok {
		t.Errorf("above the last bound: %v", v)
	}
	if _, ok := s.totals().Quantile("paus", 0.5); ok {
		t.Error("another name is taken for it")
	}
}
