package gateway

import (
	"sync"
	"time"
)

// Phase is where a drain is.
type Phase string

// The phases of a drain, in their order.
const (
	Serving    Phase = "serving"    // there is none
	Waiting    Phase = "waiting"    // the node is not ready any more, and all goes on
	Announcing Phase = "announcing" // nobody is let in; clients are told to leave
	Leaving    Phase = "leaving"    // they go, each at its own moment, and are served until then
	Closing    Phase = "closing"    // who is still there is closed
	Done       Phase = "done"       // nobody is there, or the time is up
)

// Progress is how far a drain is.
type Progress struct {
	Phase     Phase
	Departure Departure
	// Started is when it was asked for, Deadline when it is over at the latest,
	// Ended when it was.
	Started, Deadline, Ended time.Time
	Found                    int64   // connections when it was asked for
	Told, Closed             int64   // clients asked to leave, closed by us
	Pace                     float64 // clients a second that are spoken to in this phase; 0: as many as there are
}

// progress is the present one. Its methods may be called concurrently.
type progress struct {
	mu  sync.Mutex
	now Progress
}

// Expect begins a drain's progress: it was asked for, and waits out its delay.
func (g *Gateway) Expect(d Departure) {
	p := &g.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.now = Progress{Phase: Waiting, Departure: d, Started: now, Deadline: now.Add(d.lasts()), Found: g.Connections.Load()}
}

// Progress is how far the drain is.
func (g *Gateway) Progress() Progress {
	p := &g.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now
	if now.Phase == "" {
		now.Phase = Serving
	}
	return now
}

// enter begins a phase in which so many clients a second are spoken to.
func (p *progress) enter(phase Phase, pace float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Phase, p.now.Pace = phase, pace
	if phase == Done {
		p.now.Ended = time.Now()
	}
}

func (p *progress) told() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Told++
}

func (p *progress) closed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Closed++
}
