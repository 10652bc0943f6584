package netio

import (
	"sync"
	"time"

	"github.com/gobwas/ws"
)

// tick is how often the sweep looks.
const tick = 50 * time.Millisecond

// due says what is late when a deadline has passed.
type due uint8

const (
	dueHandshake due = iota // the upgrade
	dueOutbox               // the reading of what waits
	dueClose                // the closing handshake
)

// deadlines are those of the few connections that have one.
type deadlines struct {
	mu    sync.Mutex
	conns map[*Conn]deadline
}

type deadline struct {
	at   uint32 // tick
	what due
}

// expect sets the connection's one deadline.
func (c *Conn) expect(within time.Duration, what due) {
	r := c.loop.reactor
	d := &r.due
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conns == nil {
		d.conns = make(map[*Conn]deadline)
	}
	d.conns[c] = deadline{r.clock.Load() + uint32(within/tick) + 1, what}
}

func (d *deadlines) forget(c *Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.conns, c)
	if len(d.conns) == 0 {
		d.conns = nil // a map never shrinks
	}
}

func (d *deadlines) passed(now uint32) (late map[*Conn]due) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c, one := range d.conns {
		if now >= one.at {
			if late == nil {
				late = make(map[*Conn]due)
			}
			late[c] = one.what
			delete(d.conns, c)
		}
	}
	return late
}

// sweep runs the reactor's clock, and looks for what is late and for who is
// silent. The clock counts rounds of the sweep, not time: a process that was
// stopped or starved does not find all its peers dead when it wakes up.
func (r *Reactor) sweep() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var at int
	for {
		select {
		case <-r.stop:
			return
		case <-ticker.C:
		}
		now := r.clock.Add(1) &^ pinged
		for c, what := range r.due.passed(now) {
			c.late(what)
		}
		if r.config.Heartbeat > 0 {
			at = r.listen(at, now)
		}
	}
}

// late acts on a deadline that has passed.
func (c *Conn) late(what due) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case what == dueOutbox && c.state == stateOpen && c.out != nil && c.out.mark > 0:
		c.giveUp()
	case what == dueClose:
		c.cut(CloseAbnormal, ErrTimeout)
	case what == dueHandshake && c.state == stateHandshake:
		c.cut(CloseAbnormal, ErrTimeout)
	}
}

// listen looks at the part of the table whose turn it is: all of it eight times
// a heartbeat. It returns where to go on.
func (r *Reactor) listen(from int, now uint32) int {
	size := int(r.table.top.Load()) * chunkSize
	beat := int(r.config.Heartbeat / tick)
	if from >= size {
		from = 0
	}
	to := min(size, from+size*8/beat+1)
	for fd := from; fd < to; fd++ {
		ch := r.table.chunk(fd)
		if ch == nil {
			fd += chunkSize - 1
			continue
		}
		heard := ch.heard[fd%chunkSize].Load()
		silent := int((now - heard) &^ pinged)
		if silent >= beat*3/4 {
			if c := ch.conns[fd%chunkSize].Load(); c != nil {
				r.suspect(c, &ch.heard[fd%chunkSize], heard, silent, beat)
			}
		}
	}
	return to
}

// suspect pings a silent connection once, and closes it when that was in vain.
func (r *Reactor) suspect(c *Conn, slot interface {
	CompareAndSwap(old, new uint32) bool
}, heard uint32, silent, beat int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != stateOpen {
		return
	}
	if silent >= 2*beat-beat/8 {
		r.counts.dead.Add(1)
		c.ends(r.config.DeadCode, ErrDead)
		c.queueClose(r.config.DeadCode, "silent for two heartbeats")
		c.flush()
		c.cut(r.config.DeadCode, ErrDead)
		return
	}
	if heard&pinged == 0 && slot.CompareAndSwap(heard, heard|pinged) {
		ping := newFrame(ws.OpPing, nil)
		if c.client {
			ping = ping.masked()
		}
		r.counts.pings.Add(1)
		if c.queue(ping) {
			c.flush()
		}
	}
}
