package gateway

import (
	"errors"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
	"github.com/seed886cd727/throng/server/conversation"
	"github.com/seed886cd727/throng/server/room"
)

// Conn is a connection as sessions see it: a WebSocket on a poller, or whatever
// takes its place. Its methods may be called concurrently and never wait for
// the peer.
type Conn interface {
	room.Conn
	// Queued is how many bytes wait for the peer.
	Queued() int
	// Shutdown ends the connection, behind what was queued.
	Shutdown(code netio.CloseCode, reason string)
}

// connection is a session and its place in rooms, in one piece: there are as
// many as there are users online. It is the netio.Handler of its connection and
// the outbox of its session.
type connection struct {
	conversation.Session
	room.Listener
	gateway *Gateway
}

func newConnection(g *Gateway, codec uint8) *connection {
	c := &connection{gateway: g}
	c.Codec = codec
	c.Out = outbox{c}
	return c
}

// Open starts the time within which a hello must come.
func (c *connection) Open(conn *netio.Conn, _ netio.Info) { c.open(conn) }

func (c *connection) open(conn Conn) {
	c.Conn = conn
	c.gateway.arrivals.add(c)
}

// Message hears one request.
func (c *connection) Message(conn *netio.Conn, binary bool, payload []byte) {
	c.hear(conn.Poller(), binary, payload)
}

func (c *connection) hear(poller int, binary bool, payload []byte) {
	g := c.gateway
	g.Received.Add(1)
	if binary != g.codecs[c.Codec].Binary() {
		g.Malformed.Add(1)
		c.End(chat.CloseUnsupported, "the codec travels in the other kind of frame")
		return
	}
	r, err := g.decoders[poller][c.Codec].Request(payload)
	if err != nil {
		g.Malformed.Add(1)
		g.service.Reject(&c.Session, nil, reason(err))
		return
	}
	g.service.Handle(&c.Session, r)
}

// reason is what the client is told of an error.
func reason(err error) string {
	if syntax, ok := errors.AsType[*chat.SyntaxError](err); ok {
		return syntax.Reason
	}
	return err.Error()
}

// Close forgets the session.
func (c *connection) Close(_ *netio.Conn, _ netio.CloseCode, _ error) {
	g := c.gateway
	g.service.Disconnect(&c.Session)
	g.Closed.Add(1)
	g.Connections.Add(-1)
}

// outbox is the connection as its session sees it. It is one pointer, so an
// interface holds it without an allocation.
type outbox struct{ *connection }

func (o outbox) Push(e chat.Event) { o.Conn.Queue(o.gateway.encode(o.Codec, e)) }

func (o outbox) Flush() { o.Conn.Flush() }

func (o outbox) Hold() { o.Listener.Hold(o.gateway.config.HoldBytes) }

func (o outbox) Release(told func(chat.ConversationID, chat.Position) bool) bool {
	return o.Listener.Release(told)
}

func (o outbox) Backlog() int { return o.Conn.(Conn).Queued() }

func (o outbox) Shutdown(code uint16, reason string) {
	o.Conn.(Conn).Shutdown(netio.CloseCode(code), reason)
}
