package netio

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// outbox is what waits to be written to one connection.
type outbox struct {
	frames  []*Frame
	sealed  []byte // of TLS, goes before the frames
	head    int    // frames before it were written
	offset  int    // of the first frame, bytes that were written
	bytes   int    // that wait
	waiting bool
	timed   bool // a deadline was set
	// While waiting for the peer: what was queued when the present deadline was
	// set, in bytes. The deadline holds for that much.
	mark int
}

var outboxes = sync.Pool{New: func() any { return new(outbox) }}

// release gives the outbox back, unless it has become large.
func (o *outbox) release() {
	if cap(o.frames) > 1024 {
		return
	}
	clear(o.frames)
	*o = outbox{frames: o.frames[:0]}
	outboxes.Put(o)
}

// Queue appends a frame to what waits for the peer, and writes nothing. It
// reports whether the caller must see to a Flush. On a connection that ends it
// does nothing. Where compression was agreed the frame's compressed variant goes
// out. A client's frame is copied and masked.
func (c *Conn) Queue(f *Frame) (flush bool) {
	f = c.outgoing(f)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != stateOpen {
		return false
	}
	return c.queue(f)
}

// queue needs mu.
func (c *Conn) queue(f *Frame) (flush bool) {
	o := c.out
	if o == nil {
		o = outboxes.Get().(*outbox)
		c.out = o
	}
	flush = len(o.frames) == 0 && !c.reading
	o.frames = append(o.frames, f)
	o.bytes += len(f.wire)
	c.loop.reactor.counts.framesUp.Add(1)
	if o.bytes > c.loop.reactor.config.OutboxBytes && c.state == stateOpen {
		c.giveUp()
		return false
	}
	return flush
}

// Flush writes what is queued in one system call, as far as the peer takes it.
func (c *Conn) Flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flush()
}

// Send is Queue and Flush.
func (c *Conn) Send(f *Frame) {
	if c.Queue(f) {
		c.Flush()
	}
}

// flush needs mu.
func (c *Conn) flush() {
	o := c.out
	switch {
	case o == nil || c.reading || !c.attached:
	case !o.waiting:
		c.write()
	case o.mark == 0: // it waits since the handshake, whose deadline has gone
		c.wait()
	}
}

// write writes until nothing waits or the peer takes no more. It needs mu.
func (c *Conn) write() {
	if c.tls != nil {
		c.writeTLS()
		return
	}
	o := c.out
	for o.bytes > 0 {
		n, err := o.writeTo(int(c.fd))
		c.loop.reactor.counts.writes.Add(1)
		switch err {
		case nil:
			c.loop.reactor.counts.bytesOut.Add(uint64(n))
			o.advance(n)
		case unix.EINTR:
		case unix.EAGAIN, unix.ENOBUFS:
			c.wait()
			return
		default: // the poller is about to report the hang-up, with its reason
			c.drop(err)
			return
		}
	}
	c.written()
}

// writeTo does one system call.
func (o *outbox) writeTo(fd int) (int, error) {
	first := o.frames[o.head].wire[o.offset:]
	if o.head+1 == len(o.frames) {
		return send(fd, first)
	}
	return sendMany(fd, first, o.frames[o.head+1:])
}

// advance takes out what was written.
func (o *outbox) advance(n int) {
	o.bytes -= n
	o.mark = max(0, o.mark-n)
	for n > 0 {
		left := len(o.frames[o.head].wire) - o.offset
		if n < left {
			o.offset += n
			return
		}
		n -= left
		o.frames[o.head] = nil
		o.head, o.offset = o.head+1, 0
	}
}

// wait has the poller say when the peer takes more, within OutboxAge for what
// waits now. It needs mu.
func (c *Conn) wait() {
	o := c.out
	if o.mark == 0 && c.state != stateHandshake { // that has a deadline already
		o.mark, o.timed = o.bytes, true
		c.expect(c.loop.reactor.config.OutboxAge, dueOutbox)
	}
	o.compact()
	if !o.waiting {
		o.waiting = true
		c.loop.watchWrites(c, true)
	}
}

// compact closes up the frames that were written, once they are the most.
func (o *outbox) compact() {
	if o.head < 64 || o.head < len(o.frames)/2 {
		return
	}
	n := copy(o.frames, o.frames[o.head:])
	clear(o.frames[n:])
	o.frames, o.head = o.frames[:n], 0
}

// written is reached when nothing waits any more. It needs mu.
func (c *Conn) written() {
	o := c.out
	c.out = nil
	if o.waiting {
		c.loop.watchWrites(c, false)
	}
	if o.timed && c.end == nil {
		c.loop.due.forget(c, dueOutbox)
	}
	o.release()
	if c.end != nil && c.end.finish {
		c.shutWriting()
	}
}

// onWrite is called by the poller when the peer takes more, or when a connect
// has come to something.
func (c *Conn) onWrite() {
	defer c.loop.spent(time.Now())
	if c.tls != nil {
		c.secured(c.loop.plainText())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.in != nil && c.in.dial != nil && !c.in.dial.sent {
		c.connected()
		return
	}
	if c.out != nil && c.attached {
		c.write()
	}
}
