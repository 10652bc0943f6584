package client

import (
	"fmt"

	"github.com/seed886cd727/throng/bench/peers/servers"
	"github.com/seed886cd727/throng/bench/peers/wire"
	"github.com/seed886cd727/throng/chat"
)

// dialect is what is said to a server, and how its words are understood.
type dialect interface {
	path() string
	subprotocol() string
	binary() bool
	// greet is what connection i says once it was upgraded; it is ready when that
	// was answered. Nothing: it is ready at once.
	greet(i int) [][]byte
	hear(i int, message []byte) (heard, error)
	// send is what connection i says to have a message back: Echo of a plain
	// server, or a message to a conversation of its own.
	send(i int) []byte
	// burst is what connection 0 says to have everyone get as many messages.
	burst(size int) [][]byte
	// answers is how many answers each send gets, deliveries apart.
	answers() int
}

// heard is what a message was.
type heard struct {
	ready     bool   // the greeting is answered
	delivered int    // messages of Payload bytes
	answered  int    // sends
	pong      []byte // to be said at once
}

func newDialect(name, role string, n int) (dialect, error) {
	switch {
	case name == servers.Plain:
		return &plain{role: role}, nil
	case name == "centrifuge-json" || name == "centrifuge-protobuf":
		return newCentrifuge(name, role, n), nil
	}
	if codec, ok := chat.CodecFor(name); ok {
		return newThrong(codec, role, n), nil
	}
	return nil, fmt.Errorf("there is no dialect %q", name)
}

// plain is spoken by servers without a protocol of their own.
type plain struct{ role string }

func (*plain) path() string        { return "/" }
func (*plain) subprotocol() string { return "" }
func (*plain) binary() bool        { return false }
func (*plain) answers() int        { return 0 }
func (*plain) send(int) []byte     { return wire.Echo() }

func (d *plain) greet(int) [][]byte {
	if d.role == wire.RoleIdle {
		return [][]byte{wire.Echo()}
	}
	return nil
}

func (*plain) burst(size int) [][]byte { return [][]byte{wire.FanOut(size)} }

func (*plain) hear(_ int, message []byte) (heard, error) {
	if len(message) != wire.Payload {
		return heard{}, fmt.Errorf("a message of %d bytes, %d expected", len(message), wire.Payload)
	}
	return heard{ready: true, delivered: 1}, nil
}
