package gateway

import (
	"context"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

// Departure says how a node's clients are sent away.
type Departure struct {
	// Delay is how long everything goes on as before: a load balancer takes its
	// time to see that the node is not ready, and sends it clients until then.
	Delay time.Duration
	// Within is the window in which clients are asked to reconnect, each at a
	// moment of its own. Those that remain are closed one after the other, in
	// another quarter of it: all is over after 1.25 Within and at most ten seconds
	// more, which closing handshakes may take.
	Within time.Duration
	Reason string // told to clients
	Hint   string // where to go; empty: the same address
}

// lasts is how long the whole of it may take.
func (d Departure) lasts() time.Duration { return d.Delay + d.Within + d.Within/4 + handshakes }

// Drain asks all clients to leave, serves them until they do, and closes who
// remains with 1012. It returns when the last has gone, when ctx is done, or at
// the deadline, whatever peers do. The delay is over when it is called.
func (g *Gateway) Drain(ctx context.Context, d Departure) {
	g.draining.Store(true)
	end := time.Now().Add(d.Within)
	ctx, cancel := context.WithDeadline(ctx, end.Add(d.Within/4+handshakes)) // however slow the steps are
	defer cancel()
	late := g.announce(ctx, d, end)
	g.progress.enter(Leaving, 0)
	for g.await(ctx, earlier(end, time.Now().Add(lookForLate))) {
		late = g.tellLate(d, end, late)
		if !time.Now().Before(end) {
			break
		}
	}
	g.dismiss(ctx, d)
	g.await(ctx, time.Now().Add(handshakes))
	g.progress.enter(Done, 0)
}

const (
	// handshakes is how long the last closing handshakes may take.
	handshakes = 10 * time.Second
	// paced is how many connections are spoken to in one go.
	paced = 256
	// lookForLate is how often those are looked for that could not be told with the
	// others, since their hello was still on its way.
	lookForLate = 250 * time.Millisecond
)

// announce tells everyone, spread over a tenth of the window: if all were told
// in one moment, all would be told late. It returns those that cannot be told
// yet.
func (g *Gateway) announce(ctx context.Context, d Departure, end time.Time) (late []*conversation.Session) {
	pace := newPacer(ctx, min(d.Within/10, 10*time.Second), g.users.Len())
	g.progress.enter(Announcing, pace.rate())
	for c := range g.users.All {
		if !g.tell(c, d, end) {
			late = append(late, c)
		}
		if !pace.next() {
			return late
		}
	}
	for _, c := range g.arrivals.all() {
		late = append(late, &c.Session)
	}
	return late
}

// tell asks one client to leave. It reports false where that is too early.
func (g *Gateway) tell(c *conversation.Session, d Departure, end time.Time) bool {
	if !c.Live() {
		return false
	}
	c.Out.Push(&chat.Drain{Within: max(time.Until(end), 0), Reason: d.Reason, Hint: d.Hint})
	c.Out.Flush()
	g.progress.told()
	return true
}

// tellLate tells those whose hello has been answered since, and returns the
// others.
func (g *Gateway) tellLate(d Departure, end time.Time, late []*conversation.Session) []*conversation.Session {
	left := late[:0]
	for _, c := range late {
		if !g.tell(c, d, end) && !c.Ended() {
			left = append(left, c)
		}
	}
	return left
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
	pace := newPacer(ctx, d.Within/4, g.users.Len())
	g.progress.enter(Closing, pace.rate())
	for _, c := range g.arrivals.all() {
		g.close(&c.Session, d)
	}
	for c := range g.users.All {
		g.close(c, d)
		if !pace.next() {
			return
		}
	}
}

func (g *Gateway) close(c *conversation.Session, d Departure) {
	if !c.Ended() {
		g.progress.closed()
		c.End(chat.CloseRestart, d.Reason)
	}
}

// await waits until no connection is left, or the moment comes. It reports
// whether some are left.
func (g *Gateway) await(ctx context.Context, until time.Time) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for g.Connections.Load() > 0 && time.Now().Before(until) {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return g.Connections.Load() > 0 && ctx.Err() == nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
