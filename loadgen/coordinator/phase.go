package coordinator

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed886cd727/throng/loadgen/client"
	"github.com/seed886cd727/throng/loadgen/sample"
	"github.com/seed886cd727/throng/scenarios"
)

// phase is what a phase of the scenario came to.
type phase struct {
	scenarios.Phase
	from, to mark
}

// mark is what was counted up to a moment.
type mark struct {
	at      time.Duration // since the run's start
	used    sample.Mark
	clients client.Counts
}

func (r *run) mark(ctx context.Context) mark {
	used := r.sampler.Mark(context.WithoutCancel(ctx))
	return mark{r.now(), used, r.agent.Counts()}
}

// play goes through the phases. traffic ends where the traffic shall end early;
// ctx where the run shall.
func (r *run) play(ctx, traffic context.Context) {
	s := r.Scenario
	var sending sync.WaitGroup
	started := false
	for i, p := range s.Phases {
		r.begin(ctx, p)
		switch p.Name {
		case scenarios.PhaseConnect:
			r.connect(traffic, p)
		case scenarios.PhaseSettle:
			sending.Wait()
			r.events.Wait()
			r.settle(ctx, time.Duration(p.For))
		case scenarios.PhaseDrain:
			r.drain(time.Duration(p.For))
		default:
			if traffic.Err() != nil {
				continue
			}
			if !started {
				started = true
				r.send(traffic, &sending, i)
			}
			r.traffic(traffic, i)
		}
	}
	sending.Wait()
	r.events.Wait()
	r.end(ctx)
}

// begin ends the phase before, and begins one.
func (r *run) begin(ctx context.Context, p scenarios.Phase) {
	m := r.mark(ctx)
	if n := len(r.phases); n > 0 {
		r.phases[n-1].to = m
	}
	r.phases = append(r.phases, phase{Phase: p, from: m})
	r.watch.begin(p, m)
}

// end ends the last phase.
func (r *run) end(ctx context.Context) { r.phases[len(r.phases)-1].to = r.mark(ctx) }

// How long sessions may take to connect, after the last one began.
const (
	latecomers = 30 * time.Second // for all to be there
	firstcomer = 5 * time.Second  // for one to be there
)

// connect lets everyone come, and waits until all are there.
func (r *run) connect(ctx context.Context, p scenarios.Phase) {
	all := int64(r.agent.Len())
	r.agent.ConnectAll(ctx, r.now(), p.Rate, p.AtOnce)
	here := func() bool {
		n := r.agent.Counts()
		return n.Usable == all && n.CatchingUp == 0
	}
	someone := until(ctx, firstcomer, func() bool { return r.agent.Counts().Usable > 0 })
	r.everyone = someone && until(ctx, latecomers, here)
	n := r.agent.Counts()
	switch {
	case r.everyone || ctx.Err() != nil:
	case n.Usable == 0:
		r.breaks(unreachable(fmt.Errorf("%w: %d sessions tried %d times, at %v: %s", errNobody, all, n.Attempted, r.system.addresses(), frequent(n.Errors))))
	default:
		r.invalidate("%d of %d sessions could not connect within %v of the last one's turn: %s", all-n.Usable, all, latecomers, frequent(n.Errors))
		r.abort(fmt.Errorf("only %d of %d sessions came", n.Usable, all))
	}
}

// frequent names what went wrong most often.
func frequent(errors map[string]int64) string {
	if len(errors) == 0 {
		return "no answer"
	}
	kinds := make([]string, 0, len(errors))
	for kind := range errors {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b string) int { return int(errors[b] - errors[a]) })
	var most []string
	for _, kind := range kinds[:min(len(kinds), 3)] {
		most = append(most, fmt.Sprintf("%s (%d times)", kind, errors[kind]))
	}
	return strings.Join(most, ", ")
}

// until waits for a condition, at most for a time. It is false if that did not
// come.
func until(ctx context.Context, limit time.Duration, met func() bool) bool {
	const look = 20 * time.Millisecond
	tick := time.NewTicker(look)
	defer tick.Stop()
	end := time.Now().Add(limit)
	for !met() {
		if time.Now().After(end) {
			return false
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}

// lead is how far in the future the traffic begins: its schedule must not start
// late.
const lead = 50 * time.Millisecond

// send starts all traffic phases' sends, of which phase i is the first, and says
// when the phases begin.
func (r *run) send(ctx context.Context, sending *sync.WaitGroup, i int) {
	from := r.now() + lead
	starts := make([]time.Duration, 0, len(r.Scenario.Phases))
	at := from
	for j := range r.Scenario.Phases {
		if j < i {
			starts = append(starts, r.phases[j].from.at)
			continue
		}
		starts = append(starts, at)
		at += r.world.lengths[j]
		if r.Scenario.Phases[j].Name == scenarios.PhaseSettle {
			at += time.Duration(r.Scenario.Phases[j].For)
		}
	}
	r.agent.Plan(starts)
	r.watch.plan(starts)
	parts, err := r.world.sends()
	if err != nil {
		r.breaks(err)
		return
	}
	for _, p := range parts {
		sending.Go(func() { r.agent.SendAll(ctx, from+p.from, p.Source) })
	}
}

// traffic keeps one traffic phase, until its end or that of ctx.
func (r *run) traffic(ctx context.Context, i int) {
	p := &r.phases[len(r.phases)-1]
	start := r.watch.starts[i]
	receipts := p.Traffic.Receipts
	r.agent.SetReceipts(client.Receipts{Share: receipts.Share, After: time.Duration(receipts.After)})
	for _, e := range p.Events {
		r.events.Go(func() { r.event(ctx, e, start+time.Duration(e.At)) })
	}
	if p.Measure == "memory" {
		r.weighIdle(ctx, p, start)
	}
	r.sleep(ctx, start+r.world.lengths[i])
}

// sleep waits until a time since the run's start.
func (r *run) sleep(ctx context.Context, until time.Duration) bool {
	timer := time.NewTimer(until - r.now())
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// Times of settling.
const (
	quiet       = 300 * time.Millisecond // for which nothing may be owed: what comes too much comes behind
	interrupted = 3 * time.Second        // how long an interrupted run settles
)

// settle waits until everyone is back and nothing is owed any more.
func (r *run) settle(ctx context.Context, limit time.Duration) {
	if r.brokenBy() != nil || !r.everyone {
		return // nobody comes back, or nothing was sent
	}
	all := int64(r.agent.Len())
	if r.forGood.Load() {
		all = 0 // nobody comes back
	}
	if ctx.Err() != nil {
		limit = min(limit, interrupted)
		ctx = context.WithoutCancel(ctx)
	}
	since := time.Now()
	r.settled = until(ctx, limit, func() bool {
		n := r.agent.Counts()
		if n.Usable < all || n.CatchingUp > 0 || n.Unacknowledged > 0 || n.Waiting > 0 || r.checker.Owed() > 0 {
			since = time.Now()
		}
		return time.Since(since) >= quiet
	})
}

// drain closes the clients.
func (r *run) drain(limit time.Duration) {
	r.agent.End()
	until(context.Background(), limit, func() bool { return r.agent.Counts().Open == 0 })
}
