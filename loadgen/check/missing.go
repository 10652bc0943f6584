package check

// missing yields, from below, the runs of numbers that are in all and not in s, as
// long as yield wants more. Nothing below or at s.upTo is looked at.
func (s *set) missing(all *set, yield func(from, to uint64) bool) {
	if all.top() <= s.upTo {
		return
	}
	seen := s.spans()
	if all.upTo > s.upTo && !without(s.upTo+1, all.upTo, &seen, yield) {
		return
	}
	for _, at := range all.spans() {
		if at.to > s.upTo && !without(max(at.from, s.upTo+1), at.to, &seen, yield) {
			return
		}
	}
}

// without yields what of from..to is not in seen, and drops from seen what lies
// below.
func without(from, to uint64, seen *[]span, yield func(from, to uint64) bool) bool {
	for len(*seen) > 0 && (*seen)[0].from <= to {
		at := (*seen)[0]
		if at.to >= from {
			if at.from > from && !yield(from, at.from-1) {
				return false
			}
			from = at.to + 1
		}
		if at.to > to {
			break // it may cover some of the next run too
		}
		*seen = (*seen)[1:]
	}
	return from > to || yield(from, to)
}

// ranks answers how many of a set's numbers lie in a range, in the logarithm of
// its number of spans.
type ranks struct {
	of    *set
	below []uint64 // how many numbers lie below each span
}

func (s *set) ranks() ranks {
	r := ranks{of: s}
	n := s.upTo
	for _, at := range s.spans() {
		r.below = append(r.below, n)
		n += at.to - at.from + 1
	}
	return r
}

// upTo is how many numbers up to n are in the set.
func (r ranks) upTo(n uint64) uint64 {
	spans := r.of.spans()
	if n <= r.of.upTo || len(spans) == 0 {
		return min(n, r.of.upTo)
	}
	i := r.of.search(n)
	switch {
	case i < len(spans) && spans[i].from <= n:
		return r.below[i] + n - spans[i].from + 1
	case i < len(spans):
		return r.below[i]
	}
	last := len(spans) - 1
	return r.below[last] + spans[last].to - spans[last].from + 1
}

// within is how many numbers of s from first on are in the set.
func (r ranks) within(s *set, first uint64) uint64 {
	n := r.upTo(s.upTo) - r.upTo(first-1)
	for _, at := range s.spans() {
		n += r.upTo(at.to) - r.upTo(at.from-1)
	}
	return n
}
