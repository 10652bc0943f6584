package results

import (
	"math"

	"github.com/seed886cd727/throng/results/figure"
)

// chart is one plot of a report: lines over one horizontal axis, with what
// happened marked behind them.
type chart struct {
	title, about string
	unit         figure.Unit
	logarithmic  bool // of the vertical axis
	from, to     float64
	xTicks       []tick
	lines        []line
	bands        []band // phases
	marks        []mark // events
}

// line is one series. A value that is not a number leaves a gap.
type line struct {
	name string
	x, y []float64
}

type tick struct {
	at    float64
	label string
}

type band struct {
	name     string
	from, to float64
	measured bool
}

type mark struct {
	at   float64
	name string
}

// empty tells whether there is nothing to draw.
func (c *chart) empty() bool {
	for _, l := range c.lines {
		for _, y := range l.y {
			if !math.IsNaN(y) {
				return false
			}
		}
	}
	return true
}

// floor is the lowest latency of a logarithmic axis, in ns: what lies below it,
// or below zero, is drawn on it.
const floor = 1_000

// domain is the vertical axis' reach and its ticks.
func (c *chart) domain() (low, high float64, ticks []tick) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, l := range c.lines {
		for _, y := range l.y {
			if !math.IsNaN(y) {
				low, high = min(low, y), max(high, y)
			}
		}
	}
	if c.logarithmic {
		return decades(c.unit, low, high)
	}
	return steps(c.unit, high)
}

// decades spans whole decades, with 2 and 5 between them where there are few.
func decades(unit figure.Unit, low, high float64) (float64, float64, []tick) {
	first := math.Floor(math.Log10(max(low, floor)))
	last := max(math.Ceil(math.Log10(max(high, floor))), first+1)
	between := []float64{1}
	if last-first <= 2 {
		between = []float64{1, 2, 5}
	}
	var ticks []tick
	for d := first; d <= last; d++ {
		for _, m := range between {
			if v := m * math.Pow(10, d); m == 1 || d < last {
				ticks = append(ticks, tick{v, figure.Format(unit, v)})
			}
		}
	}
	return math.Pow(10, first), math.Pow(10, last), ticks
}

// steps goes from 0 to just above high in four steps or so of a round size.
func steps(unit figure.Unit, high float64) (float64, float64, []tick) {
	if high <= 0 {
		high = 1
	}
	base := 1.0
	if unit == figure.Bytes {
		for high/base >= 1024 {
			base *= 1024
		}
	}
	size := base * round(high/base/4)
	var ticks []tick
	for v := 0.0; ; v += size {
		ticks = append(ticks, tick{v, figure.Format(unit, v)})
		if v >= high {
			return 0, v, ticks
		}
	}
}

// round makes v the next larger of 1, 2 and 5 times a power of ten.
func round(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if v <= m*power*(1+1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// thinned leaves at most so many points, each the largest of its bucket, so that
// no peak is lost. A bucket without a number is a gap.
func thinned(x, y []float64, most int) ([]float64, []float64) {
	if len(x) <= most {
		return x, y
	}
	var tx, ty []float64
	for i := range most {
		from, to := i*len(x)/most, (i+1)*len(x)/most
		top, at := math.NaN(), x[from]
		for j := from; j < to; j++ {
			if !math.IsNaN(y[j]) && !(y[j] <= top) {
				top, at = y[j], x[j]
			}
		}
		tx, ty = append(tx, at), append(ty, top)
	}
	return tx, ty
}
