package wire

import (
	"encoding/binary"
	"errors"

	"github.com/gobwas/ws"
)

// MaxFrame bounds a frame's payload, in bytes.
const MaxFrame = 1 << 20

// ErrFrame is a frame that nobody here sends: in fragments, or beyond MaxFrame.
var ErrFrame = errors.New("not a frame of this comparison")

// Next takes the frame at the start of b, unmasked in place. Its size on the wire
// is 0 while it is incomplete.
func Next(b []byte) (op ws.OpCode, payload []byte, size int, err error) {
	if len(b) < 2 {
		return 0, nil, 0, nil
	}
	length, at := uint64(b[1]&0x7f), 2
	switch length {
	case 126:
		if at += 2; len(b) < at {
			return 0, nil, 0, nil
		}
		length = uint64(binary.BigEndian.Uint16(b[2:]))
	case 127:
		if at += 8; len(b) < at {
			return 0, nil, 0, nil
		}
		length = binary.BigEndian.Uint64(b[2:])
	}
	if b[0]&0xf0 != 0x80 || length > MaxFrame {
		return 0, nil, 0, ErrFrame
	}
	masked := b[1]&0x80 != 0
	if masked {
		at += 4
	}
	size = at + int(length)
	if len(b) < size {
		return 0, nil, 0, nil
	}
	payload = b[at:size]
	if masked {
		ws.Cipher(payload, [4]byte(b[at-4:at]), 0)
	}
	return ws.OpCode(b[0] & 0x0f), payload, size, nil
}

// mask is the client's. It need not be secret here, and costs a server what any
// other does.
var mask = [4]byte{1, 2, 3, 4}

// Append appends a server's frame to dst.
func Append(dst []byte, op ws.OpCode, payload []byte) []byte {
	return append(header(dst, op, 0, len(payload)), payload...)
}

// AppendMasked appends a client's frame to dst.
func AppendMasked(dst []byte, op ws.OpCode, payload []byte) []byte {
	dst = append(header(dst, op, 0x80, len(payload)), mask[:]...)
	at := len(dst)
	dst = append(dst, payload...)
	ws.Cipher(dst[at:], mask, 0)
	return dst
}

func header(dst []byte, op ws.OpCode, masked byte, length int) []byte {
	dst = append(dst, 0x80|byte(op))
	switch {
	case length < 126:
		return append(dst, masked|byte(length))
	case length < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, masked|126), uint16(length))
	default:
		return binary.BigEndian.AppendUint64(append(dst, masked|127), uint64(length))
	}
}
