package server

import (
	"context"
	"sync"
	"time"

	"github.com/seed886cd727/throng/server/admin"
	"github.com/seed886cd727/throng/server/gateway"
)

// logDrainEvery is how often the log tells how far a drain is.
const logDrainEvery = 2 * time.Second

// StartDrain makes Serve drain: the node is not ready from now on. Only the first
// call says how.
func (s *Server) StartDrain(r admin.DrainRequest) {
	begun := false
	s.drainOnce.Do(func() {
		begun = true
		d := gateway.Departure{Delay: r.Delay, Within: r.Within, Reason: r.Reason, Hint: r.Hint}
		s.draining.Store(true)
		s.gateway.Expect(d)
		s.drain <- d
	})
	if !begun {
		s.config.Logger.Info("a drain was asked for, and is under way already", "phase", s.gateway.Progress().Phase)
	}
}

// DrainStatus says how far a drain is.
func (s *Server) DrainStatus() admin.DrainStatus {
	p := s.gateway.Progress()
	status := admin.DrainStatus{
		Draining: s.draining.Load(), Phase: string(p.Phase), Connections: s.gateway.Connections.Load(),
	}
	if p.Started.IsZero() {
		return status
	}
	status.Found, status.Told, status.Closed, status.PerSecond = p.Found, p.Told, p.Closed, p.Pace
	status.Started, status.Deadline = &p.Started, &p.Deadline
	status.Within, status.Delay = p.Departure.Within.String(), p.Departure.Delay.String()
	status.Reason, status.Hint = p.Departure.Reason, p.Departure.Hint
	if !p.Ended.IsZero() {
		status.Ended = &p.Ended
	}
	return status
}

// sendAway drains. The admin API answers until it is over, and a moment longer
// for who watches.
func (s *Server) sendAway(d gateway.Departure) {
	log := s.config.Logger
	log.Info("draining", "connections", s.gateway.Connections.Load(), "delay", d.Delay, "within", d.Within, "reason", d.Reason, "hint", d.Hint)
	over, stop := context.WithCancel(s.closing)
	var logging sync.WaitGroup
	logging.Go(func() { s.logDrain(over) })
	defer logging.Wait()
	defer stop()
	if !s.pass(d.Delay) {
		return // Close says another last word
	}
	if err := s.listener.Close(); err != nil {
		log.Error("stop listening", "err", err)
	}
	s.gateway.Drain(s.closing, d)
	p := s.gateway.Progress()
	log.Info("drained", "connections", s.gateway.Connections.Load(), "told", p.Told, "closed", p.Closed, "took", time.Since(p.Started).Round(time.Millisecond))
	s.lastWords()
}

// pass lets time go by. It reports false when Close was called.
func (s *Server) pass(d time.Duration) bool {
	select {
	case <-s.closing.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// logDrain tells how far the drain is, until ctx is done.
func (s *Server) logDrain(ctx context.Context) {
	tick := time.NewTicker(logDrainEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p := s.gateway.Progress()
			s.config.Logger.Info("draining", "phase", p.Phase, "connections", s.gateway.Connections.Load(),
				"told", p.Told, "closed", p.Closed, "deadline_in", time.Until(p.Deadline).Round(time.Second))
		}
	}
}

// lastWords lets requests to the admin API end that are under way: who watches
// the drain hears that it is over.
func (s *Server) lastWords() {
	const patience = time.Second
	ctx, cancel := context.WithTimeout(s.closing, patience)
	defer cancel()
	_ = s.admin.Shutdown(ctx) // what is still under way is cut off by Close
}
