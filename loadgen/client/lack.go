package client

import (
	"slices"
	"time"

	"github.com/seed886cd727/throng/loadgen/target"
)

// lack is entries of a conversation, up to a seq, that a session misses. It stays
// in Session.lacking from when the session learns of it until its sync is answered.
// At most one of each id is there for a conversation. What comes live during a
// catch-up lies behind its seq.
type lack struct {
	seat  uint32
	id    uint8 // of the sync: what it is for
	asked bool
	to    uint64
}

// The ids of syncs say what they are for.
const (
	idCatchUp = 1 // what was missed while the session was away
	idFill    = 2 // a hole seen live
)

// fillAfter is how long a session waits before it asks for a live message that it
// lacks: what was only overtaken comes by itself.
const fillAfter = 100 * time.Millisecond

// catchUpAll asks for all that was missed and not asked for. It needs mu.
func (s *Session) catchUpAll() {
	for _, l := range s.lacking {
		if l.asked {
			continue
		}
		if !s.catchup {
			s.catchup = true
			s.fleet.counts.catching.Add(1)
		}
		s.catchUp(l.seat)
	}
}

// missing is where in lacking a conversation is, or below 0. It needs mu.
func (s *Session) missing(seat uint32, id uint8) int {
	return slices.IndexFunc(s.lacking, func(l lack) bool { return l.seat == seat && l.id == id })
}

// catchUp asks for what was missed in a conversation, from the cursor on. It needs
// mu.
func (s *Session) catchUp(seat uint32) {
	i := s.missing(seat, idCatchUp)
	if i < 0 {
		return
	}
	l := &s.lacking[i]
	l.asked = true
	conversation := s.fleet.seats.conversation(s.user, seat)
	c := s.fleet.checker.Cursor(s.receiver(seat, conversation))
	s.ask(idCatchUp, conversation, c.Epoch, c.Seq+1, l.to)
}

// fillHole asks for a conversation's first hole, if it is still there and nothing of
// the conversation is under way: what was asked for twice would come twice. It needs
// mu.
func (s *Session) fillHole(seat uint32) {
	if s.state != usable || s.missing(seat, idCatchUp) >= 0 || s.missing(seat, idFill) >= 0 {
		return
	}
	conversation := s.fleet.seats.conversation(s.user, seat)
	r := s.receiver(seat, conversation)
	if from, to, ok := s.fleet.checker.Hole(r); ok {
		s.lacking = append(s.lacking, lack{seat, idFill, true, to})
		s.ask(idFill, conversation, s.fleet.checker.Cursor(r).Epoch, from, to)
	}
}

// ask needs mu.
func (s *Session) ask(id uint64, conversation, epoch uint32, from, to uint64) {
	y := target.Sync{ID: id, Conversation: s.fleet.config.Names.Conversation(conversation), Epoch: epoch, From: from, To: to}
	s.write(func(dst []byte) []byte { return s.fleet.protocol.AppendSync(dst, y) })
}

// Synced implements target.Hearer.
func (h *hearing) Synced(conversation string, id uint64) {
	s := (*Session)(h)
	i, ok := s.asked(conversation, id)
	if !ok {
		s.fleet.counts.fault("an answer to a sync that was not asked for, or a second one")
		return
	}
	l := s.lacking[i]
	s.settled(i)
	// A hole above the one that was asked for may have been passed over meanwhile. One
	// that is not above is what the target does not have.
	if from, ok := s.hole(l.seat); ok && l.id == idFill && from > l.to {
		s.fillSoon(l.seat)
	}
}

// syncRefused takes the refusal of a sync. It needs mu.
func (s *Session) syncRefused(r target.Refusal) {
	i, ok := s.asked(r.Conversation, r.ID)
	if !ok {
		return
	}
	switch l := s.lacking[i]; {
	case r.RetryAfter <= 0:
		s.settled(i)
	case l.id == idCatchUp:
		s.later(again, l.seat, r.RetryAfter)
	default:
		s.settled(i)
		s.later(fill, l.seat, r.RetryAfter)
	}
}

// asked finds what a sync was for. It needs mu.
func (s *Session) asked(name string, id uint64) (i int, ok bool) {
	conversation, ok := s.fleet.config.Names.ConversationOf(name)
	if !ok {
		return 0, false
	}
	seat, ok := s.fleet.seats.find(s.user, conversation)
	if !ok || id > idFill {
		return 0, false
	}
	i = s.missing(seat, uint8(id))
	return i, i >= 0 && s.lacking[i].asked
}

// settled takes out what was answered, and ends the catching up with the last of
// it. It needs mu.
func (s *Session) settled(i int) {
	if s.lacking = slices.Delete(s.lacking, i, i+1); len(s.lacking) == 0 {
		s.lacking = nil
	}
	if s.catchup && !slices.ContainsFunc(s.lacking, func(l lack) bool { return l.id == idCatchUp }) {
		s.caughtUp()
	}
}

// caughtUp ends the catching up. Holes are no gaps meanwhile; those that are left
// are filled as others are. It needs mu.
func (s *Session) caughtUp() {
	f := s.fleet
	s.catchup = false
	f.counts.catching.Add(-1)
	now := f.clock.now()
	f.record(int(s.received), Resume, now, now-s.dialed)
	from, to := f.seats.of(s.user)
	for seat := from; seat < to; seat++ {
		if _, ok := s.hole(seat); ok {
			s.fillSoon(seat)
		}
	}
}

// hole is where a conversation's first hole begins.
func (s *Session) hole(seat uint32) (from uint64, ok bool) {
	from, _, ok = s.fleet.checker.Hole(s.receiver(seat, s.fleet.seats.conversation(s.user, seat)))
	return from, ok
}

// fillSoon needs mu.
func (s *Session) fillSoon(seat uint32) { s.later(fill, seat, fillAfter) }

// later sets an alarm for this connection. It needs mu.
func (s *Session) later(what alarmKind, seat uint32, after time.Duration) {
	s.fleet.clock.set(alarm{at: s.fleet.clock.now() + after, session: s, what: what, generation: s.generation, seat: seat})
}
