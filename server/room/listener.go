package room

import (
	"sync"
	"sync/atomic"

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

// Release queues the frames that were held back, in order. It reports false when
// there were more than the bound, and some are lost.
func (l *Listener) Release() bool {
	h := l.held.Load()
	if h == nil {
		return true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.frames {
		l.Conn.Queue(f)
	}
	h.frames, h.released = nil, true
	l.held.Store(nil)
	return h.bytes <= h.bound
}

// queue hands a frame to the connection, or holds it back.
func (l *Listener) queue(f *netio.Frame) (flush bool) {
	if h := l.held.Load(); h != nil && h.keep(f) {
		return false
	}
	return l.Conn.Queue(f)
}

// hold keeps frames in order. Who finds it released goes on to the connection,
// where by then all that was held is queued.
type hold struct {
	mu       sync.Mutex
	frames   []*netio.Frame
	bytes    int
	bound    int
	released bool
}

func (h *hold) keep(f *netio.Frame) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.released {
		return false
	}
	h.bytes += len(f.Payload())
	if h.bytes <= h.bound {
		h.frames = append(h.frames, f)
	}
	return true
}
