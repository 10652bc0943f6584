package netio

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"
)

// tlsShake is what a link needs until its handshake is over. It is used with
// Conn.mu held.
type tlsShake struct {
	config  *tls.Config
	more    sync.Cond // in, end or hup changed
	end     error     // the peer's end: after in nothing follows
	asked   bool      // a goroutine runs it, or it waits for one
	running bool
	hup     bool // the poller has let go: the handshake's goroutine does the rest
}

// Bounds of what waits for a handshake, in bytes.
const (
	tlsHeader  = 5
	maxRecord  = 16<<10 + 2<<10 // of ciphertext, RFC 5246, section 6.2.3
	maxUnshook = 256 << 10      // what crypto/tls takes for a certificate's chain
)

// ask has the handshake run. It needs mu.
func (t *tlsLink) ask() {
	r := t.c.loop.reactor
	t.shake.asked = true
	r.gone.Add(1) // the connection itself is counted already: gone is not 0
	side := &r.tls.servers
	if t.c.client {
		side = &r.tls.clients
	}
	side.start(t, r.config.TLSHandshakes)
}

// gather keeps what comes before the handshake is over. A server starts it with
// the first whole record: who sends less costs no goroutine. It needs mu.
func (t *tlsLink) gather(b []byte) {
	s := t.shake
	t.in = append(t.in, b...)
	switch {
	case t.c.state != stateHandshake:
		t.in = nil
	case len(t.in) > maxUnshook:
		t.refuse("it sends too much before the handshake is over")
	case s.asked:
		s.more.Signal()
	case t.in[0] != 22 || len(t.in) >= tlsHeader && recordSize(t.in) > maxRecord:
		t.refuse("it does not speak TLS")
	case len(t.in) >= tlsHeader && len(t.in) >= recordSize(t.in):
		t.ask()
	}
}

// recordSize is how long the record is that b starts with.
func recordSize(b []byte) int { return tlsHeader + int(binary.BigEndian.Uint16(b[3:])) }

// refuse ends a connection that goes wrong before its handshake has begun. Who
// speaks HTTP is told so. It needs mu.
func (t *tlsLink) refuse(why string) {
	c := t.c
	if first := t.in[0]; !t.shake.asked && first >= 'A' && first <= 'Z' {
		_ = c.push([]byte("HTTP/1.0 400 Bad Request\r\nConnection: close\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"))
	}
	t.in = nil
	if !t.shake.running { // or else its end is counted
		c.loop.reactor.counts.tlsFailed.Add(1)
	}
	c.ends(CloseProtocolError, fmt.Errorf("tls: %s", why))
	t.shake.more.Signal()
	c.linger()
}

// handshake is the handshake's goroutine.
func (t *tlsLink) handshake() {
	r := t.c.loop.reactor
	defer r.gone.Done()
	if !t.begin() {
		return
	}
	r.tls.turn <- struct{}{}
	err := t.conn.Handshake()
	<-r.tls.turn
	if t.conclude(err) {
		t.c.conclude()
	}
}

// begin makes the tls.Conn, unless the connection ended while it waited.
func (t *tlsLink) begin() bool {
	c := t.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.attached || c.state != stateHandshake {
		return false
	}
	t.shake.running = true
	if c.client {
		t.conn = tls.Client(t, t.shake.config)
	} else {
		t.conn = tls.Server(t, t.shake.config)
	}
	return true
}

// await is Read during the handshake: it waits, and meanwhile lets another
// handshake compute.
func (t *tlsLink) await(b []byte) (int, error) {
	c, s := t.c, t.shake
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(t.in) == 0 && !t.over() {
		turn := c.loop.reactor.tls.turn
		<-turn
		for len(t.in) == 0 && !t.over() {
			s.more.Wait()
		}
		c.mu.Unlock()
		turn <- struct{}{}
		c.mu.Lock()
	}
	switch {
	case c.state != stateHandshake:
		return 0, ErrKilled
	case len(t.in) > 0:
		n := copy(b, t.in)
		t.in = t.in[n:]
		return n, nil
	case s.end != nil:
		return 0, s.end
	}
	return 0, io.EOF
}

// over reports that no more will come for the handshake. It needs mu.
func (t *tlsLink) over() bool {
	return t.c.state != stateHandshake || t.shake.end != nil || t.shake.hup
}

// conclude takes the handshake's outcome, and reports whether the poller has let
// go of the connection meanwhile.
func (t *tlsLink) conclude(err error) (hup bool) {
	c, s := t.c, t.shake
	c.mu.Lock()
	defer c.mu.Unlock()
	s.running = false
	n := &c.loop.reactor.counts
	switch {
	case err != nil:
		n.tlsFailed.Add(1)
		t.failed(err)
	case c.state == stateHandshake:
		n.tlsDone.Add(1)
		t.shake, t.fresh = nil, true
		t.trim()
		if c.out == nil || !c.out.waiting {
			c.loop.watchWrites(c, true) // the poller calls secured
		}
	}
	return s.hup
}

// failed ends a connection without TLS. An alert was sent already. It needs mu.
func (t *tlsLink) failed(err error) {
	c := t.c
	t.in = nil
	switch {
	case c.state != stateHandshake:
	case c.client:
		c.cut(CloseAbnormal, &DialError{Stage: StageTLS, Err: err})
	default:
		c.ends(CloseProtocolError, fmt.Errorf("tls handshake: %w", err))
		c.linger()
	}
}

// secured goes on where the handshake ended: a client asks for the upgrade, a
// server may have the request already. It is called by the poller with its buffer,
// or with none once that has let go.
func (c *Conn) secured(plain []byte) {
	t := c.tls
	c.mu.Lock()
	if !t.fresh || !c.attached {
		c.mu.Unlock()
		return
	}
	t.fresh = false
	if c.out == nil || !c.out.waiting {
		c.loop.watchWrites(c, false)
	}
	if c.client && c.state == stateHandshake {
		c.in.dial.info.Secured = time.Now()
		c.request()
	}
	c.reading = true
	c.mu.Unlock()
	if plain == nil {
		plain = make([]byte, plainBuffer)
	}
	c.unseal(nil, plain)
	c.tidy()
	c.mu.Lock()
	c.reading = false
	c.flush()
	c.mu.Unlock()
}

// lost takes the end of what the peer sends. It reports whether that is the
// handshake's matter. It needs mu.
func (t *tlsLink) lost(err error) bool {
	if t.shake == nil || !t.shake.running {
		return false
	}
	t.shake.end = err
	t.shake.more.Signal()
	return true
}

// hungUp takes the poller's last call. It reports whether the handshake's
// goroutine will finish the connection: it may yet say why it failed.
func (t *tlsLink) hungUp() bool {
	c := t.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.shake == nil || !t.shake.running {
		return false
	}
	t.shake.hup = true
	t.shake.more.Signal()
	return true
}
