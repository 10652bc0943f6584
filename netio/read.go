package netio

import (
	"io"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
	"golang.org/x/sys/unix"
)

// maxReads bounds one event's reads to more than any receive buffer holds: what
// came before a hang-up is read whole, and a peer cannot keep the poller.
const maxReads = 128

// onRead is called by the poller when there are bytes, or an end.
func (c *Conn) onRead() {
	start := time.Now()
	l := c.loop
	c.mu.Lock()
	fd := int(c.fd)
	c.reading = true
	c.mu.Unlock()
	l.reactor.table.heard(fd, l.reactor.clock.Load())
	for range maxReads {
		n, err := recv(fd, l.buffer)
		if n > 0 {
			l.bytesIn.Add(uint64(n))
			if c.tls != nil {
				c.unseal(l.buffer[:n], l.plainText())
			} else {
				c.feed(l.buffer[:n])
			}
		}
		if err == unix.EINTR {
			continue
		}
		if err != nil && err != unix.EAGAIN || n == 0 && err == nil {
			c.broken(err)
		}
		if n < len(l.buffer) || c.in != nil && c.state == stateHanded {
			break
		}
	}
	c.tidy()
	c.mu.Lock()
	c.reading = false
	c.flush()
	c.mu.Unlock()
	l.spent(start)
}

// broken remembers why the hang-up that follows came.
func (c *Conn) broken(err error) {
	if err == nil {
		err = io.EOF
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tls != nil && c.tls.lost(err) {
		return
	}
	c.ends(CloseAbnormal, err)
}

// feed takes bytes in. They are only valid now.
func (c *Conn) feed(b []byte) {
	old := c.in != nil && len(c.in.partial) > 0
	if old {
		c.in.partial = append(c.in.partial, b...)
		b = c.in.partial
	}
	rest := c.parse(b)
	if old && len(rest) == len(b) {
		return // a long frame that comes in small pieces is not moved for each
	}
	if len(rest) == 0 {
		if c.in != nil {
			c.in.partial = c.in.partial[:0]
		}
		return
	}
	in := c.inbox()
	in.partial = append(in.partial[:0], rest...) // append moves, also where they overlap
}

// parse takes what is complete and returns the rest.
func (c *Conn) parse(b []byte) (rest []byte) {
	for len(b) > 0 {
		switch c.phase() {
		case stateHandshake:
			n := c.head(b)
			if n == 0 {
				return b
			}
			b = b[n:]
		case stateOpen, stateClosing:
			n := c.frame(b)
			if n == 0 {
				return b
			}
			b = b[n:]
		default:
			return nil
		}
	}
	return nil
}

func (c *Conn) phase() state {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// frame handles one frame at the start of b and returns its size, or 0 while it
// is incomplete.
func (c *Conn) frame(b []byte) int {
	h, size := parseHeader(b)
	if size == 0 {
		return 0
	}
	if err := c.judge(h); err != nil {
		c.fail(err)
		return len(b)
	}
	end := size + int(h.Length)
	if len(b) < end {
		return 0
	}
	payload := b[size:end:end]
	if h.Masked {
		ws.Cipher(payload, h.Mask, 0)
	}
	if h.OpCode.IsControl() {
		c.control(h.OpCode, payload)
	} else {
		c.data(h, payload)
	}
	return end
}

// judge checks a header before anything is kept for it.
func (c *Conn) judge(h ws.Header) *ProtocolError {
	s := ws.StateServerSide
	if c.client {
		s = ws.StateClientSide
	}
	if c.window > 0 {
		s = s.Set(ws.StateExtended)
	}
	bound, packed := c.loop.reactor.config.MaxMessage, h.Rsv != 0
	var before int
	if c.in != nil && c.in.fragment {
		s, before, packed = s.Set(ws.StateFragmented), len(c.in.message), c.in.packed
	}
	if packed {
		bound = compressedBound(bound)
	}
	if h.Length < 0 {
		return &ProtocolError{CloseProtocolError, "the most significant bit of a length is set"}
	}
	if err := ws.CheckHeader(h, s); err != nil {
		return &ProtocolError{CloseProtocolError, err.Error()}
	}
	if err := judgeReserved(h); err != nil {
		return err
	}
	if !h.OpCode.IsControl() && h.Length > int64(bound-before) {
		return &ProtocolError{CloseTooBig, "the message is too big"}
	}
	return nil
}

// data takes a frame of a message.
func (c *Conn) data(h ws.Header, payload []byte) {
	if h.Fin && h.OpCode != ws.OpContinuation {
		c.take(h.OpCode, h.Rsv != 0, payload)
		return
	}
	in := c.inbox()
	if h.OpCode != ws.OpContinuation {
		in.op, in.fragment, in.packed, in.message, in.text = h.OpCode, true, h.Rsv != 0, in.message[:0], 0
	}
	in.message = append(in.message, payload...)
	if in.op == ws.OpText && !in.packed && !in.readable() {
		c.fail(&ProtocolError{CloseInvalidData, "a text message is not UTF-8"})
		return
	}
	if h.Fin {
		in.fragment = false
		c.take(in.op, in.packed, in.message)
	}
}

// readable reports whether the fragments so far may become a text: they are
// UTF-8, but for a character that the next one may complete. A peer that sends
// something else hears of it at once, not after all the fragments to come.
func (in *inbox) readable() bool {
	rest := in.message[in.text:]
	end := len(rest)
	for i := end - 1; i >= 0 && i >= end-(utf8.UTFMax-1); i-- {
		if utf8.RuneStart(rest[i]) {
			if !utf8.FullRune(rest[i:]) {
				end = i
			}
			break
		}
	}
	in.text += end
	return utf8.Valid(rest[:end])
}

// deliver hands over one whole message.
func (c *Conn) deliver(op ws.OpCode, payload []byte) {
	if op == ws.OpText && !utf8.Valid(payload) {
		c.fail(&ProtocolError{CloseInvalidData, "a text message is not UTF-8"})
		return
	}
	if c.phase() != stateOpen {
		return
	}
	c.loop.messages.Add(1)
	if c.in != nil {
		c.in.renewed = true
	}
	c.handler.Message(c, op == ws.OpBinary, payload)
}

// control answers a control frame.
func (c *Conn) control(op ws.OpCode, payload []byte) {
	switch op {
	case ws.OpPing:
		pong := newFrame(ws.OpPong, payload)
		if c.client {
			pong = pong.masked()
		}
		c.mu.Lock()
		if c.state == stateOpen {
			c.queue(pong)
		}
		c.mu.Unlock()
	case ws.OpPong:
		c.loop.pongs.Add(1)
	case ws.OpClose:
		c.closed(payload)
	}
}
