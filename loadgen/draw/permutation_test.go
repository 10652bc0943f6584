package draw

import (
	"math"
	"testing"
)

// TestPermutationIsOne: every number at one place, for every small range and some
// around a power of two.
func TestPermutationIsOne(t *testing.T) {
	s := New(7, "test")
	check := func(n int) {
		p, seen := s.Permutation(n, uint64(n)), make([]bool, n)
		for i := range n {
			at := p.At(i)
			if at < 0 || at >= n || seen[at] {
				t.Fatalf("of %d: %d at place %d is outside or there twice", n, at, i)
			}
			seen[at] = true
		}
	}
	for n := range 200 {
		check(n)
	}
	for _, n := range []int{1023, 1024, 1025, 65_537, 100_000} {
		check(n)
	}
}

// TestPermutationsDiffer: over many orders of few numbers, each order comes up
// equally often, and so each number at each place.
func TestPermutationsDiffer(t *testing.T) {
	const n, orders = 4, 12_000
	s, counts := New(8, "test"), make([]int, 24)
	for entity := range uint64(orders) {
		p, rank, left := s.Permutation(n, entity), 0, []int{0, 1, 2, 3}
		for i := range n {
			at := p.At(i)
			for place, number := range left {
				if number == at {
					rank = rank*len(left) + place
					left = append(left[:place:place], left[place+1:]...)
					break
				}
			}
		}
		counts[rank]++
	}
	if off := chiSquare(counts); math.Abs(off) > 5 {
		t.Errorf("orders are not equally frequent: %.1f standard deviations: %v", off, counts)
	}
}

// TestPermutationMixes: where a number stands says nothing of where its neighbour
// does.
func TestPermutationMixes(t *testing.T) {
	const n, bins = 100_000, 50
	p, counts := New(9, "test").Permutation(n, 0), make([]int, bins)
	for i := range n - 1 {
		counts[(p.At(i+1)-p.At(i)+n)%n*bins/n]++
	}
	if off := chiSquare(counts); math.Abs(off) > 5 {
		t.Errorf("steps are not uniform: %.1f standard deviations", off)
	}
}

func TestPermutationOutside(t *testing.T) {
	for _, i := range []int{-1, 5} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("At(%d) of 5 did not panic", i)
				}
			}()
			New(1, "test").Permutation(5, 0).At(i)
		}()
	}
}
