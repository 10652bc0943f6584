package client

import (
	"time"

	"github.com/seed886cd727/throng/loadgen/check"
	"github.com/seed886cd727/throng/loadgen/population"
	"github.com/seed886cd727/throng/loadgen/target"
)

// mayRead draws whether a message that arrived is read, and when. Nobody tells a
// channel how far they have read: with n members that would be n² receipts. It
// needs mu.
func (s *Session) mayRead(seat uint32, at target.Position, now time.Duration) {
	f := s.fleet
	how := f.receipts.Load()
	if how == nil || f.people.Kind(f.seats.conversation(s.user, seat)) == population.Channel || f.reading.Float64(uint64(seat)<<8|uint64(s.device), at.Seq) >= how.Share {
		return
	}
	if how.After > 0 {
		f.clock.set(alarm{at: now + how.After, session: s, what: read, generation: s.generation, seat: seat, epoch: at.Epoch, seq: at.Seq})
		return
	}
	s.moveRead(seat, at)
}

// moveRead moves the user's read cursor, on whichever device, forward. It needs
// mu.
func (s *Session) moveRead(seat uint32, at target.Position) {
	cursor := &s.fleet.reads[seat]
	for {
		old := cursor.Load()
		if old >= at.Seq {
			return
		}
		if cursor.CompareAndSwap(old, at.Seq) {
			break
		}
	}
	s.tellRead(s.fleet.seats.conversation(s.user, seat), at)
}

// tellRead writes a read cursor. It needs mu.
func (s *Session) tellRead(conversation uint32, at target.Position) {
	f := s.fleet
	f.checker.ReadMoved(conversation, f.seats.memberOf(s.user, conversation), check.Position(at), f.clock.now())
	name := f.config.Names.Conversation(conversation)
	s.write(func(dst []byte) []byte { return f.protocol.AppendRead(dst, name, at) })
}

// Receipt implements target.Hearer.
func (h *hearing) Receipt(t target.Receipt) {
	s := (*Session)(h)
	f := s.fleet
	conversation, known := f.config.Names.ConversationOf(t.Conversation)
	reader, named := f.config.Names.UserOf(t.User)
	if !known || !named || f.reads == nil {
		return
	}
	seat, ok := f.seats.find(s.user, conversation)
	member := uint32(nobody)
	if ok { // else there may be no such conversation
		member = f.seats.memberOf(reader, conversation)
	}
	if member == nobody {
		f.counts.fault("a receipt of a conversation without being a member")
		return
	}
	now := f.clock.now()
	after, ok := f.checker.Receipt(s.receiver(seat, conversation), member, check.Position(t.At), now)
	if ok && reader != s.user {
		f.record(int(s.received), ReceiptLatency, now-after, after)
	}
}
