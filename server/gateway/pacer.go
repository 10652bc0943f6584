package gateway

import (
	"context"
	"time"
)

// pacer spreads a number of steps over a window of time. Steps that take long
// make the next ones follow sooner: the window is kept as far as they let it.
type pacer struct {
	ctx    context.Context
	start  time.Time
	window time.Duration
	total  int
	done   int
}

func newPacer(ctx context.Context, window time.Duration, total int) *pacer {
	return &pacer{ctx: ctx, start: time.Now(), window: window, total: total}
}

// rate is how many steps a second it allows; 0 is as many as there are.
func (p *pacer) rate() float64 {
	if p.total <= paced || p.window <= 0 {
		return 0
	}
	return float64(p.total) / p.window.Seconds()
}

// next waits where a step would come too early. It reports false when ctx is
// done.
func (p *pacer) next() bool {
	p.done++
	if p.done%paced != 0 || p.total <= paced {
		return p.ctx.Err() == nil
	}
	due := time.Duration(float64(p.window) * float64(p.done) / float64(p.total))
	select {
	case <-p.ctx.Done():
		return false
	case <-time.After(due - time.Since(p.start)):
		return true
	}
}
