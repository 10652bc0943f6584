package coordinator

import (
	"context"
	"time"

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
		r.drainNode(ctx, time.Duration(e.Drain.Within), time.Duration(e.Drain.RestartAfter))
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

// drainNode lets the node send its clients away and end, and starts it again.
func (r *run) drainNode(ctx context.Context, within, restartAfter time.Duration) {
	r.happened("drain: the node asks its clients to reconnect within %v", within)
	if err := r.system.node.Drain(context.WithoutCancel(ctx), within); err != nil {
		r.breaks(unreachable(err))
		return
	}
	r.happened("drain: the node has ended")
	r.restart(ctx, restartAfter)
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
