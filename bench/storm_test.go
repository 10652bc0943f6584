package bench

import (
	"fmt"
	"testing"
	"time"
)

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
	s.calm()
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

// calm lets a second pass before the storm.
func (s *storm) calm() {
	s.living.round("mark", nil)
	time.Sleep(time.Second)
	s.before = append(s.before, s.waited())
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
