package netio

import (
	"io"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/cloudwego/netpoll"
	"github.com/gobwas/ws"
	"golang.org/x/sys/unix"
)

// inbox keeps what is incomplete: a head, a frame, a fragmented message.
type inbox struct {
	partial  []byte // of a head or a frame
	message  []byte // fragments so far
	op       ws.OpCode
	fragment bool // a fragmented message is under way
	dial     *dialing
	listener *Listener
}

var inboxes = sync.Pool{New: func() any { return new(inbox) }}

// keepInbox is the largest buffer that goes back to the pool, in bytes.
const keepInbox = 64 << 10

func (c *Conn) inbox() *inbox {
	if c.in == nil {
		c.in = inboxes.Get().(*inbox)
	}
	return c.in
}

// tidy gives the inbox back if nothing is incomplete.
func (c *Conn) tidy() {
	if in := c.in; in != nil && len(in.partial) == 0 && !in.fragment && in.dial == nil && in.listener == nil {
		c.dropInbox()
	}
}

func (c *Conn) dropInbox() {
	in := c.in
	c.in = nil
	if in == nil || cap(in.partial)+cap(in.message) > keepInbox {
		return
	}
	*in = inbox{partial: in.partial[:0], message: in.message[:0]}
	inboxes.Put(in)
}

// maxReads bounds one event's reads to more than any receive buffer holds: what
// came before a hang-up is read whole, and a peer cannot keep the poller.
const maxReads = 128

// onRead is called by the poller when there are bytes, or an end.
func (c *Conn) onRead(netpoll.Poll) error {
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
			c.feed(l.buffer[:n])
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
	return nil
}

// broken remembers why the hang-up that follows came.
func (c *Conn) broken(err error) {
	if err == nil {
		err = io.EOF
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends(CloseAbnormal, err)
}

// feed takes bytes in. They are only valid now.
func (c *Conn) feed(b []byte) {
	if c.in != nil && len(c.in.partial) > 0 {
		c.in.partial = append(c.in.partial, b...)
		b = c.in.partial
	}
	rest := c.parse(b)
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
	var before int
	if c.in != nil && c.in.fragment {
		s, before = s.Set(ws.StateFragmented), len(c.in.message)
	}
	if h.Length < 0 {
		return &ProtocolError{CloseProtocolError, "the most significant bit of a length is set"}
	}
	if err := ws.CheckHeader(h, s); err != nil {
		return &ProtocolError{CloseProtocolError, err.Error()}
	}
	if h.Length > int64(c.loop.reactor.config.MaxMessage-before) {
		return &ProtocolError{CloseTooBig, "the message is too big"}
	}
	return nil
}

// data takes a frame of a message.
func (c *Conn) data(h ws.Header, payload []byte) {
	if h.Fin && h.OpCode != ws.OpContinuation {
		c.deliver(h.OpCode, payload)
		return
	}
	in := c.inbox()
	if h.OpCode != ws.OpContinuation {
		in.op, in.fragment, in.message = h.OpCode, true, in.message[:0]
	}
	in.message = append(in.message, payload...)
	if h.Fin {
		in.fragment = false
		c.deliver(in.op, in.message)
	}
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
