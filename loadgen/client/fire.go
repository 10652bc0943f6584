package client

import (
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
		if s.state == waiting {
			s.dial(a.at)
		}
	case greet:
		if s.state == greeting {
			s.fleet.counts.fault("no welcome in time")
			s.conn.Kill()
		}
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
	case again:
		s.catchUp(a.seat)
	case read:
		if s.state == usable {
			s.moveRead(a.seat, target.Position{Epoch: a.epoch, Seq: a.seq})
		}
	}
}
