package coordinator

import (
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/seed886cd727/throng/results"
	"github.com/seed886cd727/throng/results/figure"
)

// Progress tells who watches how a run goes. Its methods may be called
// concurrently.
type Progress interface {
	Say(format string, args ...any) // something that happened
	Tick(Status)                    // once a second
	Done()                          // the last Tick was
}

// Status is where a run stands.
type Status struct {
	results.Row
	Every             time.Duration // the time that the row's counts are of
	InPhase, PhaseFor time.Duration // since the phase began; how long it takes, at most
}

// String is the line that people see.
func (s Status) String() string {
	rate := func(n int64) string { return figure.Format(figure.PerSecond, float64(n)/max(s.Every.Seconds(), 0.001)) }
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", stamp(s.At), s.Phase)
	if s.PhaseFor > 0 {
		fmt.Fprintf(&b, " %d/%ds", int(s.InPhase.Seconds()), int(s.PhaseFor.Seconds()))
	}
	fmt.Fprintf(&b, "  open %s  sent %s  delivered %s", figure.Format(figure.Count, float64(s.Open)), rate(s.Sent), rate(s.Delivered))
	if !math.IsNaN(s.DeliveryP99) {
		fmt.Fprintf(&b, "  p99 %s", figure.Format(figure.Nanoseconds, s.DeliveryP99))
	}
	if s.Failed > 0 {
		fmt.Fprintf(&b, "  dials failed %s", rate(s.Failed))
	}
	if s.Violations > 0 {
		fmt.Fprintf(&b, "  VIOLATIONS %d", s.Violations)
	}
	return b.String()
}

func stamp(at time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(at.Minutes()), int(at.Seconds())%60)
}

// Silent says nothing.
type Silent struct{}

// Say implements Progress.
func (Silent) Say(string, ...any) {}

// Tick implements Progress.
func (Silent) Tick(Status) {}

// Done implements Progress.
func (Silent) Done() {}

// Lines writes to a terminal, where one line is written over each second, or
// elsewhere, where a line stands every five seconds.
type Lines struct {
	Out      io.Writer
	Terminal bool

	mu    sync.Mutex
	open  int // length of the line that will be written over
	ticks int
}

// Say implements Progress.
func (l *Lines) Say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clear()
	fmt.Fprintf(l.Out, format+"\n", args...)
}

// Tick implements Progress.
func (l *Lines) Tick(s Status) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ticks++
	text := s.String()
	switch {
	case l.Terminal:
		l.clear()
		l.open = len([]rune(text))
		fmt.Fprint(l.Out, text)
	case l.ticks%5 == 0:
		fmt.Fprintln(l.Out, text)
	}
}

// Done implements Progress.
func (l *Lines) Done() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clear()
}

func (l *Lines) clear() {
	if l.open > 0 {
		fmt.Fprint(l.Out, "\r"+strings.Repeat(" ", l.open)+"\r")
		l.open = 0
	}
}
