package draw

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
)

// Distribution gives whole numbers: sizes in bytes, numbers of members. One
// uniform value makes one number, so that drawing stays a pure function.
type Distribution interface {
	// Quantile is the number below which a share u of all numbers lies, for u in
	// (0, 1). It does not fall as u rises. Safe for concurrent use.
	Quantile(u float64) int
	// Validate says what is wrong with the distribution's fields.
	Validate() error
}

// Constant is always the same number.
type Constant int

// Quantile implements Distribution.
func (c Constant) Quantile(float64) int { return int(c) }

// Validate implements Distribution.
func (c Constant) Validate() error {
	if c < 0 {
		return fmt.Errorf("constant %d is negative", int(c))
	}
	return nil
}

// Uniform is each number from Min to Max, both included, equally often.
type Uniform struct{ Min, Max int }

// Quantile implements Distribution.
func (d Uniform) Quantile(u float64) int {
	return min(d.Min+int(u*float64(d.Max-d.Min+1)), d.Max)
}

// Validate implements Distribution.
func (d Uniform) Validate() error {
	if d.Min < 0 || d.Max < d.Min {
		return fmt.Errorf("uniform [%d, %d] is not a range of numbers from 0 up", d.Min, d.Max)
	}
	return nil
}

// LogNormal is lognormal by its median and its 99th percentile, rounded to whole
// numbers. It has no upper end; who needs one wraps it in Clamped.
type LogNormal struct{ Median, P99 float64 }

// Quantile implements Distribution.
func (d LogNormal) Quantile(u float64) int {
	sigma := math.Log(d.P99/d.Median) / normal(0.99)
	return int(math.Round(min(d.Median*math.Exp(sigma*normal(u)), math.MaxInt32)))
}

// Validate implements Distribution.
func (d LogNormal) Validate() error {
	if !(d.Median > 0) || !(d.P99 >= d.Median) || d.P99 > math.MaxInt32 {
		return fmt.Errorf("lognormal with median %v and p99 %v: needs 0 < median <= p99 < 2^31", d.Median, d.P99)
	}
	return nil
}

// Zipf is a number from Min to Max, where the i-th of them comes up in
// proportion to i^-Exponent. NewZipf makes it.
type Zipf struct {
	min        int
	cumulative []float64
}

// NewZipf sums up the distribution's table: 8 bytes a number of the range.
func NewZipf(from, to int, exponent float64) (*Zipf, error) {
	const most = 1 << 24
	switch {
	case from < 0 || to < from || to-from >= most:
		return nil, fmt.Errorf("zipf [%d, %d] is not a range of 1 to %d numbers from 0 up", from, to, most)
	case !(exponent >= 0) || math.IsInf(exponent, 0):
		return nil, fmt.Errorf("zipf exponent %v is negative or no number", exponent)
	}
	z := &Zipf{min: from, cumulative: make([]float64, to-from+1)}
	sum := 0.0
	for i := range z.cumulative {
		sum += math.Pow(float64(i+1), -exponent)
		z.cumulative[i] = sum
	}
	return z, nil
}

// Quantile implements Distribution.
func (z *Zipf) Quantile(u float64) int {
	last := len(z.cumulative) - 1
	want := u * z.cumulative[last]
	return z.min + min(sort.SearchFloat64s(z.cumulative, want), last)
}

// Validate implements Distribution.
func (z *Zipf) Validate() error {
	if z == nil || len(z.cumulative) == 0 {
		return errors.New("zipf without a range: make it with NewZipf")
	}
	return nil
}

// Empirical is what was seen somewhere: each of its numbers equally often.
type Empirical struct{ sorted []int }

// NewEmpirical copies and sorts what was seen.
func NewEmpirical(seen []int) (*Empirical, error) {
	e := &Empirical{sorted: slices.Sorted(slices.Values(seen))}
	return e, e.Validate()
}

// Quantile implements Distribution.
func (e *Empirical) Quantile(u float64) int {
	return e.sorted[min(int(u*float64(len(e.sorted))), len(e.sorted)-1)]
}

// Validate implements Distribution.
func (e *Empirical) Validate() error {
	switch {
	case e == nil || len(e.sorted) == 0:
		return errors.New("an empirical distribution of nothing")
	case e.sorted[0] < 0:
		return fmt.Errorf("an empirical distribution with %d, which is negative", e.sorted[0])
	}
	return nil
}

// Clamped is another distribution, whose numbers outside [Min, Max] become the
// nearer end.
type Clamped struct {
	Distribution Distribution
	Min, Max     int
}

// Quantile implements Distribution.
func (c Clamped) Quantile(u float64) int {
	return min(max(c.Distribution.Quantile(u), c.Min), c.Max)
}

// Validate implements Distribution.
func (c Clamped) Validate() error {
	switch {
	case c.Distribution == nil:
		return errors.New("clamped distribution of nothing")
	case c.Min < 0 || c.Max < c.Min:
		return fmt.Errorf("clamped to [%d, %d], which is not a range of numbers from 0 up", c.Min, c.Max)
	}
	return c.Distribution.Validate()
}
