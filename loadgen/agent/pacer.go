package agent

import (
	"context"
	"time"

	"github.com/seed886cd727/throng/loadgen/plan"
)

// pacer does things when they are due. It waits for no answer: what the target
// does slowly does not change the schedule.
type pacer struct {
	ctx   context.Context
	start time.Time     // of the run
	from  time.Duration // the schedule's, since then
	timer *time.Timer
	nap   func(time.Duration) // sleeps for a short time, exactly; may end early
}

func newPacer(ctx context.Context, start time.Time, from time.Duration) *pacer {
	return &pacer{ctx: ctx, start: start, from: from, timer: time.NewTimer(0), nap: nap}
}

// coarse is what Go's timers are good for: where nothing else runs they wait in
// epoll_wait, which counts in milliseconds. The rest is slept in the kernel.
const coarse = 1200 * time.Microsecond

// until waits for a moment of the schedule, and gives it as a time since the run's
// start. It is not ok once the context is done.
func (p *pacer) until(at time.Duration) (due time.Duration, ok bool) {
	due = p.from + at
	if wait := due - time.Since(p.start); wait > coarse {
		p.timer.Reset(wait - coarse)
		select {
		case <-p.ctx.Done():
			return due, false
		case <-p.timer.C:
		}
	}
	for wait := due - time.Since(p.start); wait > 0; wait = due - time.Since(p.start) {
		p.nap(wait)
	}
	return due, p.ctx.Err() == nil
}

// sends walks a source until its end.
func (p *pacer) sends(source plan.Source, send func(plan.Send, time.Duration)) {
	defer p.timer.Stop()
	for {
		s, ok := source.Next()
		if !ok {
			return
		}
		due, ok := p.until(s.Due)
		if !ok {
			return
		}
		send(s, due)
	}
}

// evenly begins n things, evenly spaced at a rate a second.
func (p *pacer) evenly(n int, rate float64, begin func(i int, due time.Duration)) {
	defer p.timer.Stop()
	for i := range n {
		due, ok := p.until(time.Duration(float64(i) / rate * float64(time.Second)))
		if !ok {
			return
		}
		begin(i, due)
	}
}
