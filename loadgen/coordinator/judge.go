package coordinator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed886cd727/throng/loadgen/client"
	"github.com/seed886cd727/throng/results"
	"github.com/seed886cd727/throng/results/figure"
	"github.com/seed886cd727/throng/scenarios"
)

// Bounds beyond which the generator was the bottleneck, and the run says nothing
// about the target. A generator that has little to do waits for longer than it
// runs, since waking a core takes longer than what is then done: on an idle
// machine of two cores direct has a cpu_wait_ratio of 50%, which is 0.05 cores. So
// the share alone invalidates nothing: cores must be lacking too.
const (
	mostLate  = 20 * time.Millisecond // of generator.late.p99
	mostShare = 0.10                  // of generator.cpu_wait_ratio, and then also
	mostWait  = 0.25                  // of generator.cpu_wait
)

// finish judges the run and ends its record.
func (r *run) finish(ctx context.Context) (*results.Summary, error) {
	s := &results.Summary{
		Scenario: r.Scenario.Name, Run: r.names.Run, Started: r.start, Interrupted: ctx.Err() != nil,
		Figures: results.Figures{},
	}
	if r.agent != nil && len(r.phases) > 0 {
		s.DurationSeconds = r.now().Seconds()
		r.summarise(s)
	}
	if r.LastPage != nil {
		r.sampler.Mark(context.WithoutCancel(ctx))
		target, _ := r.sampler.Latest()
		r.LastPage(target.Page)
	}
	r.remove(ctx)
	r.mu.Lock()
	s.Notes, s.InvalidBecause = r.notes, r.invalid
	r.mu.Unlock()
	for _, t := range r.Scenario.Thresholds {
		s.Thresholds = append(s.Thresholds, results.Judge(t.Expression, t.Phase, t.Message, s))
	}
	broken := r.brokenBy()
	if broken != nil && !errors.Is(broken, results.ErrWrite) { // of that Finish tells
		s.InvalidBecause = append(s.InvalidBecause, broken.Error())
	}
	s.Valid = len(s.InvalidBecause) == 0
	if err := r.record.Finish(s); broken == nil {
		broken = err
	}
	return s, broken
}

// summarise gives all figures, and says what makes the run invalid.
func (r *run) summarise(s *results.Summary) {
	s.Figures = r.runFigures()
	for name, v := range r.checker.Finish() {
		s.Figures.Set(name, float64(v))
	}
	if lost := s.Figures.Get("lost"); lost != nil {
		s.Figures.Set("delivery.unfinished", *lost)
	}
	if wire, all := s.Figures.Get("duplicates.wire"), r.checker.Deliveries(); wire != nil && all > 0 {
		s.Figures.Set("duplicates.wire_ratio", *wire/float64(all))
	}
	if !r.settled {
		r.unsettled(s)
	}
	for i, p := range r.phases {
		s.Phases = append(s.Phases, results.Phase{
			Name: p.Name, Measured: p.Measured, Start: p.from.at.Seconds(), End: p.to.at.Seconds(), Figures: r.phaseFigures(i),
		})
	}
	if late := s.Figures.Get("generator.late.p99"); late != nil && *late > float64(mostLate) {
		r.invalidate("the generator was late: generator.late.p99 is %s, above %v; lower the rate, or give it more cores",
			figure.Format(figure.Nanoseconds, *late), mostLate)
	}
	share, wait := s.Figures.Get("generator.cpu_wait_ratio"), s.Figures.Get("generator.cpu_wait")
	if share != nil && wait != nil && *share > mostShare && *wait > mostWait {
		r.invalidate("the generator lacked %s, above %s: it waited %s of the time that it could run; lower the rate, give it more cores, or stop what else runs here",
			figure.Format(figure.Cores, *wait), figure.Format(figure.Cores, mostWait), figure.Format(figure.Ratio, *share))
	}
}

// unsettled is a run that ended while something was owed. If it was cut short,
// that is no loss.
func (r *run) unsettled(s *results.Summary) {
	n := r.agent.Counts()
	r.note("when the run settled, %d deliveries were owed, %d sends unanswered and %d of %d sessions connected",
		r.checker.Owed(), n.Unacknowledged, r.phases[len(r.phases)-1].from.clients.Usable, r.agent.Len())
	if s.Interrupted {
		for _, name := range []string{"lost", "delivery.unfinished", "receipt.lost", "unacknowledged"} {
			delete(s.Figures, name)
		}
		r.note("the run was interrupted before everything had arrived: what is lost is not known")
	}
}

// remove takes away what the run made on a target that was there before.
func (r *run) remove(ctx context.Context) {
	if r.system.node != nil || r.Keep {
		return
	}
	const patience = time.Minute
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := r.system.api.Remove(ctx, r.ids()); err != nil {
		r.note("the conversations c-%s-… could not be removed from the target: %v", r.names.Run, err)
	}
}

// abortIfAsked ends the traffic when a threshold says so.
func (r *run) abortIfAsked(now time.Duration) {
	phase, from := r.watch.now()
	for _, t := range r.Scenario.Thresholds {
		began := time.Duration(0)
		if t.Phase != "" {
			began = from.at
		}
		if !t.Abort || t.Phase != "" && t.Phase != phase.Name || now-began < time.Duration(t.After) || !phase.IsTraffic() {
			continue
		}
		f := r.soFar(t)
		value := f.Get(t.Expression.Figure.Name)
		if value == nil || t.Expression.Holds(value) {
			continue
		}
		r.note("ended early: %s is %s (%s)", t.Expression.Figure.Name, figure.Format(t.Expression.Figure.Unit, *value), t.Expression)
		r.happened("ended early, as the threshold asks: %s is %s (%s) %s", t.Expression.Figure.Name,
			figure.Format(t.Expression.Figure.Unit, *value), t.Expression, t.Message)
		r.abort(fmt.Errorf("threshold %s", t.Expression))
		return
	}
}

// soFar are the figures that are known while a run goes: latencies and counts.
func (r *run) soFar(t scenarios.Threshold) results.Figures {
	f := results.Figures{}
	for m := range client.Measures {
		in := r.counts(m)
		if t.Phase != "" {
			in = func(i int) bool { return r.Scenario.Phases[i].Name == t.Phase }
		}
		if h := r.watch.totals.Of(m, in); h.Count() > 0 {
			f.SetLatency(m.String(), h)
		}
	}
	if t.Phase != "" {
		return f
	}
	n := r.agent.Counts()
	f.Set("refused", float64(n.SendsRefused))
	f.Set("connections.failed", float64(n.Failed))
	f.Set("connections.refused", float64(n.Refused))
	f.Set("connections.closed_by_target", float64(n.ClosedByTarget))
	for name, v := range r.checker.Counts() {
		f.Set(name, float64(v))
	}
	return f
}
