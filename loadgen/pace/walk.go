package pace

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Stretch is a time over which the rate goes in a straight line.
type Stretch struct {
	From, To float64       // sends per second at its start and at its end
	For      time.Duration // how long it takes
	Gaps     Gaps          // what arrivals; nil is Even
}

// Constant is a stretch of evenly spaced sends.
func Constant(rate float64, d time.Duration) Stretch { return Stretch{From: rate, To: rate, For: d} }

// Poisson is a stretch of Poisson arrivals; gaps are exponential with mean 1.
func Poisson(rate float64, d time.Duration, gaps Gaps) Stretch {
	return Stretch{From: rate, To: rate, For: d, Gaps: gaps}
}

// Ramp is a stretch whose rate goes from one value to another.
func Ramp(from, to float64, d time.Duration, gaps Gaps) Stretch {
	return Stretch{From: from, To: to, For: d, Gaps: gaps}
}

// Silence is a stretch without sends.
func Silence(d time.Duration) Stretch { return Stretch{For: d} }

// Validate names every fault of the stretch.
func (s Stretch) Validate() error {
	var faults []error
	for _, rate := range []float64{s.From, s.To} {
		if !(rate >= 0) || math.IsInf(rate, 0) {
			faults = append(faults, fmt.Errorf("rate %v per second is negative or no number", rate))
		}
	}
	if s.For < 0 {
		faults = append(faults, fmt.Errorf("duration %v is negative", s.For))
	}
	return errors.Join(faults...)
}

// Sends is how many sends are expected in the stretch.
func (s Stretch) Sends() float64 { return (s.From + s.To) / 2 * s.For.Seconds() }

// at is the time, in seconds from the stretch's start, at which the area under
// its line reaches area: the root of From·t + slope·t²/2 = area, in the form that
// neither cancels nor divides by a slope of zero.
func (s Stretch) at(area float64) float64 {
	slope := (s.To - s.From) / s.For.Seconds()
	root := math.Sqrt(max(s.From*s.From+2*slope*area, 0))
	if s.From+root == 0 {
		return 0
	}
	return 2 * area / (s.From + root)
}

// Walk goes through stretches, one after the other. Numbers go on from one to the
// next.
type Walk struct {
	stretches []Stretch
	current   int           // the stretch the last arrival was in
	start     time.Duration // when it began
	area      float64       // of it, up to the last arrival
	k         uint64
	floor     time.Duration // the last due time: rounding may not go below it
}

// Join is the schedule of stretches that follow each other. They must be valid.
func Join(stretches ...Stretch) *Walk { return &Walk{stretches: stretches} }

// Stretch is which stretch the last send of Next was due in.
func (w *Walk) Stretch() int { return w.current }

// Next implements Schedule.
func (w *Walk) Next() (time.Duration, uint64, bool) {
	if !w.skip() {
		return 0, 0, false
	}
	w.area += w.gap()
	if !w.skip() {
		return 0, 0, false
	}
	s := w.stretches[w.current]
	// In whole nanoseconds, and never the stretch's end: that is the next one's start.
	within := min(time.Duration(s.at(w.area)*float64(time.Second)), s.For-1)
	w.floor = max(w.floor, w.start+within)
	w.k++
	return w.floor, w.k - 1, true
}

// gap is the gap before arrival k, of the kind of the stretch that it starts in.
func (w *Walk) gap() float64 {
	if gaps := w.stretches[w.current].Gaps; gaps != nil {
		return gaps(w.k)
	}
	return Even(w.k)
}

// skip moves on to the stretch that the area lies in.
func (w *Walk) skip() bool {
	for ; w.current < len(w.stretches); w.current++ {
		s := w.stretches[w.current]
		if w.area < s.Sends() {
			return true
		}
		w.area -= s.Sends()
		w.start += s.For
	}
	return false
}
