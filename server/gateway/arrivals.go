package gateway

import (
	"context"
	"sync"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// arrivals holds the connections that came lately, oldest first, until their
// time for a hello is up. One list with one deadline for all costs nothing once
// they are welcomed; a timer each would.
type arrivals struct {
	mu    sync.Mutex
	queue []arrival
}

type arrival struct {
	connection *connection
	at         time.Time
}

func (a *arrivals) add(c *connection) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queue = append(a.queue, arrival{c, time.Now()})
}

// due takes those out that came before a moment.
func (a *arrivals) due(before time.Time) []arrival {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for n < len(a.queue) && a.queue[n].at.Before(before) {
		n++
	}
	due := a.queue[:n]
	if a.queue = a.queue[n:]; len(a.queue) == 0 {
		a.queue = nil
	}
	return due
}

// all lists the connections that still expect their hello.
func (a *arrivals) all() (waiting []*connection) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range a.queue {
		if one.connection.Expecting() {
			waiting = append(waiting, one.connection)
		}
	}
	return waiting
}

// sweepInterval is how often late hellos are looked for.
const sweepInterval = 250 * time.Millisecond

// Sweep ends connections that say no hello in time, until ctx is done.
func (g *Gateway) Sweep(ctx context.Context) {
	tick := time.NewTicker(sweepInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			g.sweep(now)
		}
	}
}

func (g *Gateway) sweep(now time.Time) {
	for _, late := range g.arrivals.due(now.Add(-g.config.HelloTimeout)) {
		if late.connection.Expecting() {
			g.NoHello.Add(1)
			late.connection.End(chat.CloseNoHello, "no hello came in time")
		}
	}
}
