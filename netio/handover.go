package netio

import (
	"errors"
	"net"
	"os"
	"sync"

	"github.com/cloudwego/netpoll"
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
// called by the poller.
func (c *Conn) handOver(read []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != stateHandshake {
		return
	}
	c.state = stateHanded
	op, fd, to := c.op, int(c.fd), c.in.listener.http
	c.op = nil
	c.in.listener = nil
	_ = op.Control(netpoll.PollDetach) // fails only for a descriptor that is no more
	first := append([]byte(nil), read...)
	var unsent []byte
	if c.tls != nil {
		first, unsent = c.tls.release(first)
	}
	go c.leave(op, fd, to, first, unsent)
}

// leave makes a net.Conn of the descriptor once the callback has ended.
func (c *Conn) leave(op *netpoll.FDOperator, fd int, to *handover, first, unsent []byte) {
	r := c.loop.reactor
	r.due.forget(c)
	op.Free()
	r.table.remove(c)
	r.counts.open.Add(-1)
	r.counts.handed.Add(1)
	defer r.gone.Done()
	conn, err := netConn(fd)
	if err != nil {
		return
	}
	if c.tls != nil {
		if conn, err = c.tls.onto(conn, unsent, r.config.HandshakeTimeout); err != nil {
			return
		}
	}
	to.give(&prefixed{Conn: conn, first: first})
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

// prefixed reads what was read before, first.
type prefixed struct {
	net.Conn
	first []byte
}

func (p *prefixed) Read(b []byte) (int, error) {
	if len(p.first) == 0 {
		return p.Conn.Read(b)
	}
	n := copy(b, p.first)
	p.first = p.first[n:]
	return n, nil
}
