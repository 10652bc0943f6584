package results

import (
	"math"

	"github.com/seed886cd727/throng/results/figure"
	"github.com/seed886cd727/throng/results/latency"
)

// Figures are values by their names in the catalogue. What was not measured is
// not in it. A map that is read must not be written at the same time.
type Figures map[string]figure.Value

// Set gives a figure its value, in the unit of the catalogue. A value that is
// not a number was not measured (a rate over no time, say): the figure becomes
// absent. A name that is not in the catalogue is a fault in the program: Set panics.
func (f Figures) Set(name string, value float64) {
	known, ok := figure.Lookup(name)
	if !ok {
		panic("results: no figure is called " + name)
	}
	if math.IsNaN(value) || math.IsInf(value, 0) {
		delete(f, name)
		return
	}
	f[name] = figure.Value{Value: value, Unit: known.Unit}
}

// SetLatency gives a distribution its figures, name.p50 to name.count. Of an
// empty histogram, or nil, there is only name.count, which is 0.
func (f Figures) SetLatency(name string, h *latency.Histogram) {
	if h == nil {
		h = latency.New()
	}
	f.Set(name+".count", float64(h.Count()))
	for suffix, p := range percentiles() {
		f.Set(name+"."+suffix, h.Percentile(p))
	}
}

// percentiles are those of every distribution in the catalogue.
func percentiles() map[string]float64 {
	return map[string]float64{"p50": 50, "p90": 90, "p99": 99, "p999": 99.9, "max": 100}
}

// Get returns a figure's value, or nil where it is absent.
func (f Figures) Get(name string) *float64 {
	v, ok := f[name]
	if !ok {
		return nil
	}
	return &v.Value
}
