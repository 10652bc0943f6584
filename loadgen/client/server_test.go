package client

import (
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// server is a target that says what a test makes it say.
type server struct {
	reactor *netio.Reactor
	addr    netip.AddrPort
	peers   chan *peer                           // connections, as they are opened
	refuse  atomic.Pointer[netio.Answer]         // what upgrades are answered, if not with a connection
	before  atomic.Pointer[func()]               // called before an upgrade is answered
	handler atomic.Pointer[func() netio.Handler] // of connections, instead of a peer
}

func newServer(t testing.TB) *server {
	t.Helper()
	c := netio.DefaultConfig()
	c.Pollers, c.Heartbeat = 1, 0
	r, err := netio.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	s := &server{reactor: r, peers: make(chan *peer, 1024)}
	l, err := r.Listen("127.0.0.1:0", func(*netio.Request) (netio.Handler, netio.Answer) {
		if f := s.before.Load(); f != nil {
			(*f)()
		}
		if a := s.refuse.Load(); a != nil {
			return nil, *a
		}
		if f := s.handler.Load(); f != nil {
			return (*f)(), netio.Answer{Subprotocol: chat.SubprotocolJSON}
		}
		p := &peer{t: t, server: s, requests: make(chan heard, 1<<12), closed: make(chan netio.CloseCode, 1)}
		return p, netio.Answer{Subprotocol: chat.SubprotocolJSON}
	})
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().(*net.TCPAddr).AddrPort()
	return s
}

// accept waits for the next connection.
func (s *server) accept(t testing.TB) *peer {
	t.Helper()
	return receive(t, s.peers, "connection")
}

// peer is one connection, as the server sees it.
type peer struct {
	t        testing.TB
	server   *server
	conn     *netio.Conn
	requests chan heard
	closed   chan netio.CloseCode
}

// heard is a request, and when it came.
type heard struct {
	chat.Request
	at time.Time
}

func (p *peer) Open(c *netio.Conn, _ netio.Info) {
	p.conn = c
	p.server.peers <- p
}

func (p *peer) Message(_ *netio.Conn, _ bool, payload []byte) {
	request, err := chat.JSON{}.NewDecoder().Request(payload)
	if err != nil {
		p.t.Errorf("the client says %s: %v", payload, err)
		return
	}
	p.requests <- heard{request, time.Now()}
}

func (p *peer) Close(_ *netio.Conn, code netio.CloseCode, _ error) { p.closed <- code }

// say tells the client events, all at once.
func (p *peer) say(events ...chat.Event) {
	for _, e := range events {
		p.conn.Queue(netio.TextFrame(chat.JSON{}.AppendEvent(nil, e)))
	}
	p.conn.Flush()
}

// next waits for the next request, which must be of a type.
func next[T chat.Request](p *peer) T {
	p.t.Helper()
	request, _ := nextAt[T](p)
	return request
}

func nextAt[T chat.Request](p *peer) (T, time.Time) {
	p.t.Helper()
	h := receive(p.t, p.requests, "request")
	request, ok := h.Request.(T)
	if !ok {
		p.t.Fatalf("the client says %T %+v, want %T", h.Request, h.Request, request)
	}
	return request, h.at
}

func receive[T any](t testing.TB, from <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatalf("no %s within %v", what, patience)
	}
	return v
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, met func() bool) {
	t.Helper()
	end := time.Now().Add(patience)
	for !met() {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
		<-time.After(time.Millisecond)
	}
}
