package client

import (
	"time"

	"github.com/seed886cd727/throng/loadgen/check"
	"github.com/seed886cd727/throng/loadgen/target"
)

// hearing is a session that hears what a message says. It implements
// target.Hearer; its methods need mu and are called by the poller.
type hearing Session

// Welcome implements target.Hearer.
func (h *hearing) Welcome(w target.Welcome) { h.stream = w.Stream }

// State implements target.Hearer: a conversation that went on without us is asked
// for once all are listed.
func (h *hearing) State(t target.State) {
	s := (*Session)(h)
	f := s.fleet
	conversation, ok := f.config.Names.ConversationOf(t.Conversation)
	if !ok {
		return // of another run on the same target
	}
	seat, ok := f.seats.find(s.user, conversation)
	if !ok {
		f.counts.fault("listed in a conversation without being a member")
		return
	}
	r := s.receiver(seat, conversation)
	f.checker.StartAt(r, t.First)
	f.checker.Connected(r)
	if f.checker.Cursor(r).Seq < t.Head.Seq && s.missing(seat, idCatchUp) < 0 {
		s.lacking = append(s.lacking, lack{seat: seat, id: idCatchUp, to: t.Head.Seq})
	}
	if f.reads != nil {
		// A cursor behind the head is a forged one, also where the log has gone back.
		if mine := f.reads[seat].Load(); mine > t.Read.Seq && mine <= t.Head.Seq {
			s.tellRead(conversation, target.Position{Epoch: t.Head.Epoch, Seq: mine})
		}
	}
}

// Listed implements target.Hearer: the session is usable, or has heard of
// conversations that are new.
func (h *hearing) Listed() {
	s := (*Session)(h)
	if s.state == greeting {
		s.arrive()
	}
	s.catchUpAll()
	s.resend()
}

// arrive makes the session usable. It needs mu.
func (s *Session) arrive() {
	f := s.fleet
	now, lane := f.clock.now(), int(s.received)
	s.state, s.ready, s.attempt = usable, now, 0
	f.counts.usable.Add(1)
	f.record(lane, Connect, s.dialed, now-s.dialed)
	f.record(lane, ConnectWelcome, s.dialed, now-s.opened)
	if s.before {
		f.record(lane, Away, now, now-s.lost)
	}
}

// Ack implements target.Hearer.
func (h *hearing) Ack(a target.Ack) {
	s := (*Session)(h)
	f := s.fleet
	p, ok := s.answered(a.N, a.Stream)
	if !ok {
		f.counts.fault("an acknowledgement of what was not sent, or a second one")
		return
	}
	now := f.clock.now()
	f.counts.acked.Add(1)
	f.checker.Acked(p.conversation, s.sender(), p.counter, check.Position(a.At), a.Duplicate, now)
	f.record(int(s.received), AckLatency, p.due, now-p.due)
}

// Refused implements target.Hearer.
func (h *hearing) Refused(r target.Refusal) {
	s := (*Session)(h)
	f := s.fleet
	f.counts.fault("refused: " + r.Code)
	switch {
	case r.Send:
		if p, ok := s.answered(r.N, r.Stream); ok {
			f.counts.refused.Add(1)
			f.checker.Refused(p.conversation, s.sender(), p.counter)
		}
	case r.Sync:
		s.syncRefused(r)
	}
}

// Entry implements target.Hearer.
func (h *hearing) Entry(e *target.Entry) {
	s := (*Session)(h)
	f := s.fleet
	now := f.clock.now()
	conversation, ok := f.config.Names.ConversationOf(e.Conversation)
	seat := uint32(0)
	if ok {
		seat, ok = f.seats.find(s.user, conversation)
	}
	if !ok {
		f.checker.Misdelivered(conversation, check.Position(e.At), e.Body, now)
		return
	}
	how := check.Live
	if e.Synced {
		how = check.Synced
	}
	if s.state == greeting || s.catchup {
		how |= check.AfterReconnect
	}
	r := s.receiver(seat, conversation)
	var a check.Arrival
	if e.Change {
		a = f.checker.Change(r, check.Position(e.At), how, now)
	} else {
		a = f.checker.Message(r, check.Position(e.At), e.Body, how, now)
	}
	s.arrived(seat, e, a, now)
}

// arrived measures an entry, and reacts to it. It needs mu.
func (s *Session) arrived(seat uint32, e *target.Entry, a check.Arrival, now time.Duration) {
	f := s.fleet
	if a.Gap {
		s.fillSoon(seat)
	}
	if a.Healed > 0 {
		f.record(int(s.received), GapHeal, now, a.HealedAfter)
	}
	if !a.First || !a.OK {
		return
	}
	due := a.Header.Due
	if s.ready <= due && s.ready > 0 {
		f.record(int(s.received), Delivery, due, now-due)
	} else {
		f.record(int(s.received), Catchup, due, now-due)
	}
	if f.reads != nil && !e.Synced && a.Header.Sender != s.user {
		s.mayRead(seat, e.At, now)
	}
}

// Drain implements target.Hearer: the session reconnects at a moment of its own.
func (h *hearing) Drain(within time.Duration) {
	s := (*Session)(h)
	f := s.fleet
	s.draws++
	wait := time.Duration(f.spread.Float64(s.key(), uint64(s.draws)<<32) * float64(within))
	f.clock.set(alarm{at: f.clock.now() + wait, session: s, what: leave, generation: s.generation})
}
