package check

import (
	"errors"
	"fmt"
	"time"
)

// arrival is an entry on its way into a conversation, which is locked.
type arrival struct {
	*Checker
	v        *conversation
	at       *place
	receiver Receiver
	position Position
	how      How
	now      time.Duration
	header   Header
}

// Message says that a message arrived at a receiver. It is the hot path: it takes
// the conversation's lock for about as long as it takes to change four numbers.
func (c *Checker) Message(r Receiver, p Position, body []byte, how How, now time.Duration) Arrival {
	h, err := c.parse(body)
	v := c.at(r.Conversation)
	defer v.mu.Unlock()
	v.deliveries++
	a := arrival{c, v, &v.places[r.Place], r, p, how, now, h}
	var result Arrival
	result.Header = h
	if !a.numbered() {
		return result
	}
	if p.Seq < a.at.first {
		a.found(misdelivered, func() string {
			return fmt.Sprintf("seq %d is before this receiver's first, %d", p.Seq, a.at.first)
		})
		return result
	}
	bad, why := v.judge(c.config.Run, r.Conversation, h, err)
	result.OK = bad == figures
	a.enter(&result, digestOf(p.Seq, h))
	a.classify(&result, bad, why)
	return result
}

// Change says that a change of members arrived at a receiver: an entry of the log
// that takes a seq and is no message.
func (c *Checker) Change(r Receiver, p Position, how How, now time.Duration) Arrival {
	v := c.at(r.Conversation)
	defer v.mu.Unlock()
	a := arrival{c, v, &v.places[r.Place], r, p, how, now, Header{}}
	var result Arrival
	if !a.numbered() || p.Seq < a.at.first {
		return result
	}
	a.enter(&result, digestOfChange(p.Seq))
	if result.First {
		v.classify(r.Place, p.Seq, change)
	}
	return result
}

// Misdelivered says that a message arrived at a session that has no place in its
// conversation, or in a conversation that the run does not know. One of another run
// counts as foreign.
func (c *Checker) Misdelivered(conversation uint32, p Position, body []byte, now time.Duration) {
	h, err := c.parse(body)
	f, n := misdelivered, &c.misdelivered
	if err == nil && h.Run != c.config.Run {
		f, n = foreign, &c.foreign
	}
	n.Add(1)
	if c.wanted(f) {
		c.config.Report(Finding{Figure: f.String(), At: now, Receiver: Receiver{Conversation: conversation}, Sender: h.from(), Counter: h.Counter, Position: p, Text: "arrived at a session that is no member"})
	}
}

func (h *Header) from() Sender { return Sender{h.Sender, h.Device} }

// numbered: the position is one that this conversation's log can have. An entry of
// another epoch is counted and judged by its seq all the same.
func (a *arrival) numbered() bool {
	if !possible(a.position.Seq) || !a.v.meet(a.position.Epoch) {
		a.found(orderViolations, func() string { return a.v.outside(a.position) })
	}
	return possible(a.position.Seq)
}

// possible: sums of seqs and blocks stay far from overflow.
func possible(seq uint64) bool { return seq > 0 && seq < 1<<62 }

func (v *conversation) outside(p Position) string {
	if !possible(p.Seq) {
		return fmt.Sprintf("seq %d is none that a log assigns", p.Seq)
	}
	return fmt.Sprintf("epoch %d in a conversation of epoch %d", p.Epoch, v.epoch)
}

// enter notes that the place has seen the seq.
func (a *arrival) enter(result *Arrival, digest uint64) {
	seq, live := a.position.Seq, a.how&Synced == 0
	timed := untimed
	if a.how == Live {
		timed = a.now
	}
	before := blockOf(a.at.seen.upTo + 1)
	in := a.at.seen.add(seq, timed)
	if !in.new {
		a.duplicate()
	} else {
		result.First = true
		if live && seq < a.at.live {
			a.found(orderViolations, func() string { return fmt.Sprintf("seq %d was pushed after seq %d", seq, a.at.live) })
		}
		if in.beyond && a.how == Live {
			result.Gap = true
			a.v.faults().counts[gaps]++
		}
		if in.closed != untimed {
			result.Healed, result.HealedAfter = 1, a.now-in.closed
		}
		a.digest(before, in, digest)
	}
	if live {
		a.at.live = max(a.at.live, seq)
	}
}

func (a *arrival) duplicate() {
	a.found(duplicatesWire, func() string { return fmt.Sprintf("seq %d %s again", a.position.Seq, a.how) })
	if a.how&AfterReconnect != 0 {
		a.v.faults().counts[duplicatesAfterReconnect]++
	}
}

// judge is the figure that a body alone speaks for, or figures if it is sound.
func (v *conversation) judge(run, conversation uint32, h Header, err error) (figureOf, string) {
	switch {
	case errors.Is(err, ErrNoHeader):
		return phantom, "has no header"
	case err != nil:
		return corrupted, "is not as it was sent"
	case h.Run != run:
		return foreign, "is of another run"
	case h.Conversation != conversation:
		return misdelivered, "was sent in another conversation"
	}
	if s := v.sender(h.from()); s == nil || h.Counter == 0 || h.Counter > s.sent {
		return phantom, "was never sent"
	}
	return figures, ""
}

// classify counts what is wrong with a message, and what it was to the receiver.
func (a *arrival) classify(result *Arrival, bad figureOf, why string) {
	c := plain
	switch {
	case result.OK:
		c = a.feed(result.First)
	case bad != corrupted:
		c = strange
	}
	if !result.First {
		return
	}
	if !result.OK {
		a.found(bad, func() string { return fmt.Sprintf("seq %d %s", a.position.Seq, why) })
	}
	a.v.classify(a.receiver.Place, a.position.Seq, c)
}

// found counts a finding of this arrival and reports it.
func (a *arrival) found(f figureOf, text func() string) {
	a.Checker.found(a.v, f, Finding{At: a.now, Receiver: a.receiver, HasReceiver: true, Sender: a.header.from(), Counter: a.header.Counter, Position: a.position}, text)
}

func (c *Checker) found(v *conversation, f figureOf, finding Finding, text func() string) {
	v.faults().counts[f]++
	if c.wanted(f) {
		finding.Figure, finding.Text = f.String(), text()
		c.config.Report(finding)
	}
}

// String says in what way an entry arrived.
func (h How) String() string {
	text := "was pushed"
	if h&Synced != 0 {
		text = "was answered"
	}
	if h&AfterReconnect != 0 {
		text += ", after a reconnect,"
	}
	return text
}
