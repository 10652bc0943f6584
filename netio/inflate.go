package netio

import (
	"bytes"
	"io"
	"slices"
	"sync"

	"github.com/gobwas/ws"
	"github.com/klauspost/compress/flate"
)

// rsv1 is the reserved bit of a compressed message, as ws.Header has it.
const rsv1 = 4

// endTail is appended to what was received: the end of the flush that the peer
// left out, and an empty last block, so that the reader finds an end.
const endTail = syncTail + "\x01\x00\x00\xff\xff"

// maxEnds bounds how often one message may end its compressed data and go on with
// new blocks. RFC 7692 allows it (section 7.2.3.4 shows it once a message); each
// costs a copy of the window.
const maxEnds = 64

// judgeReserved wants RSV1 on nothing but the first frame of a compressed message.
func judgeReserved(h ws.Header) *ProtocolError {
	switch {
	case h.Rsv == 0:
		return nil
	case h.Rsv != rsv1:
		return &ProtocolError{CloseProtocolError, "a reserved bit is set that means nothing"}
	case h.OpCode != ws.OpText && h.OpCode != ws.OpBinary:
		return &ProtocolError{CloseProtocolError, "only a message's first frame says that it is compressed"}
	}
	return nil
}

// compressedBound is how long a message may be while compressed: what does not
// shrink grows a little, with the worst of encoders by as much (zlib's
// deflateBound).
func compressedBound(n int) int { return n + n/8 + n/64 + 16 }

// take hands over a whole message as it was received.
func (c *Conn) take(op ws.OpCode, compressed bool, payload []byte) {
	if !compressed {
		c.deliver(op, payload)
		return
	}
	if c.phase() != stateOpen {
		return // nobody hears it
	}
	r := c.loop.reactor
	i := inflaters.Get().(*inflater)
	defer i.release()
	message, err := i.inflate(payload, r.config.MaxMessage)
	if err != nil {
		c.fail(err)
		return
	}
	n := &r.compression
	n.inflated.Add(1)
	n.inflateIn.Add(uint64(len(payload)))
	n.inflateOut.Add(uint64(len(message)))
	c.deliver(op, message)
}

// inflater decompresses one message after the other. It holds 36 KB and its
// buffers; there is one for each poller that is handing over a compressed message
// at a moment.
type inflater struct {
	source bytes.Reader
	reader io.ReadCloser // of source
	input  []byte
	output []byte
}

var inflaters = sync.Pool{New: func() any {
	i := new(inflater)
	i.reader = flate.NewReader(&i.source)
	return i
}}

// release gives the inflater back, without buffers that have become large.
func (i *inflater) release() {
	if cap(i.input)+cap(i.output) > keepInbox {
		i.input, i.output = nil, nil
	}
	inflaters.Put(i)
}

// inflate decompresses a message of at most so many bytes, and stops where it is
// found to be longer. The result is valid until release.
func (i *inflater) inflate(payload []byte, bound int) ([]byte, *ProtocolError) {
	i.input = append(append(i.input[:0], payload...), endTail...)
	i.output = i.output[:0]
	i.source.Reset(i.input)
	for ends := 0; i.source.Len() > 0; ends++ {
		if ends > maxEnds {
			return nil, &ProtocolError{CloseProtocolError, "the compressed data ends too often"}
		}
		if err := i.untilEnd(bound); err != nil {
			return nil, err
		}
	}
	return i.output, nil
}

// untilEnd reads up to a last block. What follows it may refer to what came
// before, as with any other block.
func (i *inflater) untilEnd(bound int) *ProtocolError {
	window := i.output[max(0, len(i.output)-1<<fullWindow):]
	_ = i.reader.(flate.Resetter).Reset(&i.source, window) // it never fails
	for {
		if len(i.output) == cap(i.output) {
			i.output = slices.Grow(i.output, max(1024, min(len(i.output), bound+1-len(i.output))))
		}
		n, err := i.reader.Read(i.output[len(i.output):cap(i.output)])
		i.output = i.output[:len(i.output)+n]
		switch {
		case len(i.output) > bound:
			return &ProtocolError{CloseTooBig, "the message is too big when inflated"}
		case err == io.EOF:
			return nil
		case err != nil:
			return &ProtocolError{CloseInvalidData, "the compressed data is corrupt"}
		}
	}
}
