package bench

import (
	"testing"

	"github.com/seed886cd727/throng/server"
)

// BenchmarkStorm has 5,000 sessions in 5 conversations each come back at once,
// while 100 that live ask for heartbeats: on a whole server with its log on disk,
// and on a bare epoll loop that upgrades and answers a hello with as many bytes.
// Told are connections per second and per second of the server's CPU time, and
// what the living wait at the 99th percentile, before and during.
func BenchmarkStorm(b *testing.B) {
	s, stop := startServer(b, func(c *server.Config) { c.Store.Dir = b.TempDir() })
	defer stop()
	post(b, "http://"+s.AdminAddr().String()+"/v1/conversations", groups(stormUsers, idleEach, idleTogether))
	f := newStormFloor(b, greeting(b, s.Addr().String()))
	ours := newStorm(b, s.Addr().String(), func() int { return int(s.DrainStatus().Connections) })
	floor := newStorm(b, f.addr, func() int { return int(f.open.Load()) })
	var perSecond, perCPU versus
	for b.Loop() {
		rate, cpu := ours.round()
		floorRate, floorCPU := floor.round()
		perSecond.add(rate, floorRate)
		perCPU.add(cpu, floorCPU)
	}
	perCPU.report(b, "conns/cpu-s")
	b.ReportMetric(median(perSecond.ours), "conns/s")
	b.ReportMetric(median(perSecond.floor), "floor-conns/s")
	b.ReportMetric(median(perSecond.ratio), "of-floor-per-s")
	ours.report("")
	floor.report("floor-")
}
