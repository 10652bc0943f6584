package netio

import (
	"net/netip"
	"sync"

	"github.com/gobwas/ws"
)

// inbox keeps what is incomplete: a head, a frame, a fragmented message.
type inbox struct {
	partial  []byte // of a head or a frame
	message  []byte // fragments so far
	text     int    // bytes of message that are known to be UTF-8
	op       ws.OpCode
	fragment bool // a fragmented message is under way
	packed   bool // it is compressed
	weighed  bool // the loop's deadlines know of what is incomplete, under what
	renewed  bool // a message was completed since
	what     due
	dial     *dialing
	listener *Listener
	remote   netip.AddrPort // of a handshake
	handed   []byte         // what was read of a request that another is to answer
	unsent   []byte         // of TLS, before that
}

// heads holds inboxes of small buffers, inboxes those of larger ones: whoever
// connects and sends half a head must not tie up what a large message left.
var (
	heads   = sync.Pool{New: func() any { return new(inbox) }}
	inboxes = sync.Pool{New: func() any { return new(inbox) }}
)

// keepHead and keepInbox are the largest buffers that go back to the pools, in
// bytes.
const (
	keepHead  = 1 << 10
	keepInbox = 64 << 10
)

func (c *Conn) inbox() *inbox {
	if c.in == nil {
		c.in = inboxes.Get().(*inbox)
	}
	return c.in
}

func (in *inbox) size() int { return cap(in.partial) + cap(in.message) }

func (in *inbox) incomplete() bool { return len(in.partial) > 0 || in.fragment }

// tidy gives the inbox back if nothing is incomplete, and has it weighed if
// something is. It is called by the poller.
func (c *Conn) tidy() {
	in := c.in
	if in == nil {
		return
	}
	c.weigh()
	if !in.incomplete() && in.dial == nil && in.listener == nil {
		c.dropInbox()
	}
}

func (c *Conn) dropInbox() {
	in := c.in
	c.in = nil
	if in == nil {
		return
	}
	pool := &inboxes
	switch size := in.size(); {
	case size > keepInbox:
		return
	case size <= keepHead:
		pool = &heads
	}
	*in = inbox{partial: in.partial[:0], message: in.message[:0]}
	pool.Put(in)
}

// weigh sees to the deadline of what is incomplete, and to the bound on all that
// is. Half a head has its deadline since the accept.
func (c *Conn) weigh() {
	in, l := c.in, c.loop
	what, bound := dueMessage, l.reactor.config.PartialBytes
	if in.listener != nil || in.dial != nil {
		what, bound = dueHead, l.reactor.config.HeadBytes
	}
	if in.weighed && (!in.incomplete() || in.renewed || in.what != what) {
		l.due.forget(c, in.what)
		in.weighed = false
	}
	in.renewed = false
	if !in.incomplete() {
		return
	}
	if !in.weighed {
		in.weighed, in.what = true, what
		if what == dueHead {
			l.due.set(owner{c, what}, never)
		} else {
			c.expect(l.reactor.config.MessageTimeout, what)
		}
	}
	for _, oldest := range l.due.weigh(owner{c, what}, in.size(), bound/l.reactor.config.Pollers) {
		oldest.evict()
	}
}

// evict ends a connection that takes too long to complete what it began, for
// want of room. It is called by its own poller.
func (c *Conn) evict() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state >= stateFailed {
		return
	}
	c.loop.reactor.counts.evicted.Add(1)
	c.in.partial, c.in.message, c.in.fragment = nil, nil, false // finish is kept out by mu
	switch {
	case c.state != stateHandshake:
		c.reject(&ProtocolError{CloseTryLater, "too much is incomplete here; send again"})
	case c.client:
		c.cut(CloseAbnormal, &DialError{Stage: StageUpgrade, Err: errEvicted})
	default:
		c.queue(&Frame{wire: c.loop.reactor.unavailable("too many requests are incomplete here")})
		c.ends(CloseTryLater, errEvicted)
		c.linger()
	}
}
