package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
	"github.com/seed886cd727/throng/server/room"
	"github.com/seed886cd727/throng/server/store"
)

const patience = 10 * time.Second

// node is a running server.
type node struct {
	*testing.T
	*Server
	clients *netio.Reactor
	stop    func() error // as SIGTERM does
}

func start(t *testing.T, change func(*Config)) *node {
	t.Helper()
	c := DefaultConfig()
	c.Listen, c.Admin, c.Store.Driver = "127.0.0.1:0", "127.0.0.1:0", store.Memory
	c.Logger, c.Draining = slog.New(slog.DiscardHandler), 200*time.Millisecond
	if change != nil {
		change(&c)
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	r, err := netio.New(netio.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	n := &node{T: t, Server: s, clients: r}
	n.stop = func() error { cancel(); return <-served }
	t.Cleanup(func() {
		cancel()
		_ = s.Close()
		_ = r.Close()
	})
	return n
}

func (n *node) admin(method, path, body string) (int, string) {
	n.Helper()
	q, err := http.NewRequestWithContext(n.Context(), method, "http://"+n.AdminAddr().String()+path, strings.NewReader(body))
	if err != nil {
		n.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		n.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b)
}

// client hears events, one connection's.
type client struct {
	*testing.T
	codec   chat.Codec
	decoder chat.Decoder
	conn    *netio.Conn
	opened  chan *netio.Conn
	texts   chan string
	closed  chan netio.CloseCode
}

func (c *client) Open(conn *netio.Conn, _ netio.Info)                { c.opened <- conn }
func (c *client) Close(_ *netio.Conn, code netio.CloseCode, _ error) { c.closed <- code }

func (c *client) Message(_ *netio.Conn, binary bool, p []byte) {
	if binary != c.codec.Binary() {
		c.Errorf("%q came in the other kind of frame", p)
	}
	c.texts <- string(p)
}

func (n *node) dial() *client {
	n.Helper()
	return dial(n.T, n.clients, n.Addr().(*net.TCPAddr).AddrPort())
}

func dial(t *testing.T, from *netio.Reactor, to netip.AddrPort) *client {
	t.Helper()
	return dialIn(t, chat.Codecs()[0], from, to)
}

func dialIn(t *testing.T, codec chat.Codec, from *netio.Reactor, to netip.AddrPort) *client {
	t.Helper()
	return dialBy(t, codec, from, netio.Dial{Addr: to})
}

func dialBy(t *testing.T, codec chat.Codec, from *netio.Reactor, d netio.Dial) *client {
	t.Helper()
	d.Path, d.Protocols = "/ws", []string{codec.Subprotocol()}
	c := &client{T: t, codec: codec, decoder: codec.NewDecoder(), opened: make(chan *netio.Conn, 1), texts: make(chan string, 1<<16), closed: make(chan netio.CloseCode, 1)}
	if err := from.Dial(d, c); err != nil {
		t.Fatal(err)
	}
	select {
	case c.conn = <-c.opened:
	case code := <-c.closed:
		t.Fatalf("closed with %d instead of opened", code)
	case <-time.After(patience):
		t.Fatal("no connection")
	}
	return c
}

// connect says hello and hears the welcome and the states.
func (n *node) connect(user chat.UserID, stream chat.StreamID) (*client, *chat.Welcome, map[chat.ConversationID]chat.ConversationState) {
	n.Helper()
	c := n.dial()
	w, states := c.hello(&chat.Hello{User: user, Device: "d", Stream: stream})
	return c, w, states
}

// hello says hello and hears the welcome and the states.
func (c *client) hello(h *chat.Hello) (*chat.Welcome, map[chat.ConversationID]chat.ConversationState) {
	c.Helper()
	c.say(h)
	w := *await[*chat.Welcome](c)
	states := make(map[chat.ConversationID]chat.ConversationState)
	for {
		s := await[*chat.State](c)
		for _, one := range s.Conversations {
			states[one.Conversation] = one
		}
		if !s.More {
			return &w, states
		}
	}
}

func (c *client) say(r chat.Request) { c.conn.Send(room.Frame(c.codec, c.codec.AppendRequest(nil, r))) }

// await takes the next event, which must be of a type.
func await[E chat.Event](c *client) E {
	c.Helper()
	text := c.next()
	e, err := c.decoder.Event([]byte(text))
	if err != nil {
		c.Fatalf("%s: %v", text, err)
	}
	one, ok := e.(E)
	if !ok {
		c.Fatalf("%s came instead of %T", text, one)
	}
	return one
}

// next is what came next, also where the connection has ended since.
func (c *client) next() string {
	c.Helper()
	select {
	case text := <-c.texts:
		return text
	case code := <-c.closed:
		select {
		case text := <-c.texts:
			c.closed <- code
			return text
		default:
			c.Fatalf("closed with %d", code)
		}
	case <-time.After(patience):
		c.Fatalf("nothing came within %v", patience)
	}
	return ""
}

func (c *client) awaitClose() netio.CloseCode {
	c.Helper()
	select {
	case code := <-c.closed:
		return code
	case <-time.After(patience):
		c.Fatal("not closed")
	}
	return 0
}

const annBob = `{"conv":"c","kind":"direct","members":["ann","bob"]}` + "\n"

func TestSendIsAcknowledgedAndDelivered(t *testing.T) {
	n := start(t, nil)
	if status, body := n.admin("POST", "/v1/conversations", annBob); status != 200 {
		t.Fatal(status, body)
	}
	ann, welcome, states := n.connect("ann", chat.StreamID{})
	bob, _, _ := n.connect("bob", chat.StreamID{})
	if welcome.Stream.IsZero() || states["c"].Kind != chat.Direct {
		t.Fatalf("%+v %+v", welcome, states)
	}
	for i := uint64(1); i <= 100; i++ {
		ann.say(&chat.Send{Conversation: "c", N: i, Body: []byte(fmt.Sprint("hi ", i))})
	}
	for i := chat.Seq(1); i <= 100; i++ {
		if m := await[*chat.Message](bob); m.At.Seq != i || string(m.Body) != fmt.Sprint("hi ", i) || m.User != "ann" {
			t.Fatalf("%+v", m)
		}
	}
	acks, own := chat.Seq(0), chat.Seq(0)
	for acks < 100 || own < 100 {
		switch e := await[chat.Event](ann).(type) {
		case *chat.Ack:
			acks++
			if e.At.Seq != acks || e.N != uint64(acks) || e.Duplicate {
				t.Fatalf("%+v", e)
			}
		case *chat.Message:
			if own++; e.At.Seq != own {
				t.Fatalf("%+v", e)
			}
		}
	}
}

func TestReconnectResumes(t *testing.T) {
	dir := t.TempDir()
	pebble := func(c *Config) { c.Store.Driver, c.Store.Dir = store.Pebble, dir }
	n := start(t, pebble)
	n.admin("POST", "/v1/conversations", annBob)
	ann, welcome, _ := n.connect("ann", chat.StreamID{})
	for i := uint64(1); i <= 3; i++ {
		ann.say(&chat.Send{Conversation: "c", N: i, Body: []byte{byte('a' + i)}})
		await[*chat.Ack](ann)
		await[*chat.Message](ann)
	}
	if err := n.stop(); err != nil {
		t.Fatal(err)
	}

	n = start(t, pebble)
	ann, again, _ := n.connect("ann", welcome.Stream)
	if !again.Resumed || again.Stream != welcome.Stream {
		t.Fatalf("%+v", again)
	}
	ann.say(&chat.Send{Conversation: "c", N: 2, Body: []byte{'c'}})
	if a := await[*chat.Ack](ann); !a.Duplicate || a.At.Seq != 2 {
		t.Fatalf("a resend after the restart: %+v", a)
	}
	bob, _, states := n.connect("bob", chat.StreamID{})
	if states["c"].Head.Seq != 3 {
		t.Fatalf("%+v", states)
	}
	bob.say(&chat.Sync{ID: 1, Conversation: "c", From: 1})
	e := await[*chat.Entries](bob)
	if len(e.Entries) != 3 || string(e.Entries[2].Body) != "d" {
		t.Fatalf("%+v", e)
	}
	await[*chat.Synced](bob)
}

func TestDrainTellsAndCloses(t *testing.T) {
	n := start(t, nil)
	c, _, _ := n.connect("ann", chat.StreamID{})
	stopped := make(chan error, 1)
	go func() { stopped <- n.stop() }()
	if d := await[*chat.Drain](c); d.Reason == "" {
		t.Fatalf("%+v", d)
	}
	if code := c.awaitClose(); code != netio.CloseRestart {
		t.Fatalf("closed with %d", code)
	}
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
}

func TestBadInputCostsOneConnection(t *testing.T) {
	n := start(t, func(c *Config) { c.Gateway.HelloTimeout = 300 * time.Millisecond })
	living, _, _ := n.connect("ann", chat.StreamID{})
	for _, tt := range []struct {
		name string
		say  *netio.Frame
		code netio.CloseCode
	}{
		{"no JSON", netio.TextFrame([]byte("{")), netio.CloseCode(chat.CloseBadRequest)},
		{"unknown operation", netio.TextFrame([]byte(`{"op":"fly"}`)), netio.CloseCode(chat.CloseBadRequest)},
		{"send before hello", netio.TextFrame([]byte(`{"op":"send","conv":"c","n":1,"body":"x"}`)), netio.CloseCode(chat.CloseBadRequest)},
		{"binary", netio.BinaryFrame([]byte("{}")), netio.CloseUnsupported},
		{"not UTF-8", netio.TextFrame([]byte{0xff}), netio.CloseInvalidData},
		{"no hello", nil, netio.CloseCode(chat.CloseNoHello)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := n.dial()
			if tt.say != nil {
				c.conn.Send(tt.say)
			}
			if code := c.awaitClose(); code != tt.code {
				t.Fatalf("closed with %d, want %d", code, tt.code)
			}
		})
	}
	living.say(&chat.Heartbeat{})
	await[*chat.Heartbeat](living)
}

func TestBadInputInProto(t *testing.T) {
	n := start(t, nil)
	for _, tt := range []struct {
		name string
		say  *netio.Frame
		code netio.CloseCode
	}{
		{"text", netio.TextFrame([]byte("{}")), netio.CloseUnsupported},
		{"malformed", netio.BinaryFrame([]byte("{}")), netio.CloseCode(chat.CloseBadRequest)},
		{"an event", netio.BinaryFrame(chat.Proto{}.AppendEvent(nil, &chat.Drain{})), netio.CloseCode(chat.CloseBadRequest)},
	} {
		c := dialIn(t, chat.Proto{}, n.clients, n.Addr().(*net.TCPAddr).AddrPort())
		c.conn.Send(tt.say)
		if code := c.awaitClose(); code != tt.code {
			t.Errorf("%s: closed with %d, want %d", tt.name, code, tt.code)
		}
	}
}

func TestASessionComesBackOnAnotherConnection(t *testing.T) {
	n := start(t, nil)
	n.admin("POST", "/v1/conversations", annBob)
	first, _, _ := n.connect("ann", chat.StreamID{})
	second, _, _ := n.connect("ann", chat.StreamID{})
	if code := first.awaitClose(); code != netio.CloseCode(chat.CloseReplaced) {
		t.Fatalf("closed with %d", code)
	}
	second.say(&chat.Heartbeat{ID: 1})
	await[*chat.Heartbeat](second)
}
