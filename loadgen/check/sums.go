package check

import "fmt"

// sums is what the places of a conversation are added up with.
type sums struct {
	v       *conversation
	acked   ranks
	changed ranks // acknowledged, and a change of members to the first receiver
	other   ranks // not acknowledged, and no plain message to the first receiver
	// What places add to that, to whom a seq was something else than to the first.
	delivered, recovered map[uint32]int64
}

func (v *conversation) sums() sums {
	changed, other := new(set), new(set)
	if v.changes != nil {
		v.changes.each(func(seq uint64) {
			to := other
			if v.acked.has(seq) {
				to = changed
			}
			to.add(seq, untimed)
		})
	}
	if v.rare != nil {
		v.rare.strange.each(func(seq uint64) {
			if !v.acked.has(seq) {
				other.add(seq, untimed)
			}
		})
	}
	s := sums{v: v, acked: v.acked.ranks(), changed: changed.ranks(), other: other.ranks()}
	s.except()
	return s
}

func (s *sums) except() {
	if s.v.rare == nil || len(s.v.rare.exceptions) == 0 {
		return
	}
	s.delivered, s.recovered = make(map[uint32]int64), make(map[uint32]int64)
	for at, c := range s.v.rare.exceptions {
		is, was := c.worth(s.v.acked.has(at.seq)), s.v.class(at.seq).worth(s.v.acked.has(at.seq))
		s.delivered[at.place] += is.delivered - was.delivered
		s.recovered[at.place] += is.recovered - was.recovered
	}
}

// worth is what one entry of a class adds to the figures.
type worth struct{ delivered, recovered int64 }

func (c class) worth(acked bool) worth {
	switch {
	case acked && c != change:
		return worth{delivered: 1}
	case !acked && c == plain:
		return worth{recovered: 1}
	}
	return worth{}
}

// of adds up a place: the messages that it is owed, those of them that it has, and
// those that it has and nobody was told of.
func (s *sums) of(i uint32) (owed, delivered, recovered int64) {
	p := &s.v.places[i]
	has := s.acked.within(&p.seen, p.first)
	owed = int64(s.acked.upTo(s.v.acked.top()) - s.acked.upTo(p.first-1))
	delivered = int64(has-s.changed.within(&p.seen, p.first)) + s.delivered[i]
	recovered = int64(p.count()-has-s.other.within(&p.seen, p.first)) + s.recovered[i]
	return owed, delivered, recovered
}

// count is how many seqs the place has, of those that it is owed.
func (p *place) count() uint64 {
	n := p.seen.upTo - (p.first - 1)
	for _, at := range p.seen.spans() {
		n += at.to - at.from + 1
	}
	return n
}

// maxLost is how many findings of lost messages are reported per conversation.
const maxLost = 100

// reportLost names the messages that a place was owed and never had, and returns
// how many findings are left of a number.
func (c *Checker) reportLost(r Receiver, v *conversation, left int) int {
	if c.config.Report == nil {
		return left
	}
	p := &v.places[r.Place]
	tell := func(from, to uint64, how string) bool {
		if left == 0 || !c.wanted(lost) {
			return false
		}
		left--
		c.config.Report(Finding{Figure: lost.String(), Receiver: r, HasReceiver: true, Position: Position{v.epoch, from}, Text: fmt.Sprintf("seqs %d to %d %s", from, to, how)})
		return true
	}
	p.seen.missing(&v.acked, func(from, to uint64) bool { return tell(from, to, "were acknowledged and never arrived") })
	for seq := range v.changedFor(r.Place) {
		if !tell(seq, seq, "were acknowledged, and a change of members stands there") {
			break
		}
	}
	return left
}

// changedFor is the acknowledged seqs at which a place saw a change of members.
func (v *conversation) changedFor(i uint32) func(yield func(uint64) bool) {
	p := &v.places[i]
	return func(yield func(uint64) bool) {
		if v.changes != nil {
			more := true
			v.changes.each(func(seq uint64) {
				_, excepted := v.exception(i, seq)
				if more && seq >= p.first && v.acked.has(seq) && p.seen.has(seq) && !excepted {
					more = yield(seq)
				}
			})
			if !more {
				return
			}
		}
		if v.rare == nil {
			return
		}
		for at, c := range v.rare.exceptions {
			if at.place == i && c == change && v.acked.has(at.seq) && !yield(at.seq) {
				return
			}
		}
	}
}
