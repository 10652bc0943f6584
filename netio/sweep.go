package netio

import (
	"time"
)

// tick is how often the sweep looks.
const tick = 50 * time.Millisecond

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
		for _, l := range r.loops {
			for _, one := range l.due.passed(now) {
				one.conn.late(one.what)
			}
		}
		r.lookAtRefused(now)
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
		c.loop.reactor.counts.lateHandshakes.Add(1)
		c.cut(CloseAbnormal, ErrTimeout)
	case what == dueMessage && c.state == stateOpen:
		c.loop.reactor.counts.lateMessages.Add(1)
		c.reject(&ProtocolError{ClosePolicy, "a message was not complete in time"})
	}
}

// lookAtRefused sees to the connections that were refused.
func (r *Reactor) lookAtRefused(now uint32) {
	r.mu.Lock()
	listeners := r.listeners
	r.mu.Unlock()
	for _, l := range listeners {
		for _, s := range l.sockets {
			s.mu.Lock()
			s.refused.look(now)
			s.mu.Unlock()
		}
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
	for fd := from; fd < to; {
		first := fd - fd%chunkSize
		end := min(to, first+chunkSize)
		if ch := r.table.chunk(fd); ch != nil {
			r.listenTo(ch, fd-first, end-first, now, beat)
		}
		fd = end
	}
	return to
}

// listenTo looks at a part of a chunk.
func (r *Reactor) listenTo(ch *chunk, from, to int, now uint32, beat int) {
	late := uint32(beat - beat/8) // it is looked again in an eighth: the ping is out within a heartbeat
	for i := from; i < to; i++ {
		heard := ch.heard[i].Load()
		silent := (now - heard) &^ pinged
		if silent < late {
			continue
		}
		if c := ch.conns[i].Load(); c != nil {
			r.suspect(c, &ch.heard[i], heard, int(silent), beat)
		}
	}
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
		ping := r.ping
		if c.client {
			ping = ping.masked()
		}
		r.counts.pings.Add(1)
		if c.queue(ping) {
			c.flush()
		}
	}
}
