package agent

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed886cd727/throng/loadgen/client"
	"github.com/seed886cd727/throng/results/latency"
)

// recorder holds the histograms of an interval: for each lane, one of each measure
// and phase that had a sample. It implements client.Recorder.
type recorder struct {
	starts atomic.Pointer[[]time.Duration] // of the phases that have begun or are planned
	lanes  []lane
	spare  sync.Pool // of *latency.Histogram, empty
}

type lane struct {
	mu sync.Mutex
	Samples
	_ [64]byte // lanes are used by different cores
}

// Samples are histograms by phase and measure; nil where there was no sample.
type Samples [][client.Measures]*latency.Histogram

func newRecorder(lanes int) *recorder {
	r := &recorder{lanes: make([]lane, lanes)}
	r.spare.New = func() any { return latency.New() }
	r.starts.Store(&[]time.Duration{0})
	return r
}

// plan says when phases begin, in order.
func (r *recorder) plan(starts []time.Duration) {
	own := slices.Clone(starts)
	r.starts.Store(&own)
}

// phase is the phase that a moment lies in.
func (r *recorder) phase(at time.Duration) int {
	starts := *r.starts.Load()
	for i := len(starts) - 1; i > 0; i-- {
		if at >= starts[i] {
			return i
		}
	}
	return 0
}

// Record implements client.Recorder.
func (r *recorder) Record(i int, m client.Measure, at, d time.Duration) {
	phase := r.phase(at)
	l := &r.lanes[i]
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.Samples) <= phase {
		l.Samples = append(l.Samples, [client.Measures]*latency.Histogram{})
	}
	h := &l.Samples[phase][m]
	if *h == nil {
		*h = r.spare.Get().(*latency.Histogram)
	}
	(*h).Record(d)
}

// take gives the samples since the last take, of all lanes together.
func (r *recorder) take() Samples {
	var all Samples
	for i := range r.lanes {
		l := &r.lanes[i]
		l.mu.Lock()
		taken := l.Samples
		l.Samples = nil
		l.mu.Unlock()
		all = r.join(all, taken)
	}
	return all
}

// join adds more to all, and takes its histograms.
func (r *recorder) join(all, more Samples) Samples {
	for phase, measures := range more {
		for len(all) <= phase {
			all = append(all, [client.Measures]*latency.Histogram{})
		}
		for m, h := range measures {
			switch {
			case h == nil:
			case all[phase][m] == nil:
				all[phase][m] = h
			default:
				all[phase][m].Merge(h)
				r.giveBack(h)
			}
		}
	}
	return all
}

func (r *recorder) giveBack(h *latency.Histogram) {
	h.Reset()
	r.spare.Put(h)
}

// GiveBack returns the histograms of samples that nobody needs any more.
func (a *Agent) GiveBack(s Samples) {
	for _, measures := range s {
		for _, h := range measures {
			if h != nil {
				a.recorder.giveBack(h)
			}
		}
	}
}

// Add merges more into s, which grows as needed; more stays as it is.
func (s Samples) Add(more Samples) Samples {
	for phase, measures := range more {
		for len(s) <= phase {
			s = append(s, [client.Measures]*latency.Histogram{})
		}
		for m, h := range measures {
			if h == nil {
				continue
			}
			if s[phase][m] == nil {
				s[phase][m] = latency.New()
			}
			s[phase][m].Merge(h)
		}
	}
	return s
}

// Of is a measure over those phases for which in is true; empty if there was no
// sample.
func (s Samples) Of(m client.Measure, in func(phase int) bool) *latency.Histogram {
	sum := latency.New()
	for phase, measures := range s {
		if h := measures[m]; h != nil && in(phase) {
			sum.Merge(h)
		}
	}
	return sum
}
