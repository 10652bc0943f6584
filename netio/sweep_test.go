package netio

import (
	"fmt"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// TestSweepPassesNobodyOver has silent connections behind chunks of the table in
// which nobody is. Within an eighth of a heartbeat each was looked at.
func TestSweepPassesNobodyOver(t *testing.T) {
	c := DefaultConfig()
	c.Heartbeat = 8 * 7 * tick
	r := &Reactor{config: c, ping: newFrame(ws.OpPing, nil)}
	l := &loop{reactor: r}
	want := 0
	for _, chunk := range []int{3, 4, 9} {
		for fd := chunk * chunkSize; fd < (chunk+1)*chunkSize; fd += 5 {
			r.table.put(&Conn{loop: l, fd: int32(fd), state: stateOpen})
			want++
		}
	}
	at := 0
	for range 8 {
		at = r.listen(at, uint32(c.Heartbeat/tick)) // silent for one heartbeat
	}
	pings := 0
	for c := range r.table.all {
		if c.out != nil {
			pings++
		}
	}
	if pings != want {
		t.Fatalf("%d of %d were pinged", pings, want)
	}
}

// BenchmarkSweep is one heartbeat of 30 s over connections of which all are alive:
// 600 rounds of the sweep, which look at each connection eight times. ppm-of-core
// is what that is of a core's 30 s, in millionths.
func BenchmarkSweep(b *testing.B) {
	for _, size := range []int{10_000, 100_000, 500_000} {
		b.Run(fmt.Sprintf("connections=%d", size), func(b *testing.B) {
			r := &Reactor{config: DefaultConfig(), ping: newFrame(ws.OpPing, nil)}
			l := &loop{reactor: r}
			for fd := range size {
				r.table.put(&Conn{loop: l, fd: int32(fd), state: stateOpen})
			}
			rounds, at := int(r.config.Heartbeat/tick), 0
			for b.Loop() {
				for range rounds {
					at = r.listen(at, r.clock.Load())
				}
			}
			each := float64(b.Elapsed()) / float64(b.N)
			b.ReportMetric(each/float64(size), "ns/connection")
			b.ReportMetric(each/float64(30*time.Second)*1e6, "ppm-of-core")
			b.ReportMetric(0, "ns/op")
		})
	}
}
