package netio

import (
	"sync"
	"time"
)

// due says what is late when a deadline has passed.
type due uint8

const (
	dueHandshake due = iota // the upgrade
	dueOutbox               // the reading of what waits
	dueClose                // the closing handshake
	dueMessage              // the rest of a frame, or of a fragmented message
	dueHead                 // never: who sent half a head stands here for its bytes
	dues
)

// deadlines are those of a loop's connections; few have one.
//
// All deadlines of one kind take equally long, so each kind is a queue: what is
// late stands at its front, and who sent half of something longest ago does, too.
// The sweep looks at nothing else, however many wait.
type deadlines struct {
	mu     sync.Mutex
	of     map[owner]*deadline
	most   int // that of has held
	queues [dues]queue
}

// owner has at most one deadline of a kind.
type owner struct {
	conn *Conn
	what due
}

type deadline struct {
	owner
	at         uint32 // tick
	bytes      int    // kept of what is incomplete
	prev, next *deadline
}

type queue struct {
	first, last *deadline
	bytes       int
}

// fewDeadlines is how many may have been there for the map to be kept.
const fewDeadlines = 64

// never is a tick that does not come.
const never = ^uint32(0)

// expect sets the connection's deadline of a kind, anew if it has one.
func (c *Conn) expect(within time.Duration, what due) {
	c.loop.due.set(owner{c, what}, c.loop.reactor.clock.Load()+uint32(within/tick)+1)
}

func (d *deadlines) set(o owner, at uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if old := d.of[o]; old != nil {
		d.drop(old)
	}
	if d.of == nil {
		d.of = make(map[owner]*deadline)
	}
	one := &deadline{owner: o, at: at}
	d.of[o] = one
	d.most = max(d.most, len(d.of))
	d.queues[o.what].push(one)
}

// forget drops the connection's deadline of a kind.
func (d *deadlines) forget(c *Conn, what due) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if one := d.of[owner{c, what}]; one != nil {
		d.drop(one)
	}
}

// forgetAll drops all that the connection has.
func (d *deadlines) forgetAll(c *Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for what := range dues {
		if one := d.of[owner{c, what}]; one != nil {
			d.drop(one)
		}
	}
}

// drop needs mu.
func (d *deadlines) drop(one *deadline) {
	d.queues[one.what].remove(one)
	delete(d.of, one.owner)
	if len(d.of) == 0 && d.most > fewDeadlines {
		d.of, d.most = nil, 0 // a map never shrinks
	}
}

// passed takes out what is late.
func (d *deadlines) passed(now uint32) (late []owner) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for what := range d.queues {
		for one := d.queues[what].first; one != nil && now >= one.at; one = d.queues[what].first {
			late = append(late, one.owner)
			d.drop(one)
		}
	}
	return late
}

// weigh notes how many bytes are kept for a connection. While all of its kind
// together are beyond the bound it takes out those who wait longest, and gives
// them.
func (d *deadlines) weigh(o owner, bytes, bound int) (excess []*Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	one, q := d.of[o], &d.queues[o.what]
	if one == nil {
		return nil // it is late already
	}
	q.bytes += bytes - one.bytes
	one.bytes = bytes
	for q.bytes > bound {
		excess = append(excess, q.first.conn)
		d.drop(q.first)
	}
	return excess
}

func (q *queue) push(one *deadline) {
	one.prev = q.last
	if q.last == nil {
		q.first = one
	} else {
		q.last.next = one
	}
	q.last = one
}

func (q *queue) remove(one *deadline) {
	if one.prev == nil {
		q.first = one.next
	} else {
		one.prev.next = one.next
	}
	if one.next == nil {
		q.last = one.prev
	} else {
		one.next.prev = one.prev
	}
	q.bytes -= one.bytes
}
