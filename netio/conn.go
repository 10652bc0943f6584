package netio

import (
	"net/netip"
	"sync"
)

// Conn is one connection. Its methods may be called concurrently and never wait
// for the peer.
//
// 1. The descriptor is only used under mu and while state is below stateClosed,
// or by the poller's callbacks, which have ended before it is closed.
// 2. in is used by the poller's callbacks alone.
// 3. Nothing closes the descriptor inside a callback: shutdown(2) makes the
// poller report a hang-up, and finish, on a goroutine of its own, does the rest.
type Conn struct {
	mu         sync.Mutex
	loop       *loop
	handler    Handler  // nil until an upgrade was accepted
	out        *outbox  // nil while nothing waits
	in         *inbox   // nil while nothing is incomplete
	end        *ending  // nil while no end is in sight
	tls        *tlsLink // nil without TLS; never changes
	fd         int32
	generation uint32 // of the descriptor, for the poller
	state      state
	client     bool
	attached   bool // the descriptor is ours, and the poller knows it
	reading    bool // a callback will flush when it has done
	// window is that of compressed messages to the peer, in bits; 0 where
	// compression was not agreed. It is set before the handler hears Open.
	window uint8
}

// state only grows.
type state uint8

const (
	stateHandshake state = iota // a connect is under way, or a head incomplete
	stateOpen
	stateClosing // a close frame was queued; what the peer says is only searched for its own
	stateFailed  // what the peer says is thrown away
	stateHanded  // another owns the descriptor
	stateClosed
)

// ending is how a connection ends.
type ending struct {
	code   CloseCode
	err    error
	finish bool // shut the writing side as soon as everything was written
	cut    bool // shutdown(2) of both sides was called
}

// Poller is the index of the poller that the connection is on, below
// Config.Pollers.
func (c *Conn) Poller() int { return c.loop.index }

// Queued is how many bytes wait for the peer.
func (c *Conn) Queued() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.out == nil {
		return 0
	}
	return c.out.bytes
}

// RemoteAddr is the peer's address, or the zero AddrPort once that cannot be
// told any more.
func (c *Conn) RemoteAddr() netip.AddrPort {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.attached {
		return netip.AddrPort{}
	}
	return peerName(int(c.fd))
}
