package check

import "fmt"

// copies is which messages were stored more than once. Only a faulty server fills
// it.
type copies struct {
	of map[message]*group
	at map[uint64]*group
}

// message is a message of a conversation.
type message struct {
	sender  Sender
	counter uint32
}

// group is the seqs of one message, in the order in which they were first seen.
type group struct {
	seqs []uint64
	// headless: the first of all was seen so long ago that its seq is not known.
	// Then each receiver is taken to have it.
	headless bool
}

// maxCopies bounds the second copies of a conversation that are remembered. One
// beyond it counts as residual at the first receiver that sees it, and to the
// others it is a message that was never acknowledged.
const maxCopies = 1 << 16

// double notes that a message has two seqs, and reports whether that is news.
func (c *copies) double(s Sender, counter uint32) bool {
	m := message{s, counter}
	if c.of[m] != nil || len(c.of) >= maxCopies {
		return false
	}
	if c.of == nil {
		c.of, c.at = make(map[message]*group), make(map[uint64]*group)
	}
	c.of[m] = new(group)
	return true
}

// add notes a second copy of a message; find looks for the first. It reports
// whether there was room.
func (c *copies) add(s Sender, counter uint32, seq uint64, find func() (uint64, bool)) bool {
	g := c.of[message{s, counter}]
	if g == nil || len(c.at) >= maxCopies {
		return false
	}
	if len(g.seqs) == 0 && !g.headless {
		if first, ok := find(); ok {
			g.seqs = append(g.seqs, first)
			c.at[first] = g
		}
		g.headless = len(g.seqs) == 0
	}
	g.seqs = append(g.seqs, seq)
	c.at[seq] = g
	return true
}

// second reports whether the seq carries a copy that is not the first.
func (c *copies) second(seq uint64) bool {
	g := c.at[seq]
	return g != nil && (g.headless || g.seqs[0] != seq)
}

// feed shows a sound message to its sender, if no receiver saw it before, and
// compares it with what the seq is known to carry.
func (a *arrival) feed(first bool) class {
	seq, h := a.position.Seq, &a.header
	if a.v.fed.add(seq, untimed).new {
		a.show(seq, h)
	} else if e := a.v.window.at(seq); e != nil && !e.is(h.from(), h.Counter) {
		a.found(duplicatesResidual, func() string { return fmt.Sprintf("seq %d carried %s before", seq, e) })
	}
	if a.v.rare == nil || a.v.rare.copies.at[seq] == nil {
		return plain
	}
	if first {
		a.residual(seq)
	}
	if a.v.rare.copies.second(seq) {
		return strange
	}
	return plain
}

// show is for the first sight of a seq's message.
func (a *arrival) show(seq uint64, h *Header) {
	v := a.v
	if v.window == nil {
		v.window = new(window)
	}
	e := v.window.reach(seq, a.window)
	if e != nil && e.state&acked != 0 && !e.is(h.from(), h.Counter) {
		a.found(duplicatesResidual, func() string { return fmt.Sprintf("seq %d was acknowledged for %s", seq, e) })
	}
	s := v.sender(h.from())
	again := !s.arrived.add(uint64(h.Counter), untimed).new
	if again {
		a.again(seq, h)
	} else if other, counter, ok := v.ordered(s, seq, h.Counter); !ok {
		a.found(orderViolations, func() string {
			return fmt.Sprintf("seq %d carries the sender's counter %d, and seq %d its %d", seq, h.Counter, other, counter)
		})
	}
	if e == nil {
		return
	}
	if !e.is(h.from(), h.Counter) {
		e.set(h.from(), h.Counter)
		e.state = 0
	}
	e.state |= arrived
	if again {
		e.state |= second
	}
}

// again is for a message that is known from another seq.
func (a *arrival) again(seq uint64, h *Header) {
	c := &a.v.faults().copies
	find := func() (uint64, bool) { return a.v.window.find(h.from(), h.Counter, arrived, seq) }
	if c.double(h.from(), h.Counter) {
		a.found(doubleStored, func() string {
			first, _ := find()
			return fmt.Sprintf("stored at seq %d and at seq %d (0: long ago)", first, seq)
		})
	}
	if !c.add(h.from(), h.Counter, seq, find) {
		a.found(duplicatesResidual, func() string { return fmt.Sprintf("seq %d carries a message of another seq", seq) })
	}
}

// residual: a receiver that drops repeated seqs shows a message twice once it has
// seen two of its seqs.
func (a *arrival) residual(seq uint64) {
	g := a.v.rare.copies.at[seq]
	seen := g.headless
	for _, other := range g.seqs {
		seen = seen || other != seq && other >= a.at.first && a.at.seen.has(other)
	}
	if seen {
		a.found(duplicatesResidual, func() string { return fmt.Sprintf("seq %d carries a message that this receiver has", seq) })
	}
}

// String names a message for people.
func (e *entry) String() string {
	return fmt.Sprintf("message %d of user %d, device %d", e.counter, e.user, e.device)
}
