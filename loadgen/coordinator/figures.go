package coordinator

import (
	"math"
	"time"

	"github.com/seed886cd727/throng/loadgen/client"
	"github.com/seed886cd727/throng/loadgen/sample"
	"github.com/seed886cd727/throng/results"
)

// latencies gives the figures of each measure over the phases that in picks for it.
func (r *run) latencies(f results.Figures, in func(client.Measure) func(phase int) bool) {
	for m := range client.Measures {
		if m == client.ReceiptLatency && !r.world.receipts {
			continue
		}
		h := r.watch.totals.Of(m, in(m))
		f.SetLatency(m.String(), h)
		if m == client.Delivery {
			f.SetLatency("delivery_local", h) // one agent: every pair shares its clock
			f.Set("delivery.negative", float64(h.Negative()))
		}
	}
}

// runFigures are the run's own: latencies of messages and rates of the measured
// phases, everything else of the whole run.
func (r *run) runFigures() results.Figures {
	f := results.Figures{}
	r.latencies(f, r.counts)
	r.connections(f)
	r.usage(f, r.measuredSpans(), r.measured)
	r.peaks(f)
	r.weights(f)
	return f
}

// phaseFigures are those of one phase.
func (r *run) phaseFigures(i int) results.Figures {
	f := results.Figures{}
	this := func(phase int) bool { return phase == i }
	r.latencies(f, func(client.Measure) func(int) bool { return this })
	p := r.phases[i]
	f.Set("sent", float64(p.to.clients.Sent-p.from.clients.Sent))
	f.Set("acked", float64(p.to.clients.Acked-p.from.clients.Acked))
	f.Set("refused", float64(p.to.clients.SendsRefused-p.from.clients.SendsRefused))
	f.Set("connections.attempted", float64(p.to.clients.Attempted-p.from.clients.Attempted))
	f.Set("connections.failed", float64(p.to.clients.Failed-p.from.clients.Failed))
	f.Set("connections.refused", float64(p.to.clients.Refused-p.from.clients.Refused))
	f.Set("connections.closed_by_target", float64(p.to.clients.ClosedByTarget-p.from.clients.ClosedByTarget))
	r.usage(f, []span{{p.from, p.to}}, this)
	return f
}

func (r *run) connections(f results.Figures) {
	n := r.agent.Counts()
	for name, v := range map[string]int64{
		"connections.attempted": n.Attempted, "connections.open_peak": n.OpenPeak, "connections.failed": n.Failed,
		"connections.refused": n.Refused, "connections.closed_by_target": n.ClosedByTarget,
		"sent": n.Sent, "acked": n.Acked, "refused": n.SendsRefused, "sends.abandoned": n.Abandoned + n.Waiting,
		"sends.skipped": n.Skipped, "payload.grown": n.Grown, "unacknowledged": n.Unacknowledged,
	} {
		f.Set(name, float64(v))
	}
	w := r.agent.Network()
	f.Set("wire.bytes_sent", float64(w.BytesOut))
	f.Set("wire.bytes_received", float64(w.BytesIn))
	if c := r.phases[0]; r.everyone {
		f.Set("connect.rate", float64(r.agent.Len())/(c.to.at-c.from.at).Seconds())
	}
}

// span is a time of the run.
type span struct{ from, to mark }

func (r *run) measuredSpans() (all []span) {
	for _, p := range r.phases {
		if p.Measured {
			all = append(all, span{p.from, p.to})
		}
	}
	return all
}

// usage gives what the spans, which are the phases for which in is true, took and
// brought.
func (r *run) usage(f results.Figures, spans []span, in func(phase int) bool) {
	var elapsed time.Duration
	var sent int64
	target, generator := sample.Totals{Counts: map[string]float64{}}, sample.Totals{}
	for _, s := range spans {
		took, t, g := s.to.used.Since(s.from.used)
		elapsed += took
		sent += s.to.clients.Sent - s.from.clients.Sent
		add(&target, t)
		add(&generator, g)
	}
	if elapsed <= 0 {
		return
	}
	deliveries := float64(r.watch.totals.Of(client.Delivery, in).Count() + r.watch.totals.Of(client.Catchup, in).Count())
	f.Set("send.rate", float64(sent)/elapsed.Seconds())
	f.Set("delivery.rate", deliveries/elapsed.Seconds())
	if target.Seen > 0 {
		f.Set("target.cpu_seconds", target.CPU.Seconds())
	}
	if target.Seen > 0 && deliveries > 0 {
		f.Set("target.deliveries_per_cpu_second", deliveries/target.CPU.Seconds())
		f.Set("target.cpu_per_delivery", float64(target.CPU)/deliveries)
	}
	if generator.Seen > 0 {
		f.Set("generator.cpu_seconds", generator.CPU.Seconds())
	}
	if generator.Seen > 0 && deliveries > 0 {
		f.Set("generator.deliveries_per_cpu_second", deliveries/generator.CPU.Seconds())
	}
	if ratio, ok := sample.WaitRatio(generator.Run, generator.Wait); ok {
		f.Set("generator.cpu_wait_ratio", ratio)
		f.Set("generator.cpu_wait", generator.Wait.Seconds()/elapsed.Seconds())
	}
	r.store(f, target.Counts, elapsed)
	if pause, ok := target.Quantile(sample.GCPauses, 0.99); ok {
		f.Set("target.gc_pause.p99", math.Round(pause*float64(time.Second)))
	}
}

func add(sum *sample.Totals, t sample.Totals) {
	sum.Seen += t.Seen
	sum.CPU += t.CPU
	sum.Run += t.Run
	sum.Wait += t.Wait
	for name, v := range t.Counts {
		sum.Counts[name] += v
	}
}

// store gives what the target says of itself.
func (r *run) store(f results.Figures, counts map[string]float64, elapsed time.Duration) {
	set := func(name, count string) {
		if v, ok := counts[count]; ok {
			f.Set(name, v)
		}
	}
	set("target.pings", sample.Pings)
	set("target.pongs", sample.Pongs)
	if peak := r.agent.Counts().OpenPeak; peak > 0 {
		if pongs, ok := counts[sample.Pongs]; ok {
			f.Set("target.pongs_per_connection", pongs/float64(peak))
		}
	}
	set("target.store_writes", sample.StoreWrites)
	set("target.store_bytes", sample.StoreBytes)
	if body, ok := counts[sample.BodyBytes]; ok && body > 0 {
		f.Set("target.write_amplification", counts[sample.StoreBytes]/body)
	}
	latest, _ := r.sampler.Latest()
	if loops := latest.Page[sample.Loops]; loops > 0 {
		f.Set("target.loop_busy", counts[sample.LoopBusy]/loops/elapsed.Seconds())
	}
}

func (r *run) peaks(f results.Figures) {
	target, generator := r.sampler.Peaks()
	for name, v := range map[string]float64{
		"target.rss": float64(target.RSS), "target.rss_baseline": float64(r.baseline.target),
		"target.heap": target.Heap, "target.heap_objects": target.Objects, "target.goroutines": target.Goroutines, "generator.rss": float64(generator.RSS),
	} {
		if v > 0 {
			f.Set(name, v)
		}
	}
}

// weights gives bytes per connection, before messages were sent and after.
func (r *run) weights(f results.Figures) {
	for _, w := range r.idle {
		if w.open < leastWeighed {
			r.note("bytes per connection are not told: %d connections were open, and below %d the fixed costs would speak", w.open, leastWeighed)
			continue
		}
		each := func(name string, now, before int64) {
			if now > 0 && before > 0 {
				f.Set(name, float64(now-before)/float64(w.open))
			}
		}
		if w.sent > 0 {
			each("target.bytes_per_connection_after", w.target, r.baseline.target)
			continue
		}
		each("target.bytes_per_connection", w.target, r.baseline.target)
		each("target.bytes_per_connection_unforced", w.unforced, r.baseline.target)
		each("target.kernel_bytes_per_connection", w.kernel, r.baseline.kernel)
		each("target.heap_objects_per_connection", w.objects, r.baseline.objects)
		each("generator.bytes_per_connection", w.generator, r.baseline.generator)
		if w.cores > 0 {
			const hundred = 100_000
			f.Set("target.cpu_per_100k_idle", w.cores/float64(w.open)*hundred)
		}
	}
}
