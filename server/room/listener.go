package room

import (
	"sync"
	"sync/atomic"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
)

// Conn is a connection as rooms see it. Its methods may be called concurrently
// and never wait for the peer.
type Conn interface {
	// Queue appends a frame to what waits for the peer. It reports whether the
	// caller must see to a Flush.
	Queue(*netio.Frame) (flush bool)
	// Flush writes what waits.
	Flush()
}

// Listener is one connection's place in rooms. It is embedded in whatever
// subscribes, so that a room needs one pointer for each listener.
type Listener struct {
	Conn  Conn
	Codec uint8 // index in the codecs that the Rooms were made with

	gone atomic.Bool
	held atomic.Pointer[hold]
}

// Listen gives the listener itself: it makes what embeds it a [Subscriber].
func (l *Listener) Listen() *Listener { return l }

// Subscriber is what an outbox must be to be subscribed.
type Subscriber interface{ Listen() *Listener }

// Hold keeps frames back until Release. bound is in bytes.
func (l *Listener) Hold(bound int) { l.held.Store(&hold{bound: bound}) }

// Release queues the frames that were held back, in order, without those of
// entries that the client was told of otherwise. It reports false when there were
// more than the bound, and some are lost.
func (l *Listener) Release(told func(chat.ConversationID, chat.Position) bool) bool {
	h := l.held.Load()
	if h == nil {
		return true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.frames {
		if f.at == (chat.Position{}) || !told(f.conversation, f.at) {
			l.Conn.Queue(f.Frame)
		}
	}
	h.frames, h.released = nil, true
	l.held.Store(nil)
	return h.bytes <= h.bound
}

// queue hands an event's frame to the connection, or holds it back.
func (l *Listener) queue(f *netio.Frame, e chat.Event) (flush bool) {
	if h := l.held.Load(); h != nil && h.keep(f, e) {
		return false
	}
	return l.Conn.Queue(f)
}

// hold keeps frames in order. Who finds it released goes on to the connection,
// where by then all that was held is queued.
type hold struct {
	mu       sync.Mutex
	frames   []heldFrame
	bytes    int
	bound    int
	released bool
}

// heldFrame is a frame and the entry that it tells, if it tells one.
type heldFrame struct {
	*netio.Frame
	conversation chat.ConversationID
	at           chat.Position
}

func (h *hold) keep(f *netio.Frame, e chat.Event) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.released {
		return false
	}
	h.bytes += len(f.Payload())
	if h.bytes <= h.bound {
		one := heldFrame{Frame: f}
		switch e := e.(type) {
		case *chat.Message:
			one.conversation, one.at = e.Conversation, e.At
		case *chat.Member:
			one.conversation, one.at = e.Conversation, e.At
		}
		h.frames = append(h.frames, one)
	}
	return true
}
