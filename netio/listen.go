package netio

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"github.com/cloudwego/netpoll"
	"golang.org/x/sys/unix"
)

// Listener takes connections. Its methods may be called concurrently.
type Listener struct {
	reactor *Reactor
	accept  Accept
	addr    *net.TCPAddr
	sockets []*socket
	http    *handover
	tls     *tls.Config // nil without TLS
	once    sync.Once
}

// socket is one listening descriptor on one poller.
type socket struct {
	listener *Listener
	loop     *loop
	op       *netpoll.FDOperator
	mu       sync.Mutex
	fd       int
	spare    int // a descriptor to give up when there is no other, see refuseOne
	refused  turnedAway
}

// Listen takes connections on a TCP address from now on; port 0 takes a free one.
// Upgrades are judged by accept, everything else goes to [Listener.HTTP].
func (r *Reactor) Listen(addr string, accept Accept) (*Listener, error) {
	return r.listenOn(addr, &Listener{reactor: r, accept: accept})
}

// listenOn has a listener take connections.
func (r *Reactor) listenOn(addr string, l *Listener) (*Listener, error) {
	tcp, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, err
	}
	at := tcp.AddrPort()
	if !at.IsValid() {
		at = netip.AddrPortFrom(netip.IPv6Unspecified(), uint16(tcp.Port))
	}
	n := len(r.loops)
	if !shared {
		n = 1
	}
	for i := range n {
		if at, err = l.open(r.loops[i], at); err != nil {
			return nil, errors.Join(fmt.Errorf("listen on %s: %w", addr, err), l.Close())
		}
	}
	l.addr = net.TCPAddrFromAddrPort(at)
	l.http = newHandover(l.addr)
	r.mu.Lock()
	r.listeners = append(r.listeners, l)
	r.mu.Unlock()
	for _, s := range l.sockets {
		if err := s.op.Control(netpoll.PollReadable); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	return l, nil
}

// open makes one listening socket and returns the address that it has.
func (l *Listener) open(on *loop, at netip.AddrPort) (netip.AddrPort, error) {
	fd, err := openSocket(family(at.Addr()))
	if err != nil {
		return at, err
	}
	s := &socket{listener: l, loop: on, fd: fd, spare: -1, refused: turnedAway{reactor: l.reactor, mute: l.tls != nil}}
	l.sockets = append(l.sockets, s)
	if at, err = s.bind(at); err != nil {
		return at, err
	}
	s.spare, _ = openSocket(unix.AF_INET)
	s.prepare()
	return at, nil
}

func (s *socket) prepare() {
	s.op = s.loop.poll.Alloc()
	s.op.FD, s.op.OnRead, s.op.OnHup = s.fd, s.onRead, func(netpoll.Poll) error { return nil }
}

func (s *socket) bind(at netip.AddrPort) (netip.AddrPort, error) {
	options := []int{unix.SO_REUSEADDR}
	if shared && len(s.loop.reactor.loops) > 1 {
		options = append(options, unix.SO_REUSEPORT)
	}
	for _, option := range options {
		if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, option, 1); err != nil {
			return at, err
		}
	}
	if at.Addr().Is6() && at.Addr().IsUnspecified() {
		if err := unix.SetsockoptInt(s.fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0); err != nil {
			return at, err
		}
	}
	// The first socket takes the port alone: with SO_REUSEPORT two servers of one
	// user would otherwise share a port without a word.
	if len(s.listener.sockets) == 1 && at.Port() != 0 {
		if err := free(at); err != nil {
			return at, err
		}
	}
	if err := unix.Bind(s.fd, sockaddr(at)); err != nil {
		return at, err
	}
	if err := unix.Listen(s.fd, 4096); err != nil { // the kernel bounds it by net.core.somaxconn
		return at, err
	}
	sa, err := unix.Getsockname(s.fd)
	if err != nil {
		return at, err
	}
	return addrPort(sa), nil
}

// free tries whether nobody listens on a port.
func free(at netip.AddrPort) error {
	fd, err := openSocket(family(at.Addr()))
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return err
	}
	return unix.Bind(fd, sockaddr(at))
}

// Addr is where it listens.
func (l *Listener) Addr() net.Addr { return l.addr }

// HTTP hands out connections that sent a request which is no upgrade, with all
// that was read, for an http.Server. Closing it closes no other connection.
func (l *Listener) HTTP() net.Listener { return l.http }

// Close takes no more connections; those that live stay.
func (l *Listener) Close() error {
	l.once.Do(func() {
		for _, s := range l.sockets {
			s.close()
		}
		if l.http != nil {
			_ = l.http.Close()
		}
	})
	return nil
}

func (s *socket) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.op != nil {
		_ = s.op.Control(netpoll.PollDetach) // fails if it was never registered
	}
	_ = unix.Close(s.fd)
	if s.spare >= 0 {
		_ = unix.Close(s.spare)
	}
	s.fd, s.spare = -1, -1
	s.refused.close()
}
