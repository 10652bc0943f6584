package agent

import (
	"context"
	"time"
)

// gate lets no more than a number of sessions be on their way at the same time. A
// target that lets nobody in any more opens it for good: that it does is then for
// others to find out.
type gate struct {
	limit   int          // 0: none
	arrived func() int64 // how many are there
	open    bool
}

// stalled is how long nobody has to arrive until the gate is opened for good.
const stalled = 30 * time.Second

// pass waits until the i-th may go.
func (g *gate) pass(ctx context.Context, i int) {
	if g.limit <= 0 || g.open {
		return
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for last, since := g.arrived(), time.Now(); int64(i)-g.arrived() >= int64(g.limit); {
		if now := g.arrived(); now != last {
			last, since = now, time.Now()
		}
		if g.open = time.Since(since) >= stalled; g.open {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
