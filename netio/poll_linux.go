package netio

import (
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// watch is how a loop knows its connections. netpoll's own way, an FDOperator
// and three closures for each, is 170 bytes and four objects. Here an event
// carries the connection's descriptor and generation, by which the table finds
// it: nothing more is kept. netpoll waits, wakes and ends as before, and its own
// handler still gets the events of listeners and of the wake-up.
//
// 1. Ours are the events whose highest bit is set: netpoll puts a pointer there,
// or under the race detector a descriptor.
// 2. A generation is used once in 2^31, so an event that came in one batch with
// the end of its connection finds nobody, also when its descriptor is taken again.
// 3. handle runs on the loop's goroutine. After a hang-up a connection is off the
// poller, so no callback of it runs any more.
type watch struct {
	epoll       int // the poller's descriptor
	rest        func([]unix.EpollEvent) bool
	generations atomic.Uint32
	ended       []*Conn // of the batch at hand
}

// ours marks an event of a connection.
const ours = 1 << 31

// take puts the loop's handler before the poller's.
func (w *watch) take(l *loop) error {
	p := reflect.ValueOf(l.poll).Elem()
	handler, fd := p.FieldByName("Handler"), p.FieldByName("fd")
	switch {
	case !handler.IsValid() || !handler.CanSet() || handler.Kind() != reflect.Func || !fd.IsValid() || !fd.CanInt():
		return errors.New("netpoll's poller has another shape than this program was built for")
	case !takesEvents(handler.Type()):
		return fmt.Errorf("netpoll's handler is a %v", handler.Type())
	}
	w.epoll = int(fd.Int())
	at := (*func([]unix.EpollEvent) bool)(handler.Addr().UnsafePointer())
	w.rest, *at = *at, l.handle
	return nil
}

// takesEvents reports whether a handler takes what the kernel's epoll_event is.
func takesEvents(t reflect.Type) bool {
	return t.NumIn() == 1 && t.NumOut() == 1 && t.Out(0).Kind() == reflect.Bool &&
		t.In(0).Kind() == reflect.Slice && t.In(0).Elem().Size() == unsafe.Sizeof(unix.EpollEvent{})
}

// handle takes what one wait has brought. It reports true when the poller ends.
func (l *loop) handle(events []unix.EpollEvent) (closed bool) {
	for i := range events {
		e := &events[i]
		if uint32(e.Pad)&ours == 0 {
			if l.watch.rest(events[i : i+1]) {
				return true
			}
			continue
		}
		if c := l.reactor.table.at(int(e.Fd)); c != nil && c.generation == uint32(e.Pad)&^ours {
			l.happened(c, e.Events)
		}
	}
	if len(l.watch.ended) > 0 {
		go finish(l.watch.ended)
		l.watch.ended = nil
	}
	return false
}

// happened calls back. What came before a hang-up is read first.
func (l *loop) happened(c *Conn, events uint32) {
	if events&unix.EPOLLIN != 0 {
		c.onRead()
	}
	hangUp := events&(unix.EPOLLHUP|unix.EPOLLRDHUP|unix.EPOLLERR) != 0
	if events&unix.EPOLLOUT != 0 && !hangUp && !c.handed() {
		c.onWrite()
	}
	switch {
	case c.handed():
		go c.leave() // the descriptor is another's from now on
	case hangUp && l.drop(c):
		l.watch.ended = append(l.watch.ended, c)
	}
}

func finish(ended []*Conn) {
	for _, c := range ended {
		c.hangUp()
	}
}

// add puts a connection on the poller: for reading, or until its connect has come
// to something.
func (l *loop) add(c *Conn, connecting bool) error {
	c.generation = l.watch.generations.Add(1) &^ ours
	interest := uint32(unix.EPOLLIN)
	if connecting {
		interest = unix.EPOLLOUT | unix.EPOLLET
	}
	l.reactor.table.put(c)
	return l.control(unix.EPOLL_CTL_ADD, c, interest)
}

// watchWrites has the poller say when the peer takes more, or no longer. It fails
// only for a connection that hangs up already. The caller holds c.mu.
func (l *loop) watchWrites(c *Conn, on bool) {
	interest := uint32(unix.EPOLLIN)
	if on {
		interest |= unix.EPOLLOUT
	}
	_ = l.control(unix.EPOLL_CTL_MOD, c, interest)
}

// drop takes a connection off the poller, and reports false if it was off.
func (l *loop) drop(c *Conn) bool { return l.control(unix.EPOLL_CTL_DEL, c, 0) == nil }

// dropped waits until no callback of a connection that is off the poller runs.
func (l *loop) dropped(*Conn) {}

func (l *loop) control(op int, c *Conn, interest uint32) error {
	e := unix.EpollEvent{Events: interest | unix.EPOLLRDHUP | unix.EPOLLERR, Fd: c.fd, Pad: int32(c.generation | ours)}
	return unix.EpollCtl(l.watch.epoll, op, int(c.fd), &e)
}
