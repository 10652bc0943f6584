package netio

import (
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"
)

// refusal says why a connection was not taken.
type refusal uint8

const (
	admitted           refusal = iota
	refusedFull                // there are as many connections as there may be
	refusedAddress             // the same, of one address
	refusedRate                // too many come at once
	refusedAddressRate         // the same, of one address
	refusedFiles               // there are no files left
	refusals
)

var refusalTexts = [refusals]string{
	refusedFull:        "this node holds all the connections that it may",
	refusedAddress:     "this address has all the connections that it may",
	refusedRate:        "too many are connecting",
	refusedAddressRate: "too many are connecting from this address",
	refusedFiles:       "this node has no room for more connections",
}

// unavailable is the answer to a request that is refused for now. It asks to come
// again after RetryAfter or up to twice as much: those who are refused together
// shall not come back together.
func (r *Reactor) unavailable(why string) []byte {
	after := r.config.RetryAfter
	if after > 0 {
		after += rand.N(after)
	}
	seconds := max(1, int((after+time.Second-1)/time.Second))
	return fmt.Appendf(nil, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: %d\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s\n", seconds, len(why)+1, why)
}

// turnedAway are the connections that one socket refuses: bare descriptors, on no
// poller. Each is answered when its request has come, for a client may take an
// answer to what it has not asked yet for a fault; and it is closed when the
// client has closed, for closing with bytes unread makes the kernel throw the
// answer away. Both are looked for by the sweep. Neither waits for ever, nor do
// more than maxTurnedAway wait.
type turnedAway struct {
	reactor *Reactor
	mute    bool     // of TLS: an answer would cost a handshake, so there is none
	queue   []turned // oldest first
	buffer  [4 << 10]byte
}

type turned struct {
	fd       int
	why      refusal
	until    uint32 // tick
	answered bool
}

const (
	maxTurnedAway = 1024
	turnedWait    = uint32(time.Second / tick) // for the request, and then for the client's end
)

// add takes a connection that is refused.
func (t *turnedAway) add(fd int, why refusal) {
	t.reactor.counts.refused[why].Add(1)
	if len(t.queue) == maxTurnedAway {
		t.end(&t.queue[0])
		t.queue = t.queue[1:]
	}
	one := turned{fd: fd, why: why, until: t.reactor.clock.Load() + turnedWait}
	if !t.over(&one) {
		t.queue = append(t.queue, one)
	}
}

// look sees to all that wait.
func (t *turnedAway) look(now uint32) {
	left := t.queue[:0]
	for i := range t.queue {
		one := &t.queue[i]
		switch {
		case t.over(one):
		case now >= one.until:
			t.end(one)
		default:
			left = append(left, *one)
		}
	}
	if t.queue = left; len(left) == 0 {
		t.queue = nil
	}
}

// over reads what came, and answers. It reports whether the client has closed;
// then this end is closed, too.
func (t *turnedAway) over(one *turned) bool {
	for {
		n, err := recv(one.fd, t.buffer[:])
		switch {
		case n > 0:
			t.answer(one)
			if n < len(t.buffer) {
				return false
			}
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return false
		default:
			_ = unix.Close(one.fd)
			return true
		}
	}
}

func (t *turnedAway) answer(one *turned) {
	if one.answered {
		return
	}
	one.answered, one.until = true, t.reactor.clock.Load()+turnedWait
	if !t.mute {
		_, _ = send(one.fd, t.reactor.unavailable(refusalTexts[one.why])) // it fits into an empty buffer
	}
	_ = unix.Shutdown(one.fd, unix.SHUT_WR)
}

// end waits no longer.
func (t *turnedAway) end(one *turned) {
	if t.over(one) {
		return
	}
	t.answer(one)
	_ = unix.Close(one.fd)
}

// close ends all that wait.
func (t *turnedAway) close() {
	for i := range t.queue {
		t.end(&t.queue[i])
	}
	t.queue = nil
}
