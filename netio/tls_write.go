package netio

import (
	"net"
	"sync"

	"golang.org/x/sys/unix"
)

// plainRecord is the most plaintext that one record holds, in bytes (RFC 8446,
// section 5.1).
const plainRecord = 16 << 10

var plainRecords = sync.Pool{New: func() any { return new([plainRecord]byte) }}

// Write sends tls.Conn's records, or keeps them.
func (t *tlsLink) Write(b []byte) (int, error) {
	c := t.c
	if t.handed != nil {
		return t.handed.Write(b)
	}
	if t.shake != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
	}
	if !c.attached || c.end != nil && c.end.cut {
		return 0, net.ErrClosed
	}
	if err := c.push(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// push sends sealed bytes, and keeps what the peer does not take. It needs mu.
func (c *Conn) push(b []byte) error {
	if c.out == nil || len(c.out.sealed) == 0 {
		n, err := send(int(c.fd), b)
		c.loop.reactor.counts.writes.Add(1)
		if err != nil && err != unix.EINTR && err != unix.EAGAIN && err != unix.ENOBUFS {
			c.drop(err)
			return err
		}
		c.loop.reactor.counts.bytesOut.Add(uint64(n))
		if b = b[n:]; len(b) == 0 {
			return nil
		}
	}
	return c.keep(b)
}

// keep has sealed bytes wait. Frames are sealed only when nothing sealed waits:
// more than a record is what a peer has us answer that does not read. It needs mu.
func (c *Conn) keep(b []byte) error {
	o := c.out
	if o == nil {
		o = outboxes.Get().(*outbox)
		c.out = o
	}
	if len(o.sealed) > c.loop.reactor.config.OutboxBytes+maxRecord {
		c.loop.reactor.counts.slow.Add(1)
		c.cut(c.loop.reactor.config.SlowCode, ErrSlowReader)
		return ErrSlowReader
	}
	o.sealed = append(o.sealed, b...)
	o.bytes += len(b)
	if o.mark > 0 {
		o.mark += len(b)
	}
	c.wait()
	return nil
}

// writeTLS is write for TLS. It needs mu.
func (c *Conn) writeTLS() {
	for o := c.out; o.bytes > 0; {
		if len(o.sealed) > 0 {
			if !c.writeSealed() {
				return
			}
		} else if !c.seal() {
			return
		}
	}
	c.written()
}

// writeSealed sends sealed bytes that waited, and reports whether to go on. It
// needs mu.
func (c *Conn) writeSealed() bool {
	o := c.out
	n, err := send(int(c.fd), o.sealed)
	c.loop.reactor.counts.writes.Add(1)
	switch err {
	case nil:
		c.loop.reactor.counts.bytesOut.Add(uint64(n))
		o.bytes -= n
		o.mark = max(0, o.mark-n)
		if o.sealed = o.sealed[n:]; len(o.sealed) == 0 {
			o.sealed = nil
		}
	case unix.EINTR:
	case unix.EAGAIN, unix.ENOBUFS:
		c.wait()
		return false
	default:
		c.drop(err)
		return false
	}
	return true
}

// seal sends as many frames as fit into a record, and reports whether to go on.
// It needs mu.
func (c *Conn) seal() bool {
	o := c.out
	plain, borrowed := o.record()
	_, err := c.tls.conn.Write(plain)
	if borrowed != nil {
		plainRecords.Put(borrowed)
	}
	if err != nil {
		c.drop(err)
		return false
	}
	o.advance(len(plain))
	if len(o.sealed) > 0 {
		c.wait()
		return false
	}
	return true
}

// record is what goes into the next record. Several frames are put together in
// a buffer that is to be given back.
func (o *outbox) record() ([]byte, *[plainRecord]byte) {
	first := o.frames[o.head].wire[o.offset:]
	if len(first) >= plainRecord {
		return first[:plainRecord], nil
	}
	if o.head+1 == len(o.frames) {
		return first, nil
	}
	b := plainRecords.Get().(*[plainRecord]byte)
	n := copy(b[:], first)
	for _, f := range o.frames[o.head+1:] {
		if n == plainRecord {
			break
		}
		n += copy(b[n:], f.wire)
	}
	return b[:n], b
}

// shutWriting ends what this side says; TLS has a word for it. It needs mu.
func (c *Conn) shutWriting() {
	if t := c.tls; t != nil && t.shake == nil && !t.ended {
		t.ended = true
		_ = t.conn.CloseWrite() // what cannot be told any more is of no use
		if c.out != nil {
			return // once that is written
		}
	}
	_ = unix.Shutdown(int(c.fd), unix.SHUT_WR)
}
