package client

import (
	"time"

	"github.com/seed886cd727/throng/loadgen/target"
	"github.com/seed886cd727/throng/netio"
)

// fire does what an alarm was set for.
func (s *Session) fire(a alarm) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.generation != anyGeneration && a.generation != s.generation {
		return
	}
	switch a.what {
	case redial:
		s.redial(a.at)
	case leave:
		if s.conn != nil {
			s.end = moved
			s.conn.Shutdown(netio.CloseNormal, "moving on")
		}
	case drop:
		if s.conn != nil {
			s.end = dropped
			s.conn.Kill()
		}
	case fill:
		s.fillHole(a.seat)
	case read:
		if s.state == usable {
			s.moveRead(a.seat, target.Position{Epoch: a.epoch, Seq: a.seq})
		}
	}
}

// redial needs mu.
func (s *Session) redial(due time.Duration) {
	switch {
	case s.fleet.ended.Load():
		s.state = idle
	case s.state == waiting:
		s.dial(due)
	}
}

// fillHole asks for the first hole, if it is still there. It needs mu.
func (s *Session) fillHole(seat uint32) {
	if s.state != usable {
		return
	}
	conversation := s.fleet.seats.conversation(s.user, seat)
	r := s.receiver(seat, conversation)
	if from, to, ok := s.fleet.checker.Hole(r); ok {
		s.ask(idFill, conversation, s.fleet.checker.Cursor(r).Epoch, from, to)
	}
}
