package netio

import "sync"

// handshakes runs TLS handshakes of one side, so many at a time: the others wait
// without a goroutine. The two sides have one each, since a client's handshake
// may wait for a server's on the same reactor.
type handshakes struct {
	mu      sync.Mutex
	running int
	waiting []*tlsLink
}

// start runs a handshake, now or when it is its turn.
func (h *handshakes) start(t *tlsLink, most int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.running >= most {
		h.waiting = append(h.waiting, t)
		return
	}
	h.running++
	go func() {
		for ; t != nil; t = h.next() {
			t.handshake()
		}
	}()
}

// next takes who waited longest.
func (h *handshakes) next() *tlsLink {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.waiting) == 0 {
		h.waiting = nil
		h.running--
		return nil
	}
	t := h.waiting[0]
	h.waiting[0] = nil
	h.waiting = h.waiting[1:]
	return t
}

func (h *handshakes) underWay() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return int64(h.running + len(h.waiting))
}
