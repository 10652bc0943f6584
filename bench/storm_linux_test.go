package bench

import (
	"fmt"
	"testing"
	"time"

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

// storm is one server's clients: those who come at once, and those who live.
type storm struct {
	b               *testing.B
	clients, living *child
	open            func() int
	before, during  []float64 // ms
}

func newStorm(b *testing.B, addr string, open func() int) *storm {
	b.Helper()
	return &storm{b: b, open: open, living: startChild(b, "living", addr), clients: startChild(b, "storm", addr)}
}

// round has everyone connect once, and leave.
func (s *storm) round() (perSecond, perCPU float64) {
	s.living.round("mark", nil)
	time.Sleep(time.Second)
	s.before = append(s.before, s.waited())
	cpu, took := s.clients.round("connect", nil)
	s.during = append(s.during, s.waited())
	var seconds float64
	if _, err := fmt.Sscan(took, &seconds); err != nil {
		s.b.Fatal(took)
	}
	s.clients.round("leave", nil)
	for s.open() > livingUsers {
		time.Sleep(time.Millisecond)
	}
	return stormUsers / seconds, stormUsers / cpu.Seconds()
}

// waited is the 99th percentile of what the living waited since it was asked, in
// milliseconds.
func (s *storm) waited() (p99 float64) {
	_, answer := s.living.round("mark", nil)
	if _, err := fmt.Sscan(answer, &p99); err != nil {
		s.b.Fatal(answer)
	}
	return p99
}

func (s *storm) report(whose string) {
	var ratios []float64
	for i := range s.before {
		ratios = append(ratios, s.during[i]/s.before[i])
	}
	s.b.ReportMetric(median(s.before), whose+"before-p99-ms")
	s.b.ReportMetric(median(s.during), whose+"during-p99-ms")
	s.b.ReportMetric(median(ratios), whose+"during/before")
}
