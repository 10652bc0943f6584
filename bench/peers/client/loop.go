// Package client is the other end of every server that is compared: one loop on
// epoll, on one goroutine, that holds thousands of connections, and counts what
// each of them hears. What it costs itself is not measured; it runs in a process
// of its own.
package client

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/gobwas/ws"
	"golang.org/x/sys/unix"

	"github.com/seed886cd727/throng/bench/peers/wire"
)

const (
	patience  = 15 * time.Second // of nothing at all, until it is given up
	inFlight  = 128              // handshakes at once
	anAddress = 12_000           // connections: beyond that, connect(2) searches long for a port
)

// loop holds the connections.
type loop struct {
	poll     int
	to       netip.AddrPort
	dialect  dialect
	op       ws.OpCode // of what is said
	patience time.Duration
	conns    []conn
	byFD     []int32
	heard    func(c *conn, h heard) error // of a ready connection
	ready    int
	events   []unix.EpollEvent
	buffer   []byte
	out      []byte
}

// conn is one connection.
type conn struct {
	fd, index       int32
	upgraded, ready bool
	partial         []byte // of a head or a frame
	delivered       int
	answered        int
}

func newLoop(to netip.AddrPort, d dialect) (*loop, error) {
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	l := &loop{poll: poll, to: to, dialect: d, op: ws.OpText, patience: patience, events: make([]unix.EpollEvent, 512), buffer: make([]byte, 64<<10)}
	if d.binary() {
		l.op = ws.OpBinary
	}
	return l, nil
}

// open connects n times and returns when all are ready: upgraded, and greeted
// if the dialect does that.
func (l *loop) open(n int) error {
	l.conns = make([]conn, n) // at once: they are pointed to
	for i := range l.conns {
		for i >= l.ready+inFlight {
			if err := l.step(); err != nil {
				return fmt.Errorf("%d of %d connected: %w", l.ready, n, err)
			}
		}
		if err := l.connect(i); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
	}
	for l.ready < n {
		if err := l.step(); err != nil {
			return fmt.Errorf("%d of %d connected: %w", l.ready, n, err)
		}
	}
	return nil
}

func (l *loop) connect(i int) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	c := &l.conns[i]
	c.fd, c.index = int32(fd), int32(i)
	for len(l.byFD) <= fd {
		l.byFD = append(l.byFD, -1)
	}
	l.byFD[fd] = int32(i)
	from := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, byte(1 + i/anAddress)}}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1),
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1),
		unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}), // no TIME_WAIT
		unix.Bind(fd, from))
	if err != nil {
		return err
	}
	// it waits: on loopback only for a full queue, which inFlight keeps from being
	if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: l.to.Addr().As4(), Port: int(l.to.Port())}); err != nil {
		return err
	}
	err = errors.Join(unix.SetNonblock(fd, true),
		unix.EpollCtl(l.poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}))
	if err != nil {
		return err
	}
	return c.write(l.request())
}

// step handles what has come, or fails when nothing does.
func (l *loop) step() error {
	n, err := l.wait(l.patience)
	if n == 0 && err == nil {
		return fmt.Errorf("nothing came for %v", l.patience)
	}
	return err
}

// wait handles what comes first, and says from how many connections.
func (l *loop) wait(patience time.Duration) (int, error) {
	n, err := unix.EpollWait(l.poll, l.events, int(patience.Milliseconds()))
	if err == unix.EINTR {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	for _, e := range l.events[:n] {
		c := &l.conns[l.byFD[e.Fd]]
		if err := l.read(c); err != nil {
			return n, fmt.Errorf("connection %d: %w", c.index, err)
		}
	}
	return n, nil
}

func (l *loop) read(c *conn) error {
	n, err := unix.Read(int(c.fd), l.buffer)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return nil
	case err != nil:
		return err
	case n == 0:
		return errors.New("closed by the server")
	}
	b := l.buffer[:n]
	if len(c.partial) > 0 {
		c.partial = append(c.partial, b...)
		b = c.partial
	}
	rest, err := l.parse(c, b)
	if len(rest) == 0 {
		c.partial = nil
	} else {
		c.partial = append([]byte(nil), rest...)
	}
	return err
}

// parse takes what is whole and returns the rest.
func (l *loop) parse(c *conn, b []byte) (rest []byte, err error) {
	if !c.upgraded {
		end := bytes.Index(b, []byte("\r\n\r\n")) + 4
		if end < 4 {
			return b, nil
		}
		if err := l.upgraded(c, b[:end]); err != nil {
			return nil, err
		}
		b = b[end:]
	}
	for len(b) > 0 {
		op, p, size, err := wire.Next(b)
		if err != nil || size == 0 {
			return b, err
		}
		b = b[size:]
		switch op {
		case ws.OpText, ws.OpBinary:
			err = l.message(c, p)
		case ws.OpPing:
			err = c.write(wire.AppendMasked(nil, ws.OpPong, p))
		case ws.OpClose:
			err = fmt.Errorf("closed by the server: %q", p)
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// message judges one message.
func (l *loop) message(c *conn, p []byte) error {
	h, err := l.dialect.hear(int(c.index), p)
	if err != nil {
		return err
	}
	if h.pong != nil { // the ping may stand among other messages of the frame
		if err := c.write(wire.AppendMasked(nil, l.op, h.pong)); err != nil {
			return err
		}
	}
	if !c.ready {
		if h.ready {
			l.isReady(c)
		}
		return nil
	}
	c.delivered += h.delivered
	c.answered += h.answered
	if l.heard != nil && h.delivered+h.answered > 0 {
		return l.heard(c, h)
	}
	return nil
}

func (l *loop) isReady(c *conn) {
	c.ready = true
	l.ready++
}

// say writes messages in one system call.
func (l *loop) say(c *conn, messages ...[]byte) error {
	l.out = l.out[:0]
	for _, m := range messages {
		l.out = wire.AppendMasked(l.out, l.op, m)
	}
	return c.write(l.out)
}

// write writes all or fails: nobody here says more than a buffer holds.
func (c *conn) write(b []byte) error {
	n, err := unix.Write(int(c.fd), b)
	if err == nil && n < len(b) {
		return fmt.Errorf("the server takes %d of %d bytes", n, len(b))
	}
	return err
}
