package netio

import (
	"sync/atomic"
	"time"

	"github.com/cloudwego/netpoll"
)

// readBuffer is the size of the buffer that a poller's connections share.
const readBuffer = 64 << 10

// loop is one poller and the goroutine that waits on it.
type loop struct {
	reactor *Reactor
	poll    netpoll.Poll
	index   int
	buffer  []byte

	// Written by the loop's goroutine alone.
	bytesIn, messages, pongs atomic.Uint64
	busy                     atomic.Int64 // ns
}

func openLoop(r *Reactor, index int) (*loop, error) {
	p, err := openPoll()
	if err != nil {
		return nil, err
	}
	return &loop{reactor: r, poll: p, index: index, buffer: make([]byte, readBuffer)}, nil
}

func (l *loop) run() { _ = l.poll.Wait() } // it fails when the poller's own descriptor was closed

// register puts a new connection on the poller. Its callbacks may run before
// this returns.
func (l *loop) register(c *Conn, fd int, interest netpoll.PollEvent) error {
	op := l.poll.Alloc()
	op.FD = fd
	op.OnRead, op.OnWrite, op.OnHup = c.onRead, c.onWrite, c.onHangUp
	c.mu.Lock()
	c.loop, c.op, c.fd = l, op, int32(fd)
	c.mu.Unlock()
	l.reactor.counts.open.Add(1)
	l.reactor.table.put(c)
	if err := op.Control(interest); err != nil {
		l.reactor.table.remove(c)
		l.reactor.counts.open.Add(-1)
		c.mu.Lock()
		c.op, c.state = nil, stateClosed
		c.mu.Unlock()
		op.Free()
		return err
	}
	return nil
}

// spent adds the time of a callback.
func (l *loop) spent(since time.Time) { l.busy.Add(int64(time.Since(since))) }
