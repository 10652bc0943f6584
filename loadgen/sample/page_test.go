package sample

import (
	"io"
	"maps"
	"math"
	"strings"
	"testing"
)

const page = `# HELP go_goroutines Number of goroutines that currently exist.
# TYPE go_goroutines gauge
go_goroutines 12
# TYPE go_gc_duration_seconds summary
go_gc_duration_seconds{quantile="0"} 1e-05
go_gc_duration_seconds{quantile="1"} 0.0025
go_gc_duration_seconds_sum 0.5
go_gc_duration_seconds_count 70
# TYPE throng_build_info gauge
throng_build_info{version="v1",node="n\"1"} 1
# TYPE requests_total counter
requests_total{code="200",method="get"} 7
requests_total{method="get",code="500"} 2
# TYPE wait_seconds histogram
wait_seconds_bucket{le="0.5"} 3
wait_seconds_bucket{le="+Inf"} 4
wait_seconds_sum 2.5
wait_seconds_count 4
odd 3
# TYPE hollow gauge
hollow NaN
`

func TestPage(t *testing.T) {
	got, err := ParseMetrics(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	want := Page{
		"go_goroutines":                               12,
		`go_gc_duration_seconds{quantile="0"}`:        1e-05,
		GCPauseMax:                                    0.0025,
		"go_gc_duration_seconds_sum":                  0.5,
		"go_gc_duration_seconds_count":                70,
		`throng_build_info{node="n\"1",version="v1"}`: 1,
		"throng_build_info":                           1,
		`requests_total{code="200",method="get"}`:     7,
		`requests_total{code="500",method="get"}`:     2,
		"requests_total":                              9,
		`wait_seconds_bucket{le="0.5"}`:               3,
		`wait_seconds_bucket{le="+Inf"}`:              4,
		"wait_seconds_sum":                            2.5,
		"wait_seconds_count":                          4,
		"odd":                                         3,
	}
	if !maps.Equal(got, want) {
		t.Errorf("the page is %v, want %v", got, want)
	}
}

func TestOddPages(t *testing.T) {
	for name, text := range map[string]string{
		"HTML":     "<html>404</html>",
		"no value": "a\n",
		"no end":   "a{b=\"c",
		"twice":    "# TYPE a counter\na 1\na 2\n# TYPE a gauge\n",
	} {
		if p, err := ParseMetrics(strings.NewReader(text)); err == nil {
			t.Errorf("%s is taken as %v", name, p)
		}
	}
}

// endless is a page without an end.
type endless struct{ n int }

func (e *endless) Read(b []byte) (int, error) {
	e.n += len(b)
	for i := range b {
		b[i] = "a 1\n"[i%4]
	}
	return len(b) / 4 * 4, nil
}

func TestEndlessPage(t *testing.T) {
	for name, r := range map[string]io.Reader{"endless": &endless{}, "comment": io.MultiReader(strings.NewReader("# "), zeros{})} {
		if _, err := ParseMetrics(r); err == nil {
			t.Errorf("the %s page is taken", name)
		}
		if e, ok := r.(*endless); ok && e.n > maxPage+1<<16 {
			t.Errorf("%d bytes were read", e.n)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func TestCounts(t *testing.T) {
	for name, want := range map[string]bool{
		LoopBusy: true, StoreWrites: true, "go_gc_duration_seconds_count": true, `wait_bucket{le="total"}`: true,
		Heap: false, Goroutines: false, StartTime: false, `a{b="x_total"}`: false,
	} {
		if counts(name) != want {
			t.Errorf("%s counts up: %v", name, !want)
		}
	}
}

func FuzzMetrics(f *testing.F) {
	f.Add([]byte(page))
	f.Add([]byte("a 1e308\na{b=\"\"} 1e308\n"))
	f.Add([]byte("# TYPE a histogram\na_bucket{le=\"x\"} 1\n"))
	f.Add([]byte("{\"quoted name\"} 1\n"))
	f.Add([]byte("a 1 -9223372036854775808\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParseMetrics(strings.NewReader(string(text)))
		if err != nil && p != nil {
			t.Fatalf("an error and %v", p)
		}
		var s series
		for range 2 {
			s.add(Sample{Page: p})
		}
		for name, v := range p {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%q is %v", name, v)
			}
			if d, ok := s.used.Counts[name]; ok && d != 0 {
				t.Fatalf("%q went up by %v", name, d)
			}
		}
	})
}
