package agent

import (
	"sync"
	"testing"
	"time"

	"github.com/seed886cd727/throng/loadgen/client"
)

func all(int) bool { return true }

func only(phase int) func(int) bool { return func(p int) bool { return p == phase } }

func count(s Samples, m client.Measure, in func(int) bool) int64 { return s.Of(m, in).Count() }

// A sample belongs to the phase that it was due in: from its start on, and before
// the next one's.
func TestSamplesCountToTheirPhase(t *testing.T) {
	r := newRecorder(1)
	r.Record(0, client.Delivery, time.Hour, 1) // before there is a plan all is one phase
	r.plan([]time.Duration{10, 20, 20, 30})    // a phase without length has no samples
	for at := range time.Duration(40) {
		r.Record(0, client.Delivery, at, 1)
	}
	s := r.take()
	for phase, want := range []int64{21, 0, 10, 10} {
		if n := count(s, client.Delivery, only(phase)); n != want {
			t.Errorf("phase %d has %d samples, want %d", phase, n, want)
		}
	}
	if n := count(s, client.AckLatency, all); n != 0 {
		t.Errorf("%d samples of a measure that has none", n)
	}
	if len(s) != 4 {
		t.Errorf("%d phases", len(s))
	}
}

func TestThePlanIsTheRecordersOwn(t *testing.T) {
	r := newRecorder(1)
	starts := []time.Duration{0, 10}
	r.plan(starts)
	starts[1] = 0
	if r.phase(5) != 0 || r.phase(10) != 1 || r.phase(-1) != 0 {
		t.Error("a phase is not as it was planned")
	}
}

func TestTakeGivesEverySampleOnce(t *testing.T) {
	r := newRecorder(3)
	for lane := range 3 {
		for i := range time.Duration(lane + 1) {
			r.Record(lane, client.AckLatency, 0, (i+1)*time.Millisecond)
		}
	}
	first := r.take()
	if n := count(first, client.AckLatency, all); n != 6 {
		t.Errorf("%d samples, want 6", n)
	}
	if m := first.Of(client.AckLatency, all).Max(); m < 2.9e6 || m > 3.1e6 {
		t.Errorf("the largest is %v ns, want 3 ms", m)
	}
	if s := r.take(); count(s, client.AckLatency, all) != 0 {
		t.Error("samples are given twice")
	}
	var totals Samples
	totals = totals.Add(first)
	a := &Agent{recorder: r}
	a.GiveBack(first)
	r.Record(1, client.AckLatency, 0, time.Millisecond) // in a histogram that was given back
	second := r.take()
	if n := count(second, client.AckLatency, all); n != 1 {
		t.Errorf("%d samples in the second interval, want 1", n)
	}
	totals = totals.Add(second)
	if n := count(totals, client.AckLatency, all); n != 7 {
		t.Errorf("%d samples in all, want 7: what was added changed with what was given back", n)
	}
	if n := count(second, client.AckLatency, all); n != 1 {
		t.Errorf("adding changed what was added: %d", n)
	}
}

// Nothing is lost or counted twice while samples are taken.
func TestTakeIsConcurrent(t *testing.T) {
	const lanes, each = 4, 20_000
	r := newRecorder(lanes)
	a := &Agent{recorder: r}
	var writing sync.WaitGroup
	for lane := range lanes {
		for half := range 2 { // lanes are shared now and then
			writing.Go(func() {
				for i := range each / 2 {
					r.Record(lane, client.Measure(i%int(client.Measures)), time.Duration(i), time.Duration(half+1)*time.Millisecond)
				}
			})
		}
	}
	done := make(chan struct{})
	go func() {
		writing.Wait()
		close(done)
	}()
	var totals Samples
	for end := false; !end; {
		select {
		case <-done:
			end = true
		default:
		}
		r.plan([]time.Duration{0, each / 4})
		s := r.take()
		totals = totals.Add(s)
		a.GiveBack(s)
	}
	var n int64
	for m := range client.Measures {
		n += count(totals, m, all)
	}
	if n != lanes*each {
		t.Errorf("%d samples, want %d", n, lanes*each)
	}
}

func BenchmarkRecord(b *testing.B) {
	r := newRecorder(1)
	r.plan([]time.Duration{0, 1, 2, 3, 4})
	for b.Loop() {
		r.Record(0, client.Delivery, 3, 5*time.Millisecond)
	}
}

func BenchmarkTake(b *testing.B) {
	r := newRecorder(3)
	a := &Agent{recorder: r}
	for b.Loop() {
		for lane := range 3 {
			for m := range client.Measures {
				r.Record(lane, m, 0, time.Millisecond)
			}
		}
		s := r.take()
		var totals Samples
		_ = totals.Add(s)
		a.GiveBack(s)
	}
}

var _ client.Recorder = (*recorder)(nil)
