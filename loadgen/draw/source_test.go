package draw

import (
	"encoding/binary"
	"math"
	"math/bits"
	"testing"
)

// TestSipHash holds the mixer against the vectors of its authors: key 00…0f,
// message 00, 01, … of so many bytes.
func TestSipHash(t *testing.T) {
	const k0, k1 = 0x0706050403020100, 0x0f0e0d0c0b0a0908
	message := make([]byte, 16)
	for i := range message {
		message[i] = byte(i)
	}
	for length, want := range map[int]uint64{
		0: 0x726fdb47dd0e0e31, 1: 0x74f839c593dc67fd, 7: 0xab0200f58b01d137,
		8: 0x93f5f5799a932462, 15: 0xa129ca6149be45e5, 16: 0x3f2acc7f57c29bdb,
	} {
		if got := sipHash(k0, k1, string(message[:length])); got != want {
			t.Errorf("sipHash of %d bytes = %#x, want %#x", length, got, want)
		}
	}
	a, b := binary.LittleEndian.Uint64(message), binary.LittleEndian.Uint64(message[8:])
	if got := sipWords(k0, k1, a, b); got != 0x3f2acc7f57c29bdb {
		t.Errorf("sipWords = %#x, want what sipHash gives", got)
	}
}

// TestValuesStay: a seed means the same run in the next version too.
func TestValuesStay(t *testing.T) {
	s := New(1, "test")
	got := [4]uint64{s.Uint64(0, 0), s.Uint64(0, 1), s.Uint64(1, 0), New(2, "test").Uint64(0, 0)}
	want := [4]uint64{0xb20102bd346e906f, 0xd9f611d835fa675c, 0x363176788d847d27, 0xa137d22ec43fdc49}
	if got != want {
		t.Errorf("values are %#x, want %#x", got, want)
	}
}

// TestEveryArgumentCounts: flipping any one bit of seed, entity or k, or a letter
// of the purpose, flips half of the value's bits on average.
func TestEveryArgumentCounts(t *testing.T) {
	value := func(seed, entity, k uint64) uint64 { return New(seed, "test").Uint64(entity, k) }
	for name, flipped := range map[string]func(bit uint64, n uint64) uint64{
		"seed":    func(bit, n uint64) uint64 { return value(n, n, n) ^ value(n^bit, n, n) },
		"entity":  func(bit, n uint64) uint64 { return value(n, n, n) ^ value(n, n^bit, n) },
		"k":       func(bit, n uint64) uint64 { return value(n, n, n) ^ value(n, n, n^bit) },
		"purpose": func(_, n uint64) uint64 { return New(n, "test").Uint64(n, n) ^ New(n, "tess").Uint64(n, n) },
	} {
		sum, draws := 0, 0
		for bit := range 64 {
			for n := range uint64(100) {
				sum += bits.OnesCount64(flipped(1<<bit, n))
				draws++
			}
		}
		// Each bit is a fair coin: five standard deviations of 64·6400 of them.
		mean, bound := float64(sum)/float64(draws), 5*4/math.Sqrt(float64(draws))
		if name == "purpose" {
			bound *= 8 // only 100 of its draws are distinct
		}
		if math.Abs(mean-32) > bound {
			t.Errorf("%s: %.3f of 64 bits flip, want 32 ± %.3f", name, mean, bound)
		}
	}
}

// chiSquare is how far counts are from equal, in standard deviations of the
// statistic; beyond five in either direction is no chance.
func chiSquare(counts []int) float64 {
	total := 0
	for _, n := range counts {
		total += n
	}
	want, sum := float64(total)/float64(len(counts)), 0.0
	for _, n := range counts {
		sum += (float64(n) - want) * (float64(n) - want) / want
	}
	freedom := float64(len(counts) - 1)
	return (sum - freedom) / math.Sqrt(2*freedom)
}

func TestUniform(t *testing.T) {
	const draws, bins = 200_000, 101
	s := New(3, "test")
	for name, value := range map[string]func(i uint64) int{
		"IntN by k":          func(i uint64) int { return s.IntN(bins, 7, i) },
		"IntN by entity":     func(i uint64) int { return s.IntN(bins, i, 7) },
		"IntN over seeds":    func(i uint64) int { return New(i, "test").IntN(bins, 0, 0) },
		"Float64":            func(i uint64) int { return int(s.Float64(0, i) * bins) },
		"Uniform":            func(i uint64) int { return s.Int(Uniform{5, 4 + bins}, 0, i) - 5 },
		"difference of next": func(i uint64) int { return (s.IntN(bins, 0, i+1) - s.IntN(bins, 0, i) + bins) % bins },
	} {
		counts := make([]int, bins)
		for i := range uint64(draws) {
			counts[value(i)]++
		}
		if off := chiSquare(counts); math.Abs(off) > 5 {
			t.Errorf("%s is not uniform: %.1f standard deviations", name, off)
		}
	}
}

// moments of many draws: mean, variance, and the fourth about the mean.
func moments(value func(k uint64) float64) (mean, variance, fourth float64) {
	const draws = 200_000
	for k := range uint64(draws) {
		mean += value(k) / draws
	}
	for k := range uint64(draws) {
		d := value(k) - mean
		variance += d * d / draws
		fourth += d * d * d * d / draws
	}
	return mean, variance, fourth
}

func TestMoments(t *testing.T) {
	s := New(4, "test")
	near := func(what string, got, want, within float64) {
		t.Helper()
		if math.Abs(got-want) > within {
			t.Errorf("%s = %.4f, want %.4f ± %.4f", what, got, want, within)
		}
	}
	mean, variance, _ := moments(func(k uint64) float64 { return s.Exp(0, k) })
	near("mean of Exp", mean, 1, 0.012)
	near("variance of Exp", variance, 1, 0.035)
	mean, variance, fourth := moments(func(k uint64) float64 { return s.Norm(0, k) })
	near("mean of Norm", mean, 0, 0.012)
	near("variance of Norm", variance, 1, 0.017)
	near("fourth moment of Norm", fourth, 3, 0.12)
}

func TestIntNOfNothing(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("IntN(0) did not panic")
		}
	}()
	New(1, "test").IntN(0, 0, 0)
}

func BenchmarkUint64(b *testing.B) {
	s, k := New(1, "test"), uint64(0)
	for b.Loop() {
		s.Uint64(0, k)
		k++
	}
}
