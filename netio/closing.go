package netio

import (
	"encoding/binary"
	"io"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// Shutdown starts the closing handshake, behind what is queued. Nothing is
// handed over or queued from then on. Only the first call counts.
func (c *Conn) Shutdown(code CloseCode, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shutdown(code, reason, nil)
}

// shutdown needs mu.
func (c *Conn) shutdown(code CloseCode, reason string, err error) {
	switch c.state {
	case stateHandshake:
		c.cut(code, ErrKilled)
	case stateOpen:
		c.state = stateClosing
		c.ends(code, err)
		c.queueClose(code, reason)
		c.flush()
		c.expect(c.loop.reactor.config.CloseTimeout, dueClose)
	}
}

// queueClose needs mu.
func (c *Conn) queueClose(code CloseCode, reason string) {
	f := closeFrame(code, reason)
	if c.client {
		f = f.masked()
	}
	c.queue(f)
}

// Kill drops the connection at once, without a close frame.
func (c *Conn) Kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut(CloseAbnormal, ErrKilled)
}

// cut makes the poller report a hang-up. It needs mu.
func (c *Conn) cut(code CloseCode, err error) {
	if !c.attached || c.state >= stateHanded {
		return
	}
	c.ends(code, err)
	if c.end.cut {
		return
	}
	c.end.cut = true
	c.discard()
	c.state = stateFailed
	_ = unix.Shutdown(int(c.fd), unix.SHUT_RDWR)
}

// drop is cut for a connection that failed while written to. It needs mu.
func (c *Conn) drop(err error) { c.cut(CloseAbnormal, err) }

// discard throws away what waits. It needs mu.
func (c *Conn) discard() {
	if o := c.out; o != nil {
		c.out = nil
		o.release()
	}
}

// ends says how the connection ended; the first word counts. It needs mu.
func (c *Conn) ends(code CloseCode, err error) {
	if c.end == nil {
		c.end = &ending{code: code, err: err}
	}
}

// fail closes a connection whose peer broke the protocol: a close frame that
// says so, and no more reading.
func (c *Conn) fail(err *ProtocolError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != stateOpen && c.state != stateClosing {
		return
	}
	c.loop.reactor.counts.malformed.Add(1)
	c.reject(err)
}

// reject says why a connection ends, and ends it. It needs mu.
func (c *Conn) reject(err *ProtocolError) {
	c.ends(err.Code, err)
	if c.state == stateOpen {
		c.queueClose(err.Code, err.Reason)
	}
	c.linger()
}

// linger writes what is queued, shuts this side and waits for the peer's to end:
// closing with bytes unread would make the kernel throw the close frame away. It
// needs mu.
func (c *Conn) linger() {
	c.state = stateFailed
	c.end.finish = true
	if c.out == nil {
		c.shutWriting()
	} else {
		c.flush()
	}
	c.expect(c.loop.reactor.config.CloseTimeout, dueClose)
}

// closed takes the peer's close frame.
func (c *Conn) closed(payload []byte) {
	code, fault := closeStatus(payload)
	if fault != nil {
		c.fail(fault)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.state {
	case stateOpen:
		c.ends(code, nil)
		c.queueClose(code, "")
		c.linger()
	case stateClosing:
		c.linger()
	}
}

// closeStatus reads a close frame's payload.
func closeStatus(payload []byte) (CloseCode, *ProtocolError) {
	if len(payload) == 0 {
		return CloseNoStatus, nil
	}
	if len(payload) == 1 {
		return 0, &ProtocolError{CloseProtocolError, "a close frame of one byte"}
	}
	code := CloseCode(binary.BigEndian.Uint16(payload))
	if !code.sendable() {
		return 0, &ProtocolError{CloseProtocolError, "a close code that may not be sent"}
	}
	if !utf8.Valid(payload[2:]) {
		return 0, &ProtocolError{CloseInvalidData, "a close reason is not UTF-8"}
	}
	return code, nil
}

// giveUp closes a connection whose peer reads too slowly. What no longer fits is
// dropped, so that the close frame stands behind no more than a started frame.
// It needs mu.
func (c *Conn) giveUp() {
	c.loop.reactor.counts.slow.Add(1)
	c.state = stateClosing
	c.ends(c.loop.reactor.config.SlowCode, ErrSlowReader)
	if o := c.out; o != nil {
		keep := o.head
		if o.offset > 0 {
			keep++
		}
		for _, f := range o.frames[keep:] {
			o.bytes -= len(f.wire)
		}
		clear(o.frames[keep:])
		o.frames = o.frames[:keep]
	}
	c.queueClose(c.loop.reactor.config.SlowCode, "read faster, or reconnect and resume")
	c.flush()
	c.expect(c.loop.reactor.config.CloseTimeout, dueClose)
}

// hangUp is called once by the poller, which has let go of the descriptor, on a
// goroutine that is no poller's.
func (c *Conn) hangUp() {
	if c.tls != nil && c.tls.hungUp() {
		return
	}
	c.conclude()
}

// conclude does what is left when the poller has let go. What came with the end of
// a TLS handshake was not looked at yet.
func (c *Conn) conclude() {
	if c.tls != nil {
		c.secured(nil)
	}
	if c.handed() {
		c.leave()
		return
	}
	c.finish()
}

// finish is the one way out.
func (c *Conn) finish() {
	c.mu.Lock()
	if c.state >= stateHanded {
		c.mu.Unlock()
		return
	}
	handshake := c.state == stateHandshake || c.handler == nil || c.in != nil && c.in.dial != nil
	c.state = stateClosed
	fd, end := int(c.fd), c.end
	c.attached = false
	c.discard()
	c.mu.Unlock()

	r := c.loop.reactor
	c.loop.dropped(c)
	c.loop.due.forgetAll(c)
	if end == nil || end.err == io.EOF || end.err == nil && end.code == CloseAbnormal {
		if err := socketError(fd); err != nil {
			end = &ending{code: CloseAbnormal, err: err}
		} else if end == nil {
			end = &ending{code: CloseAbnormal, err: io.EOF}
		}
	}
	r.table.remove(c)
	if !c.client {
		r.admission.leave(fd)
	}
	_ = unix.Close(fd)
	r.counts.open.Add(-1)
	if c.handler != nil {
		c.handler.Close(c, end.code, c.reason(end.err, handshake))
	}
	c.dropInbox()
	r.gone.Done()
}

// reason says at which stage a dial failed.
func (c *Conn) reason(err error, handshake bool) error {
	if err == nil || !handshake || !c.client {
		return err
	}
	if _, ok := err.(*DialError); ok {
		return err
	}
	stage := StageConnect
	if c.in != nil && c.in.dial != nil && c.in.dial.sent {
		stage = StageUpgrade
		if c.tls != nil && c.tls.shake != nil {
			stage = StageTLS
		}
	}
	return &DialError{Stage: stage, Err: err}
}
