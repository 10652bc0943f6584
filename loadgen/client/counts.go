package client

import (
	"maps"
	"sync"
	"sync/atomic"
)

// counters is what all sessions count together.
type counters struct {
	attempted, failed, refusedDials, closedByTarget atomic.Int64
	open, openPeak, usable                          atomic.Int64
	sent, acked, refused, abandoned, skipped, grown atomic.Int64
	unacknowledged, waiting                         atomic.Int64 // now: written and not answered; never written
	catching                                        atomic.Int64 // now: sessions that are catching up
	malformed                                       atomic.Int64

	mu     sync.Mutex
	errors map[string]int64 // by kind
}

// Counts is what happened so far, and what is open now.
type Counts struct {
	Attempted, Failed, Refused, ClosedByTarget int64 // dials and connections
	Open, OpenPeak, Usable                     int64

	Sent, Acked, SendsRefused, Abandoned, Skipped, Grown int64
	Unacknowledged, Waiting                              int64 // written and not answered; never written

	CatchingUp int64            // sessions that wait for what they missed
	Malformed  int64            // messages that were no message of the protocol
	Errors     map[string]int64 // what went wrong, by kind
}

// Counts reads the counters.
func (f *Fleet) Counts() Counts {
	n := &f.counts
	n.mu.Lock()
	kinds := maps.Clone(n.errors)
	n.mu.Unlock()
	return Counts{
		Attempted: n.attempted.Load(), Failed: n.failed.Load(), Refused: n.refusedDials.Load(), ClosedByTarget: n.closedByTarget.Load(),
		Open: n.open.Load(), OpenPeak: n.openPeak.Load(), Usable: n.usable.Load(),
		Sent: n.sent.Load(), Acked: n.acked.Load(), SendsRefused: n.refused.Load(),
		Abandoned: n.abandoned.Load(), Skipped: n.skipped.Load(), Grown: n.grown.Load(),
		Unacknowledged: n.unacknowledged.Load(), Waiting: n.waiting.Load(),
		CatchingUp: n.catching.Load(), Malformed: n.malformed.Load(), Errors: kinds,
	}
}

// Usable is how many sessions are usable now.
func (f *Fleet) Usable() int64 { return f.counts.usable.Load() }

// fault counts what went wrong, by kind.
func (n *counters) fault(kind string) {
	const kinds = 200
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, known := n.errors[kind]; !known && len(n.errors) >= kinds {
		kind = "others"
	}
	n.errors[kind]++
}

func (n *counters) opened() {
	now := n.open.Add(1)
	for {
		peak := n.openPeak.Load()
		if now <= peak || n.openPeak.CompareAndSwap(peak, now) {
			return
		}
	}
}
