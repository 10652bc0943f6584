package netio

import (
	"bytes"
	"crypto/tls"
	"io"
	"reflect"
)

// plainBuffer is the size of the buffer that records of a poller's connections
// are decrypted into.
const plainBuffer = 32 << 10

// Read gives tls.Conn what the poller has read.
func (t *tlsLink) Read(b []byte) (int, error) {
	switch {
	case t.handed != nil:
		return t.handed.Read(b)
	case t.shake != nil:
		return t.await(b)
	case len(t.in) == 0:
		return 0, errAgain
	}
	n := copy(b, t.in)
	t.in = t.in[n:]
	return n, nil
}

// unseal takes ciphertext in, decrypts it into plain and feeds it on. Both are
// only valid now.
func (c *Conn) unseal(b, plain []byte) {
	t := c.tls
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.shake != nil {
		t.gather(b)
		return
	}
	t.offer(b)
	for c.state < stateFailed {
		n, err := t.open(plain)
		if n > 0 {
			c.mu.Unlock()
			c.feed(plain[:n])
			c.mu.Lock()
		}
		if err != nil && c.state < stateHanded {
			t.closes(err)
			break
		}
	}
	if c.state < stateHanded {
		t.settle()
	}
}

// offer lays ciphertext before conn. It needs mu.
func (t *tlsLink) offer(b []byte) {
	switch {
	case len(b) == 0:
	case len(t.in) > 0: // came with the handshake
		t.in = append(t.in, b...)
	case t.raw != nil && t.raw.Len() == 0:
		*t.raw, t.shared = *bytes.NewBuffer(b), true // decrypted where it lies
	default:
		t.in = b
	}
}

// open decrypts until plain is full, or there is a reason to stop. It needs mu.
func (t *tlsLink) open(plain []byte) (n int, err error) {
	for n < len(plain) && err == nil {
		var m int
		m, err = t.conn.Read(plain[n:])
		n += m
	}
	return n, err
}

// settle keeps what is incomplete, and only that: conn's buffer would stay as
// large as it has ever been. It needs mu.
func (t *tlsLink) settle() {
	t.in = nil
	switch {
	case t.raw == nil:
	case t.raw.Len() == 0 || t.c.state == stateFailed:
		*t.raw = bytes.Buffer{}
	case t.shared:
		*t.raw = *bytes.NewBuffer(bytes.Clone(t.raw.Bytes()))
	}
	t.shared = false
}

// closes takes the reason why there is no more to read. It needs mu.
func (t *tlsLink) closes(err error) {
	c := t.c
	switch {
	case err == errAgain || c.state >= stateFailed:
		return
	case err == io.EOF: // close_notify
		c.ends(CloseAbnormal, io.EOF)
	default:
		c.loop.reactor.counts.malformed.Add(1)
		t.ended = true // an alert was sent or received
		c.ends(CloseProtocolError, err)
	}
	c.linger()
}

// trim finds conn's buffers after the handshake, and empties them. It needs mu.
func (t *tlsLink) trim() {
	if hand := innerBuffer(t.conn, "hand"); hand != nil && hand.Len() == 0 {
		*hand = bytes.Buffer{}
	}
	if t.raw = innerBuffer(t.conn, "rawInput"); t.raw == nil {
		return
	}
	*t.raw = *bytes.NewBuffer(bytes.Clone(t.raw.Bytes()))
	if len(t.in) == 0 {
		t.in = nil
	}
}

// innerBuffer finds a buffer of a tls.Conn by its name. crypto/tls keeps in it
// what it has read, never shrinks it, and has no way to give it back: a connection
// that is silent would hold the buffers of its handshake, and that of its largest
// record, as long as it lives. Where a release of Go has no such field the answer
// is nil: such a connection works, and costs that much. TestBuffersOfTLSAreFound
// tells.
func innerBuffer(conn *tls.Conn, name string) *bytes.Buffer {
	f := reflect.ValueOf(conn).Elem().FieldByName(name)
	if !f.IsValid() || f.Type() != reflect.TypeFor[bytes.Buffer]() {
		return nil
	}
	return (*bytes.Buffer)(f.Addr().UnsafePointer())
}
