package netio

import (
	"sync"

	"github.com/cloudwego/netpoll"
)

// watch is how a loop knows its connections: each has an FDOperator of netpoll's,
// as kqueue's poller has no handler that can be taken over.
type watch struct {
	mu  sync.Mutex
	ops map[*Conn]*netpoll.FDOperator
}

func (w *watch) take(*loop) error {
	w.ops = make(map[*Conn]*netpoll.FDOperator)
	return nil
}

func (w *watch) op(c *Conn) *netpoll.FDOperator {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ops[c]
}

// add puts a connection on the poller: for reading, or until its connect has come
// to something.
func (l *loop) add(c *Conn, connecting bool) error {
	op := l.poll.Alloc()
	op.FD = int(c.fd)
	op.OnRead = callback(c, c.onRead)
	op.OnWrite = callback(c, c.onWrite)
	op.OnHup = func(netpoll.Poll) error { c.hangUp(); return nil }
	l.watch.mu.Lock()
	l.watch.ops[c] = op
	l.watch.mu.Unlock()
	l.reactor.table.put(c)
	if connecting {
		return op.Control(netpoll.PollWritable)
	}
	return op.Control(netpoll.PollReadable)
}

// callback is one of a connection's, after which it may have been handed over.
func callback(c *Conn, do func()) func(netpoll.Poll) error {
	return func(netpoll.Poll) error {
		if do(); c.handed() {
			go c.leave()
		}
		return nil
	}
}

// watchWrites has the poller say when the peer takes more, or no longer. The
// caller holds c.mu.
func (l *loop) watchWrites(c *Conn, on bool) {
	event := netpoll.PollRW2R
	if on {
		event = netpoll.PollR2RW
	}
	if op := l.watch.op(c); op != nil {
		_ = op.Control(event) // fails only for a descriptor that hangs up already
	}
}

// drop takes a connection off the poller, and reports false if it was off.
func (l *loop) drop(c *Conn) bool {
	op := l.watch.op(c)
	return op != nil && op.Control(netpoll.PollDetach) == nil
}

// dropped waits until no callback of a connection that is off the poller runs.
func (l *loop) dropped(c *Conn) {
	if op := l.watch.op(c); op != nil {
		l.watch.mu.Lock()
		delete(l.watch.ops, c)
		l.watch.mu.Unlock()
		op.Free()
	}
}
