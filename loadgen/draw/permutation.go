package draw

import "math/bits"

// Permutation is a shuffled order of the numbers below Len, of which any element
// costs the same few draws, and of which nothing is stored: a Feistel network
// over the next even power of two, walked until it falls into the range again
// (Black and Rogaway, 2002: cycle walking; fewer than four steps on average, more
// below 64 numbers). A value without state, safe for concurrent use.
type Permutation struct {
	source Source
	entity uint64
	n      uint64
	half   uint // bits of each half
}

// rounds of the Feistel network: four make it a pseudorandom permutation (Luby
// and Rackoff, 1988); two more, because small ranges have short halves. Halves
// have no fewer than leastHalf bits: with one or two there are too few functions
// of a half, and some orders would come up more often than others.
const (
	rounds    = 6
	leastHalf = 4
)

// Permutation is the order number entity of the numbers below n.
func (s Source) Permutation(n int, entity uint64) Permutation {
	width := uint(bits.Len64(uint64(max(n, 2)) - 1))
	return Permutation{source: s, entity: entity, n: uint64(max(n, 0)), half: max((width+1)/2, leastHalf)}
}

// Len is how many numbers are in order.
func (p Permutation) Len() int { return int(p.n) }

// At is the number at place i. It panics if i is not in [0, Len).
func (p Permutation) At(i int) int {
	x := uint64(i)
	if x >= p.n {
		panic("draw: place outside of the permutation")
	}
	for {
		if x = p.step(x); x < p.n {
			return int(x)
		}
	}
}

// step permutes [0, 2^(2*half)).
func (p Permutation) step(x uint64) uint64 {
	mask := uint64(1)<<p.half - 1
	left, right := x>>p.half, x&mask
	for round := range uint64(rounds) {
		left, right = right, left^p.source.Uint64(p.entity, round<<56|right)&mask
	}
	return left<<p.half | right
}
