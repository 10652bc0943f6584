package netio

import (
	"encoding/binary"
	"math/rand/v2"
	"sync/atomic"

	"github.com/gobwas/ws"
)

// CloseCode is the status of a close frame (RFC 6455, section 7.4).
type CloseCode uint16

// Close codes that netio itself sends or reports.
const (
	CloseNormal        CloseCode = 1000
	CloseGoingAway     CloseCode = 1001
	CloseProtocolError CloseCode = 1002
	CloseUnsupported   CloseCode = 1003
	CloseNoStatus      CloseCode = 1005 // reported only: the close frame held none
	CloseAbnormal      CloseCode = 1006 // reported only: no close frame came
	CloseInvalidData   CloseCode = 1007
	ClosePolicy        CloseCode = 1008
	CloseTooBig        CloseCode = 1009
	CloseRestart       CloseCode = 1012
	CloseTryLater      CloseCode = 1013
)

// Frame is one compiled WebSocket frame. It never changes, so any number of
// connections may be sent the same one; those that agreed on compression share
// its compressed variant, which the first of them makes, at its reactor's level.
type Frame struct {
	wire     []byte
	header   int
	deflated atomic.Pointer[deflated] // nil until a connection needs it
}

// TextFrame compiles a whole text message. The payload is copied.
func TextFrame(payload []byte) *Frame { return newFrame(ws.OpText, payload) }

// BinaryFrame compiles a whole binary message. The payload is copied.
func BinaryFrame(payload []byte) *Frame { return newFrame(ws.OpBinary, payload) }

// Payload is the message without the frame's header. It must not be changed.
func (f *Frame) Payload() []byte { return f.wire[f.header:] }

func newFrame(op ws.OpCode, payload []byte) *Frame {
	wire := appendHeader(make([]byte, 0, len(payload)+10), op, len(payload), false)
	return &Frame{wire: append(wire, payload...), header: len(wire)}
}

// masked copies the frame as a client must send it (RFC 6455, section 5.3).
func (f *Frame) masked() *Frame {
	payload := f.Payload()
	wire := appendHeader(make([]byte, 0, len(payload)+14), ws.OpCode(f.wire[0]&(0x0f|byte(opCompressed))), len(payload), true)
	var mask [4]byte
	binary.NativeEndian.PutUint32(mask[:], rand.Uint32())
	wire = append(wire, mask[:]...)
	header := len(wire)
	wire = append(wire, payload...)
	ws.Cipher(wire[header:], mask, 0)
	return &Frame{wire: wire, header: header}
}

func appendHeader(dst []byte, op ws.OpCode, length int, masked bool) []byte {
	var bit byte
	if masked {
		bit = 0x80
	}
	dst = append(dst, 0x80|byte(op))
	switch {
	case length < 126:
		return append(dst, bit|byte(length))
	case length < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, bit|126), uint16(length))
	}
	return binary.BigEndian.AppendUint64(append(dst, bit|127), uint64(length))
}

// parseHeader reads a frame's header from the start of b. size is 0 while b is
// too short to hold it. A length above 2^63-1 reads as negative.
func parseHeader(b []byte) (h ws.Header, size int) {
	if len(b) < 2 {
		return h, 0
	}
	h.Fin, h.Rsv, h.OpCode = b[0]&0x80 != 0, (b[0]&0x70)>>4, ws.OpCode(b[0]&0x0f)
	h.Masked = b[1]&0x80 != 0
	size = 2
	switch n := b[1] & 0x7f; {
	case n < 126:
		h.Length = int64(n)
	case n == 126:
		size += 2
		if len(b) < size {
			return h, 0
		}
		h.Length = int64(binary.BigEndian.Uint16(b[2:]))
	default:
		size += 8
		if len(b) < size {
			return h, 0
		}
		h.Length = int64(binary.BigEndian.Uint64(b[2:]))
	}
	if h.Masked {
		if len(b) < size+4 {
			return h, 0
		}
		copy(h.Mask[:], b[size:])
		size += 4
	}
	return h, size
}

// closeFrame compiles a close frame; the reason is cut to what fits.
func closeFrame(code CloseCode, reason string) *Frame {
	if code == CloseNoStatus {
		return newFrame(ws.OpClose, nil)
	}
	payload := binary.BigEndian.AppendUint16(nil, uint16(code))
	return newFrame(ws.OpClose, append(payload, reason[:min(len(reason), 123)]...))
}

// sendable reports whether a peer may put the code into a close frame: the
// registered ones (IANA's list, with 1012 to 1014) and those of applications.
func (c CloseCode) sendable() bool {
	return c >= 1000 && c <= 1003 || c >= 1007 && c <= 1014 || c >= 3000 && c <= 4999
}
