package coordinator

import (
	"context"
	"sync"
	"time"

	"github.com/seed886cd727/throng/loadgen/admin"
	"github.com/seed886cd727/throng/scenarios"
)

// event makes what a scenario wants to happen, at a time since the run's start.
func (r *run) event(ctx context.Context, e scenarios.Event, at time.Duration) {
	if !r.sleep(ctx, at) {
		return
	}
	switch {
	case e.Reconnect != nil:
		r.happened("reconnect: %.4g%% of the sessions lose their connection within %v", e.Reconnect.Share*100, e.Reconnect.Spread)
		r.agent.Reconnect(e.Reconnect.Share, time.Duration(e.Reconnect.Spread))
	case e.Kill != nil:
		r.kill(ctx, time.Duration(e.Kill.RestartAfter))
	case e.Drain != nil:
		r.drainNode(ctx, *e.Drain)
	}
}

// kill ends the node by kill -9, and starts it again.
func (r *run) kill(ctx context.Context, restartAfter time.Duration) {
	r.sampler.Mark(ctx) // what it used until now
	r.happened("kill: the node dies by kill -9")
	if err := r.system.node.Kill(); err != nil {
		r.breaks(unreachable(err))
		return
	}
	r.restart(ctx, restartAfter)
}

// drainNode lets the node send its clients away and end, and starts it again
// unless it goes for good.
func (r *run) drainNode(ctx context.Context, d scenarios.Drain) {
	r.happened("drain: the node asks its clients to reconnect within %v", d.Within)
	if d.ForGood {
		r.forGood.Store(true)
		r.agent.StayAway()
	}
	r.sampler.Mark(ctx) // what it used until now
	ctx = context.WithoutCancel(ctx)
	told := r.watchDrain(ctx)
	if err := r.system.node.Drain(ctx, time.Duration(d.Within)); err != nil {
		r.breaks(unreachable(err))
		return
	}
	s := <-told
	r.happened("drain: the node has ended after %v; of %d clients %d were told, and %d had not left in time",
		s.Ended.Sub(s.Started).Round(time.Millisecond), s.Found, s.Told, s.Closed)
	if !d.ForGood {
		r.restart(ctx, time.Duration(d.RestartAfter))
	}
}

// watchDrain gives the last that the node tells of its drain.
func (r *run) watchDrain(ctx context.Context) <-chan admin.DrainStatus {
	const often = 10 * time.Second
	last, begun := make(chan admin.DrainStatus, 1), make(chan struct{})
	r.events.Go(func() {
		var now admin.DrainStatus
		begin := sync.OnceFunc(func() { close(begun) })
		for s, err := range r.system.api.WatchDrain(ctx, often) {
			if err == nil { // else the node went without a word: what was told last stands
				now = s
			}
			begin()
		}
		begin()
		last <- now
	})
	<-begun // a drain of nobody is over at once
	return last
}

// restart starts the node again, also where the traffic has ended meanwhile: what
// is owed can only come from there.
func (r *run) restart(ctx context.Context, after time.Duration) {
	r.sleep(ctx, r.now()+after)
	if err := r.system.node.Restart(context.WithoutCancel(ctx)); err != nil {
		r.breaks(unreachable(err))
		return
	}
	r.sampler.SetPID(r.system.node.PID())
	r.happened("the node is back")
}
