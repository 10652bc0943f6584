package check

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestSet: against a map.
func TestSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s set
		has := make(map[uint64]bool)
		opened := make(map[uint64]time.Duration) // of the hole that ends below a number
		number := rapid.Uint64Range(1, 30)
		for i, n := range rapid.SliceOfN(number, 0, 60).Draw(t, "numbers") {
			top := s.top()
			in := s.add(n, time.Duration(i))
			if in.new == has[n] {
				t.Fatalf("%d is new: %t", n, in.new)
			}
			if in.new {
				gap := n > top+1
				if in.beyond != gap {
					t.Fatalf("%d above %d opens a hole: %t", n, top, in.beyond)
				}
				if gap {
					opened[n] = time.Duration(i)
				}
				closes(t, has, opened, n, in.closed)
			}
			has[n] = true
			around(t, &s, has, n)
		}
		ranked(t, &s, has)
	})
}

// closes checks that a hole's opening is told when its upper part is closed, once.
func closes(t *rapid.T, has map[uint64]bool, opened map[uint64]time.Duration, n uint64, closed time.Duration) {
	want := untimed
	if joins := has[n+1]; joins {
		at, timed := opened[n+1]
		delete(opened, n+1)
		switch {
		case has[n-1] || n == 1:
			if timed {
				want = at
			}
		case timed:
			opened[n] = at
		}
	}
	if closed != want {
		t.Fatalf("%d closed a hole of %v, want %v", n, closed, want)
	}
}

func around(t *rapid.T, s *set, has map[uint64]bool, n uint64) {
	from, to := n, n
	for has[from-1] {
		from--
	}
	for has[to+1] {
		to++
	}
	if gotFrom, gotTo := s.around(n); max(gotFrom, 1) != from || gotTo != to {
		t.Fatalf("around %d is %d to %d, want %d to %d", n, gotFrom, gotTo, from, to)
	}
}

func ranked(t *rapid.T, s *set, has map[uint64]bool) {
	r, other := s.ranks(), new(set)
	var n, both uint64
	for i := uint64(1); i <= 31; i++ {
		if s.has(i) != has[i] {
			t.Fatalf("%d is in it: %t", i, s.has(i))
		}
		if has[i] {
			n++
		}
		if got := r.upTo(i); got != n {
			t.Fatalf("%d numbers up to %d, want %d", got, i, n)
		}
	}
	for _, i := range rapid.SliceOfN(rapid.Uint64Range(1, 30), 0, 30).Draw(t, "other") {
		if other.add(i, untimed).new && has[i] {
			both++
		}
	}
	if got := r.within(other, 1); got != both {
		t.Fatalf("%d numbers are in both, want %d", got, both)
	}
	var lacks uint64
	s.missing(other, func(from, to uint64) bool {
		for i := from; i <= to; i++ {
			if has[i] || !other.has(i) {
				t.Fatalf("%d is not missing", i)
			}
			lacks++
		}
		return true
	})
	var all uint64
	other.each(func(uint64) { all++ })
	if lacks != all-both {
		t.Fatalf("%d are missing, want %d", lacks, all-both)
	}
}

// TestWindow: it remembers the newest seqs, whatever order they come in.
func TestWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const limit = 8
		var w window
		kept := make(map[uint64]uint32)
		var top uint64
		for i, seq := range rapid.SliceOfN(rapid.Uint64Range(1, 60), 1, 60).Draw(t, "seqs") {
			top = max(top, seq)
			e := w.reach(seq, limit)
			if (e == nil) != (seq+limit <= top) {
				t.Fatalf("seq %d of %d is outside: %t", seq, top, e == nil)
			}
			if e != nil {
				if e.counter != kept[seq] {
					t.Fatalf("seq %d had %d, want %d", seq, e.counter, kept[seq])
				}
				e.counter = uint32(i + 1)
				kept[seq] = e.counter
			}
		}
		for seq := range uint64(70) {
			e := w.at(seq)
			if e == nil && kept[seq] > 0 && seq+limit > top || e != nil && e.counter != kept[seq] {
				t.Fatalf("seq %d has %v, want %d", seq, e, kept[seq])
			}
		}
		if len(w.entries) > limit {
			t.Fatalf("%d entries", len(w.entries))
		}
	})
}
