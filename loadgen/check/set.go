package check

import (
	"slices"
	"time"
)

// set is a set of numbers from 1 on that mostly has no holes: all up to upTo, and
// the spans above it. The zero value is empty.
type set struct {
	upTo uint64
	more *beyond // nil if there are none
}

// beyond is what lies above the first hole.
type beyond struct {
	// spans is sorted; between each of them and what lies below it at least one
	// number is missing.
	spans   []span
	digests []digest // of a place: of blocks above the one that it is in
}

// span is the numbers from..to, and since when the hole below it is known as a gap.
type span struct {
	from, to uint64
	opened   time.Duration // or untimed
}

// untimed is the opening of a hole that is no gap.
const untimed = time.Duration(-1)

// insertion is what adding a number did.
type insertion struct {
	new      bool
	beyond   bool          // it lies above all others, and not next to them
	from, to uint64        // what it is part of now, without holes; from is 0 below the first hole
	closed   time.Duration // when the hole that it closed was opened, or untimed
}

// add adds n, which is above 0. If it opens a hole above all others, that hole was
// opened then.
//
// A hole that is split counts on in its upper part, since holes are filled from
// below; so each gap is closed once.
func (s *set) add(n uint64, opened time.Duration) insertion {
	if s.more == nil && n == s.upTo+1 {
		s.upTo = n
		return insertion{new: true, to: n, closed: untimed}
	}
	if n <= s.upTo {
		return insertion{closed: untimed}
	}
	if s.more == nil {
		s.more = new(beyond)
	}
	return s.addBeyond(n, opened)
}

func (s *set) addBeyond(n uint64, opened time.Duration) insertion {
	spans := s.more.spans
	i := s.search(n)
	if i < len(spans) && spans[i].from <= n {
		return insertion{closed: untimed}
	}
	below := s.upTo
	if i > 0 {
		below = spans[i-1].to
	}
	in := insertion{new: true, from: n, to: n, closed: untimed}
	switch joinsBelow, joinsAbove := below+1 == n, i < len(spans) && spans[i].from == n+1; {
	case joinsBelow && joinsAbove:
		in.closed = spans[i].opened
		s.extend(i, spans[i].to)
		s.more.spans = slices.Delete(s.more.spans, i, i+1)
	case joinsBelow:
		s.extend(i, n)
	case joinsAbove:
		spans[i].from = n
	default:
		in.beyond = i == len(spans)
		if !in.beyond {
			opened = untimed
		}
		s.more.spans = slices.Insert(spans, i, span{n, n, opened})
	}
	in.from, in.to = s.around(n)
	s.tidy()
	return in
}

// extend lets what lies below span i reach up to to.
func (s *set) extend(i int, to uint64) {
	if i == 0 {
		s.upTo = to
		return
	}
	s.more.spans[i-1].to = to
}

// around is the run of numbers without holes that n is in.
func (s *set) around(n uint64) (from, to uint64) {
	if n <= s.upTo {
		return 0, s.upTo
	}
	at := s.more.spans[s.search(n)]
	return at.from, at.to
}

// search is the first span that does not end below n.
func (s *set) search(n uint64) int {
	i, _ := slices.BinarySearchFunc(s.more.spans, n, func(at span, n uint64) int {
		switch {
		case at.to < n:
			return -1
		case at.to > n:
			return 1
		}
		return 0
	})
	return i
}

// tidy frees what is empty: a place that has caught up is small again.
func (s *set) tidy() {
	if s.more != nil && len(s.more.spans) == 0 && len(s.more.digests) == 0 {
		s.more = nil
	}
}

func (s *set) has(n uint64) bool {
	if n <= s.upTo || s.more == nil {
		return n <= s.upTo
	}
	i := s.search(n)
	return i < len(s.more.spans) && s.more.spans[i].from <= n
}

// spans is what lies above the first hole.
func (s *set) spans() []span {
	if s.more == nil {
		return nil
	}
	return s.more.spans
}

// top is the greatest number in the set, 0 if it is empty.
func (s *set) top() uint64 {
	if spans := s.spans(); len(spans) > 0 {
		return spans[len(spans)-1].to
	}
	return s.upTo
}

// each calls f with each number.
func (s *set) each(f func(n uint64)) {
	for n := uint64(1); n <= s.upTo; n++ {
		f(n)
	}
	for _, at := range s.spans() {
		for n := at.from; n <= at.to; n++ {
			f(n)
		}
	}
}
