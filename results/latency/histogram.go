// Package latency holds histograms of latencies and writes them as an
// HdrHistogram interval log that other HdrHistogram tools read.
//
// A histogram counts every sample that it is given. What lies within 1 µs and
// 60 s is kept with three significant digits; what lies above is counted and
// ranks at the top; what is negative, because two clocks disagree, is kept in a
// mirrored histogram and ranks lowest. Nothing is clamped in silence.
package latency

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/seed886cd727/throng/results/figure"
)

const (
	lowest = 1_000 // ns, the lowest discernible value
	digits = 3     // significant
)

// Histogram is a histogram of latencies in nanoseconds. It costs about 150 kB
// from its first sample on and next to nothing before. It is not safe for
// concurrent use; the zero value is empty and ready.
type Histogram struct {
	within     *hdrhistogram.Histogram // 0 to Range; nil until the first
	mirrored   *hdrhistogram.Histogram // negatives down to -Range, without their sign; nil until the first
	belowRange int64                   // below -Range
	aboveRange int64                   // above Range
}

// New returns an empty histogram.
func New() *Histogram { return new(Histogram) }

// Record counts one latency, whatever it is.
func (h *Histogram) Record(d time.Duration) {
	switch {
	case d > figure.Range:
		h.aboveRange++
	case d < -figure.Range:
		h.belowRange++
	case d < 0:
		record(&h.mirrored, -int64(d), 1)
	default:
		record(&h.within, int64(d), 1)
	}
}

// record counts n times v, 0 <= v <= Range, in a histogram that is made with its
// first sample.
func record(h **hdrhistogram.Histogram, v, n int64) {
	if *h == nil {
		*h = hdrhistogram.New(lowest, figure.Range, digits)
	}
	if err := (*h).RecordValues(v, n); err != nil {
		panic("latency: " + err.Error()) // no such value is outside the geometry
	}
}

// Merge adds the samples of o, which stays as it is.
func (h *Histogram) Merge(o *Histogram) {
	merge(&h.within, o.within)
	merge(&h.mirrored, o.mirrored)
	h.belowRange += o.belowRange
	h.aboveRange += o.aboveRange
}

func merge(into **hdrhistogram.Histogram, from *hdrhistogram.Histogram) {
	if total(from) == 0 {
		return
	}
	if *into == nil {
		*into = hdrhistogram.New(lowest, figure.Range, digits)
	}
	if dropped := (*into).Merge(from); dropped != 0 {
		panic("latency: counts overflow") // beyond 2^63 samples
	}
}

// Reset forgets all samples and keeps the memory.
func (h *Histogram) Reset() {
	if h.within != nil {
		h.within.Reset()
	}
	if h.mirrored != nil {
		h.mirrored.Reset()
	}
	h.belowRange, h.aboveRange = 0, 0
}

// Count is the number of all samples.
func (h *Histogram) Count() int64 { return total(h.within) + h.Negative() + h.aboveRange }

// Negative is the number of samples below zero.
func (h *Histogram) Negative() int64 { return total(h.mirrored) + h.belowRange }

// AboveRange is the number of samples above 60 s.
func (h *Histogram) AboveRange() int64 { return h.aboveRange }

func total(h *hdrhistogram.Histogram) int64 {
	if h == nil {
		return 0
	}
	return h.TotalCount()
}
