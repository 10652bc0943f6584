package check

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

// Header stands at the head of each body, so that any server can be checked.
//
// On the wire it is HeaderSize ASCII characters: `~t1`, and the base64url without
// padding of 33 bytes, big-endian: run (4), conversation (4), sender (4), device
// (1), counter (4), due in ns (8), length (4), and a CRC-32C (4) of the 29 bytes
// before it and of the body behind the header.
type Header struct {
	Run, Conversation, Sender uint32
	Device                    uint8
	Counter                   uint32        // per sender and conversation, from 1 on, without holes
	Due                       time.Duration // since the run's start
	Length                    uint32        // of the whole body, in bytes
}

// HeaderSize is a header's length in bytes, and the least length of a body.
const HeaderSize = 47

const (
	magic   = "~t1"
	fields  = 29 // bytes before the checksum
	rawSize = fields + 4
)

var (
	// ErrNoHeader is of a body that does not begin as ours do, or is too short.
	ErrNoHeader = errors.New("the body has no header of a load test")
	// ErrCorrupted is of a body that begins as ours do and is not as it was sent.
	ErrCorrupted = errors.New("the body is not as it was sent")
)

// AppendBody appends a body of size bytes, or of HeaderSize if that is more, to
// dst. Behind the header stand letters that are a pure function of the header, so
// that a message that is sent again has the same bytes. Header.Length is set.
func AppendBody(dst []byte, h Header, size int) []byte {
	size = max(size, HeaderSize)
	h.Length = uint32(size)
	start := len(dst)
	dst = append(dst, magic...)
	dst = append(dst, make([]byte, size-len(magic))...)
	body := dst[start:]
	// What a checksum is made of is moved to the heap; here the body is that already.
	raw := body[len(magic):][:rawSize]
	h.put(raw)
	fill(body[HeaderSize:], uint64(crc32.Checksum(raw[:fields], castagnoli())))
	binary.BigEndian.PutUint32(raw[fields:], checksum(raw[:fields], body))
	kept := [rawSize]byte(raw)
	base64.RawURLEncoding.Encode(body[len(magic):HeaderSize], kept[:])
	return dst
}

// ParseBody reads the header of a body. With ErrCorrupted the header is what the
// damaged body claims, or empty where not even that can be read.
func ParseBody(body []byte) (Header, error) { return parse(body, new([rawSize]byte)) }

func parse(body []byte, raw *[rawSize]byte) (Header, error) {
	if len(body) < HeaderSize || string(body[:len(magic)]) != magic {
		return Header{}, ErrNoHeader
	}
	// The fields end within the first 40 characters: damage to the checksum's own
	// characters leaves them readable.
	const split = 40
	text := body[len(magic):HeaderSize]
	if n, err := base64.RawURLEncoding.Decode(raw[:], text[:split]); err != nil || n != split/4*3 {
		return Header{}, ErrCorrupted
	}
	var h Header
	h.get(raw[:])
	if n, err := base64.RawURLEncoding.Decode(raw[split/4*3:], text[split:]); err != nil || n != 3 {
		return h, ErrCorrupted
	}
	if uint64(h.Length) != uint64(len(body)) || binary.BigEndian.Uint32(raw[fields:]) != checksum(raw[:fields], body) {
		return h, ErrCorrupted
	}
	return h, nil
}

// invented is set in the counters of messages that nobody sent. No sender comes
// so far.
const invented = 1 << 31

// Invent makes a body that nobody sent out of one that somebody did: the same
// header with a counter far beyond, and a checksum that fits. A body without a
// sound header gets an x behind it.
func Invent(body []byte) []byte {
	h, err := ParseBody(body)
	if err != nil {
		return append(body[:len(body):len(body)], 'x')
	}
	h.Counter |= invented
	return AppendBody(nil, h, len(body))
}

func (h *Header) put(raw []byte) {
	binary.BigEndian.PutUint32(raw[0:], h.Run)
	binary.BigEndian.PutUint32(raw[4:], h.Conversation)
	binary.BigEndian.PutUint32(raw[8:], h.Sender)
	raw[12] = h.Device
	binary.BigEndian.PutUint32(raw[13:], h.Counter)
	binary.BigEndian.PutUint64(raw[17:], uint64(h.Due))
	binary.BigEndian.PutUint32(raw[25:], h.Length)
}

func (h *Header) get(raw []byte) {
	h.Run = binary.BigEndian.Uint32(raw[0:])
	h.Conversation = binary.BigEndian.Uint32(raw[4:])
	h.Sender = binary.BigEndian.Uint32(raw[8:])
	h.Device = raw[12]
	h.Counter = binary.BigEndian.Uint32(raw[13:])
	h.Due = time.Duration(binary.BigEndian.Uint64(raw[17:]))
	h.Length = binary.BigEndian.Uint32(raw[25:])
}

// castagnoli is the table of CRC-32C, which crc32 makes once and which lets it use
// the processor's instruction.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func checksum(raw, body []byte) uint32 {
	return crc32.Update(crc32.Checksum(raw, castagnoli()), castagnoli(), body[HeaderSize:])
}

// fill writes letters from a to p, half a byte of a stream of numbers each. They
// need no escape in JSON, so that a body is as long on the wire as it says.
func fill(b []byte, seed uint64) {
	const low, letter = 0x0f0f0f0f0f0f0f0f, 0x6161616161616161
	var last [16]byte
	for len(b) > 0 {
		seed += 0x9e3779b97f4a7c15
		x := mix(seed)
		to := b
		if len(b) < len(last) {
			to = last[:]
		}
		binary.LittleEndian.PutUint64(to, x&low+letter)
		binary.LittleEndian.PutUint64(to[8:], x>>4&low+letter)
		if len(b) < len(last) {
			copy(b, to)
			return
		}
		b = b[len(last):]
	}
}

// mix is the finalizer of splitmix64 (Steele, Lea and Flood, 2014): each bit of x
// changes about half of the bits of the result.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
