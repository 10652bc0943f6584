// Package draw makes random values that are pure functions of where they are
// used: of a seed, a purpose, an entity and a number k, and never the next value
// of a shared generator. So the same seed gives the same run, whoever computes
// which part of it, in whatever order and however often.
//
// The mixer is SipHash-2-4 (Aumasson and Bernstein, 2012), a keyed hash whose
// outputs cannot be told from random ones without the key. All that is whole
// numbers here is the same on every machine. What goes through a floating-point
// function (Exp, Norm, LogNormal, Zipf) may differ in its last bit between
// processor architectures, as Go's math package does.
package draw

import (
	"math"
	"math/bits"
)

// Source gives the values of one purpose. It is a value without state: copies
// are the same source, and its methods may be called concurrently.
type Source struct{ k0, k1 uint64 }

// New is the source of a purpose ("send gap", "members of dm") under a seed.
func New(seed uint64, purpose string) Source {
	return Source{
		k0: sipHash(seed, 0, purpose),
		k1: sipHash(seed, 1, purpose),
	}
}

// Uint64 is the value number k of an entity: 64 random bits.
func (s Source) Uint64(entity, k uint64) uint64 { return sipWords(s.k0, s.k1, entity, k) }

// Float64 is uniform over [0, 1), in steps of 2^-53.
func (s Source) Float64(entity, k uint64) float64 {
	return float64(s.Uint64(entity, k)>>11) * 0x1p-53
}

// IntN is uniform over [0, n). It takes the high word of a product (Lemire,
// 2019) and rejects nothing, so that one value costs one draw: no number is
// favoured by more than n in 2^64. It panics if n is not positive.
func (s Source) IntN(n int, entity, k uint64) int {
	if n <= 0 {
		panic("draw: IntN of a range that is empty")
	}
	high, _ := bits.Mul64(s.Uint64(entity, k), uint64(n))
	return int(high)
}

// Exp is exponential with mean 1: the gap of a Poisson process of rate 1.
func (s Source) Exp(entity, k uint64) float64 { return -math.Log1p(-s.Float64(entity, k)) }

// Norm is normal with mean 0 and standard deviation 1.
func (s Source) Norm(entity, k uint64) float64 { return normal(s.open(entity, k)) }

// Int draws from a distribution by inverse transform.
func (s Source) Int(d Distribution, entity, k uint64) int {
	return d.Quantile(s.open(entity, k))
}

// open is uniform over (0, 1): the middle of Float64's step, so that no quantile
// is asked for at 0 or 1, where it may be infinite. 52 bits, because the middle
// of the last of 2^53 steps would round to 1.
func (s Source) open(entity, k uint64) float64 {
	return (float64(s.Uint64(entity, k)>>12) + 0.5) * 0x1p-52
}

// normal is the quantile function of the standard normal distribution.
func normal(u float64) float64 { return math.Sqrt2 * math.Erfinv(2*u-1) }
