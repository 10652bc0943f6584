package draw

import (
	"encoding/binary"
	"math/bits"
)

// sipState is the state of SipHash-2-4: two rounds a word, four at the end.
type sipState struct{ v0, v1, v2, v3 uint64 }

func sipStart(k0, k1 uint64) sipState {
	return sipState{
		k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
		k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573,
	}
}

func (s *sipState) round() {
	s.v0 += s.v1
	s.v2 += s.v3
	s.v1 = bits.RotateLeft64(s.v1, 13) ^ s.v0
	s.v3 = bits.RotateLeft64(s.v3, 16) ^ s.v2
	s.v0 = bits.RotateLeft64(s.v0, 32)
	s.v2 += s.v1
	s.v0 += s.v3
	s.v1 = bits.RotateLeft64(s.v1, 17) ^ s.v2
	s.v3 = bits.RotateLeft64(s.v3, 21) ^ s.v0
	s.v2 = bits.RotateLeft64(s.v2, 32)
}

func (s *sipState) word(w uint64) {
	s.v3 ^= w
	s.round()
	s.round()
	s.v0 ^= w
}

func (s *sipState) sum() uint64 {
	s.v2 ^= 0xff
	for range 4 {
		s.round()
	}
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3
}

// sipWords is SipHash-2-4 of the 16 bytes of a and b, little-endian.
func sipWords(k0, k1, a, b uint64) uint64 {
	s := sipStart(k0, k1)
	s.word(a)
	s.word(b)
	s.word(16 << 56)
	return s.sum()
}

// sipHash is SipHash-2-4 of a text.
func sipHash(k0, k1 uint64, text string) uint64 {
	s := sipStart(k0, k1)
	rest := []byte(text)
	for ; len(rest) >= 8; rest = rest[8:] {
		s.word(binary.LittleEndian.Uint64(rest))
	}
	var last [8]byte
	copy(last[:], rest)
	last[7] = byte(len(text))
	s.word(binary.LittleEndian.Uint64(last[:]))
	return s.sum()
}
