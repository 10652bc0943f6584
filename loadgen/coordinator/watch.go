package coordinator

import (
	"math"
	"strings"
	"sync"
	"time"

	"github.com/seed886cd727/throng/loadgen/agent"
	"github.com/seed886cd727/throng/loadgen/check"
	"github.com/seed886cd727/throng/loadgen/client"
	"github.com/seed886cd727/throng/loadgen/sample"
	"github.com/seed886cd727/throng/results"
	"github.com/seed886cd727/throng/scenarios"
)

// watch is what is seen of a run while it goes, once a second.
type watch struct {
	totals agent.Samples // of the watch's goroutine; finish reads them afterwards
	last   struct {
		at                time.Duration
		clients           client.Counts
		deliveries        int64
		violations        int64
		target, generator sample.Sample
	}

	mu     sync.Mutex // guards what follows
	phase  scenarios.Phase
	from   mark            // when it began
	starts []time.Duration // of all phases, once the traffic has begun
}

func (w *watch) begin(p scenarios.Phase, from mark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.phase, w.from = p, from
}

func (w *watch) plan(starts []time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.starts = starts
}

func (w *watch) now() (scenarios.Phase, mark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.phase, w.from
}

// startWatch looks once a second until it is stopped, and then once more.
func (r *run) startWatch() (stop func()) {
	end := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-end:
				r.look()
				r.Progress.Done()
				return
			case <-tick.C:
				r.look()
			}
		}
	})
	return func() {
		close(end)
		watching.Wait()
	}
}

// look writes down what happened since the last look.
func (r *run) look() {
	w := &r.watch
	since, now := w.last.at, r.now()
	samples := r.agent.Take()
	w.totals = w.totals.Add(samples)
	r.logIntervals(samples, since, now)
	row := r.row(samples, since, now)
	r.agent.GiveBack(samples)
	if err := r.record.Row(row); err != nil {
		r.breaks(err)
	}
	if err := r.system.died(); err != nil {
		r.breaks(err)
	}
	r.abortIfAsked(now)
	phase, from := w.now()
	r.Progress.Tick(Status{Row: row, PhaseFor: r.length(phase), InPhase: now - from.at, Every: now - since})
}

// length is how long a phase takes, or at most takes.
func (r *run) length(p scenarios.Phase) time.Duration {
	for i := range r.Scenario.Phases {
		if r.Scenario.Phases[i].Name == p.Name && r.world.lengths[i] > 0 {
			return r.world.lengths[i]
		}
	}
	return time.Duration(p.For)
}

// logIntervals keeps the samples in the record. Those of messages count only if
// they were due in measured phases, as in the summary.
func (r *run) logIntervals(s agent.Samples, from, to time.Duration) {
	for m := range client.Measures {
		if err := r.record.Interval(m.String(), from, to, s.Of(m, r.counts(m))); err != nil {
			r.breaks(err)
		}
	}
}

// counts says which phases' samples of a measure are in the run's own figures.
func (r *run) counts(m client.Measure) func(phase int) bool {
	if m.OfMessages() {
		return r.measured
	}
	return every
}

func every(int) bool { return true }

func (r *run) measured(phase int) bool { return r.Scenario.Phases[phase].Measured }

// row is the second's line of the time series.
func (r *run) row(s agent.Samples, since, now time.Duration) results.Row {
	w := &r.watch
	n, deliveries, violations := r.agent.Counts(), r.checker.Deliveries(), violations(r.checker.Counts())
	target, generator := r.sampler.Latest()
	phase, _ := w.now()
	ack, delivery := s.Of(client.AckLatency, every), s.Of(client.Delivery, every)
	row := results.Row{
		At: now, Phase: phase.Name, Open: n.Open,
		Attempted: n.Attempted - w.last.clients.Attempted,
		Failed:    n.Failed + n.Refused - w.last.clients.Failed - w.last.clients.Refused,
		Sent:      n.Sent - w.last.clients.Sent, Acked: n.Acked - w.last.clients.Acked,
		Delivered: deliveries - w.last.deliveries,
		AckP50:    ack.Percentile(50), AckP99: ack.Percentile(99),
		DeliveryP50: delivery.Percentile(50), DeliveryP99: delivery.Percentile(99),
		DeliveryP999: delivery.Percentile(99.9), DeliveryMax: delivery.Max(),
		LateP99:    s.Of(client.Late, every).Percentile(99),
		Violations: violations - w.last.violations,
		Errors:     total(n.Errors) - total(w.last.clients.Errors),
		TargetCPU:  cores(w.last.target, target), GeneratorCPU: cores(w.last.generator, generator),
		TargetRSS: rss(target), GeneratorRSS: rss(generator),
		Event: r.takeHappenings(),
	}
	w.last.at, w.last.clients, w.last.deliveries, w.last.violations = now, n, deliveries, violations
	w.last.target, w.last.generator = target, generator
	return row
}

func (r *run) takeHappenings() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := strings.Join(r.happens, "; ")
	r.happens = nil
	return text
}

// violations sums up what breaks a promise. Duplicates on the wire and gaps that
// heal do not.
func violations(c check.Counts) (sum int64) {
	for _, name := range []string{
		"order.violations", "order.disagreements", "duplicates.residual", "double_stored", "phantom", "foreign",
		"misdelivered", "corrupted", "cursor.regressions",
	} {
		sum += c[name]
	}
	return sum
}

func total(errors map[string]int64) (sum int64) {
	for _, n := range errors {
		sum += n
	}
	return sum
}

// cores is how many cores a process kept busy between two samples of it.
func cores(before, now sample.Sample) float64 {
	if before.Process == nil || now.Process == nil || before.Process.PID != now.Process.PID || !now.At.After(before.At) {
		return math.NaN()
	}
	return (now.Process.CPU - before.Process.CPU).Seconds() / now.At.Sub(before.At).Seconds()
}

func rss(s sample.Sample) float64 {
	if s.Process == nil {
		return math.NaN()
	}
	return float64(s.Process.RSS)
}
