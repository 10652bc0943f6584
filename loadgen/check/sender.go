package check

import (
	"fmt"
	"time"
)

// sender is what is known of one sender in one conversation.
type sender struct {
	who        Sender
	sent       uint32 // the highest counter written to the wire
	settled    uint32 // how many counters were acknowledged or refused
	topCounter uint32 // what the highest seq of this sender carries
	topSeq     uint64
	answers    set // the counters that were acknowledged or refused
	arrived    set // the counters that some receiver saw
}

// manySenders is from how many on a conversation has an index of its senders.
const manySenders = 8

// sender finds a sender, nil if it never sent.
func (v *conversation) sender(who Sender) *sender {
	if v.index != nil {
		if i, ok := v.index[who]; ok {
			return &v.senders[i]
		}
		return nil
	}
	for i := range v.senders {
		if v.senders[i].who == who {
			return &v.senders[i]
		}
	}
	return nil
}

// introduce finds or adds a sender.
func (v *conversation) introduce(who Sender) *sender {
	if s := v.sender(who); s != nil {
		return s
	}
	v.senders = append(v.senders, sender{who: who})
	switch n := len(v.senders); {
	case v.index != nil:
		v.index[who] = int32(n - 1)
	case n > manySenders:
		v.index = make(map[Sender]int32)
		for i := range v.senders {
			v.index[v.senders[i].who] = int32(i)
		}
	}
	return &v.senders[len(v.senders)-1]
}

// Sent says that a message is about to be written to the wire for the first time:
// it must be called before, or its arrival is a phantom's. The counters of one
// sender in one conversation are 1, 2, 3 ….
func (c *Checker) Sent(conversation uint32, s Sender, counter uint32) {
	v := c.at(conversation)
	defer v.mu.Unlock()
	from := v.introduce(s)
	from.sent = max(from.sent, counter)
}

// Refused says that the server refused a message. If it is tried anew, that is
// another message.
func (c *Checker) Refused(conversation uint32, s Sender, counter uint32) {
	v := c.at(conversation)
	defer v.mu.Unlock()
	v.introduce(s).settle(counter)
}

// settle reports whether it is the first answer.
func (s *sender) settle(counter uint32) bool {
	if !s.answers.add(uint64(counter), untimed).new {
		return false
	}
	s.settled++
	return true
}

// Acked says that the server acknowledged a message, as stored at p. A message that
// was sent again may be acknowledged again: under the same seq, or it is
// double_stored. To see that, the first seq must still lie within the window; resends
// are of what was unacknowledged a moment ago.
//
// An acknowledgement whose seq carries another message to the receivers, or to
// another sender, is a residual duplicate: one seq, two messages.
func (c *Checker) Acked(conversation uint32, s Sender, counter uint32, p Position, duplicate bool, now time.Duration) {
	v := c.at(conversation)
	defer v.mu.Unlock()
	f := Finding{At: now, Receiver: Receiver{Conversation: conversation}, Sender: s, Counter: counter, Position: p}
	if !possible(p.Seq) || !v.meet(p.Epoch) {
		c.found(v, orderViolations, f, func() string { return v.outside(p) })
	}
	first := v.introduce(s).settle(counter)
	if !possible(p.Seq) {
		return
	}
	v.acked.add(p.Seq, untimed)
	if other, ok := v.otherwise(first, s, counter, p.Seq); ok && v.faults().copies.double(s, counter) {
		c.found(v, doubleStored, f, func() string {
			return fmt.Sprintf("acknowledged at seq %d and at seq %d, said to be a duplicate: %t", other, p.Seq, duplicate)
		})
	}
	if v.window == nil {
		v.window = new(window)
	}
	e := v.window.reach(p.Seq, c.window)
	switch {
	case e == nil:
	case e.state == 0:
		e.set(s, counter)
		e.state = acked
	case e.is(s, counter):
		e.state |= acked
	default:
		c.found(v, duplicatesResidual, f, func() string { return "acknowledged at a seq that carries " + e.String() })
	}
}

// otherwise is another seq of a message that has had an answer before.
func (v *conversation) otherwise(first bool, s Sender, counter uint32, seq uint64) (uint64, bool) {
	if first {
		return 0, false
	}
	return v.window.find(s, counter, acked, seq)
}

// ordered checks that a message lies in its sender's order: between its neighbours
// among this sender's messages, by seq, so that one message out of place is one
// violation. Further back than the window only the newest message is compared.
func (v *conversation) ordered(s *sender, seq uint64, counter uint32) (other uint64, otherCounter uint32, ok bool) {
	if seq > s.topSeq {
		other, otherCounter = s.topSeq, s.topCounter
		s.topSeq, s.topCounter = seq, counter
		return other, otherCounter, otherCounter < counter
	}
	if v.window.at(seq) == nil {
		return s.topSeq, s.topCounter, counter < s.topCounter
	}
	for at := seq - 1; at >= v.window.low; at-- {
		if e := v.window.slot(at); e.counts(s.who) {
			if e.counter > counter {
				return at, e.counter, false
			}
			break
		}
	}
	for at := seq + 1; at <= v.window.top; at++ {
		if e := v.window.slot(at); e.counts(s.who) {
			return at, e.counter, counter < e.counter
		}
	}
	return 0, 0, true
}

// counts: it takes part in its sender's order.
func (e *entry) counts(s Sender) bool {
	return e.state&(arrived|second) == arrived && e.sender() == s
}
