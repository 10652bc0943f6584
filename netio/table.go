package netio

import "sync/atomic"

// table finds connections by descriptor, and keeps when each was heard in dense
// arrays, so that the sweep touches no connection that is alive. Chunks never
// move: the callbacks write into them while the table grows.
type table struct {
	chunks [maxChunks]atomic.Pointer[chunk]
	top    atomic.Int32 // chunks below it may hold something
}

const (
	chunkSize = 1 << 10
	maxChunks = 4 << 10 // 4 Mi descriptors
)

type chunk struct {
	conns [chunkSize]atomic.Pointer[Conn]
	heard [chunkSize]atomic.Uint32 // tick, with pinged as its highest bit
}

const pinged = 1 << 31

func (t *table) chunk(fd int) *chunk { return t.chunks[fd/chunkSize].Load() }

// at is the connection of a descriptor, or nil.
func (t *table) at(fd int) *Conn {
	if ch := t.chunk(fd); ch != nil {
		return ch.conns[fd%chunkSize].Load()
	}
	return nil
}

func (t *table) put(c *Conn) {
	slot := &t.chunks[int(c.fd)/chunkSize]
	if slot.Load() == nil {
		slot.CompareAndSwap(nil, new(chunk))
	}
	for {
		top := t.top.Load()
		if want := c.fd/chunkSize + 1; top >= want || t.top.CompareAndSwap(top, want) {
			break
		}
	}
	ch, i := slot.Load(), int(c.fd)%chunkSize
	ch.heard[i].Store(c.loop.reactor.clock.Load() &^ pinged)
	ch.conns[i].Store(c)
}

func (t *table) remove(c *Conn) {
	t.chunk(int(c.fd)).conns[int(c.fd)%chunkSize].CompareAndSwap(c, nil)
}

// heard notes a sign of life.
func (t *table) heard(fd int, now uint32) {
	ch := t.chunk(fd)
	if slot := &ch.heard[fd%chunkSize]; slot.Load() != now {
		slot.Store(now &^ pinged)
	}
}

// all yields the connections, each at some moment.
func (t *table) all(yield func(*Conn) bool) {
	for i := range t.chunks[:t.top.Load()] {
		ch := t.chunks[i].Load()
		if ch == nil {
			continue
		}
		for j := range ch.conns {
			if c := ch.conns[j].Load(); c != nil && !yield(c) {
				return
			}
		}
	}
}
