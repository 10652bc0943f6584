package gateway

import (
	"context"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// Departure says how a node's clients are sent away.
type Departure struct {
	// Within is the window in which clients are asked to reconnect, each at a
	// moment of its own. Those that remain are closed one after the other, in
	// another quarter of it: all is over after 1.25 Within and at most ten seconds
	// more, which closing handshakes may take.
	Within time.Duration
	Reason string // told to clients
	Hint   string // where to go; empty: the same address
}

// Drain asks all clients to leave, serves them until they do, and closes who
// remains with 1012. It returns when the last has gone, or when ctx is done.
func (g *Gateway) Drain(ctx context.Context, d Departure) {
	g.draining.Store(true)
	end := time.Now().Add(d.Within)
	g.announce(ctx, d, end)
	g.await(ctx, end)
	g.dismiss(ctx, d)
	g.await(ctx, time.Now().Add(handshakes))
}

// handshakes is how long the last closing handshakes may take.
const handshakes = 10 * time.Second

// paced is how many connections are spoken to in one go.
const paced = 256

// announce tells everyone, spread over a tenth of the window: if all were told
// in one moment, all would be told late.
func (g *Gateway) announce(ctx context.Context, d Departure, end time.Time) {
	pace := pacer{ctx: ctx, window: min(d.Within/10, time.Second), total: g.users.Len()}
	for c := range g.users.All {
		if !c.Live() {
			continue
		}
		c.Out.Push(&chat.Drain{Within: max(time.Until(end), 0), Reason: d.Reason, Hint: d.Hint})
		c.Out.Flush()
		if !pace.next() {
			return
		}
	}
}

// Dismiss closes everyone at once with 1001.
func (g *Gateway) Dismiss() {
	g.draining.Store(true)
	for _, c := range g.arrivals.all() {
		c.End(chat.CloseGoingAway, "the node ends")
	}
	for c := range g.users.All {
		c.End(chat.CloseGoingAway, "the node ends")
	}
}

// dismiss closes everyone who is still there.
func (g *Gateway) dismiss(ctx context.Context, d Departure) {
	for _, c := range g.arrivals.all() {
		c.End(chat.CloseRestart, d.Reason)
	}
	pace := pacer{ctx: ctx, window: d.Within / 4, total: g.users.Len()}
	for c := range g.users.All {
		c.End(chat.CloseRestart, d.Reason)
		if !pace.next() {
			return
		}
	}
}

// await waits until no connection is left, or the moment comes.
func (g *Gateway) await(ctx context.Context, until time.Time) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for g.Connections.Load() > 0 && time.Now().Before(until) {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// pacer spreads a number of steps over a window of time.
type pacer struct {
	ctx    context.Context
	window time.Duration
	total  int
	done   int
}

// next waits where a step would come too early. It reports false when ctx is
// done.
func (p *pacer) next() bool {
	p.done++
	if p.done%paced != 0 || p.total <= paced {
		return p.ctx.Err() == nil
	}
	select {
	case <-p.ctx.Done():
		return false
	case <-time.After(p.window * paced / time.Duration(p.total)):
		return true
	}
}
