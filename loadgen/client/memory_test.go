package client

import (
	"runtime"
	"testing"
	"time"
	"unsafe"

	"github.com/seed886cd727/throng/loadgen/check"
	"github.com/seed886cd727/throng/loadgen/plan"
	"github.com/seed886cd727/throng/loadgen/population"
	"github.com/seed886cd727/throng/loadgen/target"
)

// docs/memory.md tells these sizes.
func TestSizesAreAsDocumented(t *testing.T) {
	for _, c := range []struct {
		of        string
		got, want uintptr
	}{
		{"session", unsafe.Sizeof(Session{}), 152},
		{"pending send", unsafe.Sizeof(pending{}), 48},
		{"alarm", unsafe.Sizeof(alarm{}), 48},
		{"lack", unsafe.Sizeof(lack{}), 16},
	} {
		if c.got != c.want {
			t.Errorf("a %s has %d bytes, docs/memory.md says %d", c.of, c.got, c.want)
		}
	}
}

// inUse is bytes and objects of the heap.
func inUse() (bytes, objects float64) {
	runtime.GC()
	runtime.GC() // what pools held is free only after the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc), float64(m.HeapObjects)
}

// BenchmarkIdleSessions tells what a session costs that is not connected, in 5
// conversations, before it has sent and after it once had a send under way.
func BenchmarkIdleSessions(b *testing.B) {
	const users, each = 100_000, 5
	people, err := population.New(population.Spec{Users: users, Parts: []population.Part{{Kind: population.Direct, PerUser: each}}})
	if err != nil {
		b.Fatal(err)
	}
	protocol, err := target.New("throng", "json")
	if err != nil {
		b.Fatal(err)
	}
	for _, receipts := range []bool{false, true} {
		name := "plain"
		if receipts {
			name = "receipts"
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				before, objects := inUse()
				f, err := NewFleet(Config{
					Start: time.Now(), Population: people, Names: names(), Protocol: protocol, Pollers: 2, Recorder: new(tape),
					Checker: check.New(check.Config{}), Receipts: receipts,
				})
				if err != nil {
					b.Fatal(err)
				}
				after, more := inUse()
				b.ReportMetric((after-before)/users, "B/session")
				b.ReportMetric((more-objects)/users, "objects/session")
				for u := range uint32(users) {
					s := f.session(u, 0)
					s.send(plan.Send{Sender: u, Conversation: people.Conversations(u)[0]}, 0)
					s.pending[0].sent = true
					s.answered(1, target.Stream{})
				}
				sent, _ := inUse()
				b.ReportMetric((sent-before)/users, "B/session-that-sent")
				runtime.KeepAlive(f)
			}
		})
	}
}
