package netio

import (
	"errors"
	"net"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// handover is the net.Listener of what is no WebSocket.
type handover struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newHandover(addr net.Addr) *handover {
	return &handover{addr: addr, conns: make(chan net.Conn, 64), done: make(chan struct{})}
}

// Accept waits for the next connection.
func (h *handover) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (h *handover) Close() error {
	h.once.Do(func() { close(h.done) })
	return nil
}

// Addr is the port's.
func (h *handover) Addr() net.Addr { return h.addr }

// give hands a connection out, or drops it when nobody takes it.
func (h *handover) give(c net.Conn) {
	select {
	case h.conns <- c:
	case <-h.done:
		_ = c.Close()
	default:
		_ = c.Close()
	}
}

// handOver takes the connection off the poller with what was read of it. It is
// called by the poller, which has leave called once the callback has ended.
func (c *Conn) handOver(read []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != stateHandshake {
		return
	}
	c.state, c.attached = stateHanded, false
	c.in.handed = append([]byte(nil), read...)
	if c.tls != nil {
		c.in.handed, c.in.unsent = c.tls.release(c.in.handed)
	}
	c.loop.drop(c)
}

// handed reports whether the connection was just handed over. It is called by the
// poller, or by who took its place.
func (c *Conn) handed() bool { return c.in != nil && c.in.handed != nil }

// leave makes a net.Conn of the descriptor.
func (c *Conn) leave() {
	r, fd, to, first := c.loop.reactor, int(c.fd), c.in.listener.http, c.in.handed
	c.loop.dropped(c)
	c.loop.due.forgetAll(c)
	r.table.remove(c)
	left := r.admission.hand(fd)
	r.counts.open.Add(-1)
	r.counts.handed.Add(1)
	defer r.gone.Done()
	conn, err := netConn(fd)
	if err != nil {
		left()
		return
	}
	if c.tls != nil {
		if conn, err = c.tls.onto(conn, c.in.unsent, r.config.HandshakeTimeout); err != nil {
			left()
			return
		}
	}
	to.give(&prefixed{Conn: conn, first: first, left: left})
}

// netConn moves a descriptor into the runtime's own poller.
func netConn(fd int) (net.Conn, error) {
	f := os.NewFile(uintptr(fd), "http")
	if f == nil {
		return nil, errors.Join(unix.EBADF, unix.Close(fd))
	}
	conn, err := net.FileConn(f) // duplicates the descriptor
	return conn, errors.Join(err, f.Close())
}

// prefixed reads what was read before, first. It counts as a connection until it
// is closed.
type prefixed struct {
	net.Conn
	first []byte
	left  func()
}

func (p *prefixed) Close() error {
	defer p.left()
	return p.Conn.Close()
}

func (p *prefixed) Read(b []byte) (int, error) {
	if len(p.first) == 0 {
		return p.Conn.Read(b)
	}
	n := copy(b, p.first)
	p.first = p.first[n:]
	return n, nil
}
