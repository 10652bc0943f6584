// Package pace says when a send is due. A schedule is a pure function: it knows
// no clock and no answer of the system under test, so load is an open model, and
// every process that walks a schedule meets the same times.
//
// All schedules but a recorded one are a stream of arrivals at the unit rate,
// evenly spaced or Poisson, that is read through a curve of the rate: the send k
// is due where the area under the curve reaches the sum of the gaps up to k.
// That is exact for a ramp as for a constant rate, drifts with neither, and
// carries the part of a gap that is left at a change of the rate over it.
package pace

import "time"

// Schedule is walked from its start to its end, by one goroutine.
type Schedule interface {
	// Next is the next send: its number k, which counts up by one from 0, and when
	// it is due, counted from the schedule's start; it never goes back. At the end
	// ok is false, and stays false.
	Next() (due time.Duration, k uint64, ok bool)
}

// Gaps gives the gap before arrival k of a stream of unit rate: its mean is 1. It
// is a pure function of k. Poisson arrivals have exponential gaps, drawn by k.
type Gaps func(k uint64) float64

// Even is evenly spaced arrivals: each in the middle of its own slot, so that a
// rate of 200/s over 30 s is 6,000 sends and none of them is on the edge.
func Even(k uint64) float64 {
	if k == 0 {
		return 0.5
	}
	return 1
}
