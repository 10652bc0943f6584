package netio

import (
	"errors"
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
	watch   watch
	due     deadlines
	plain   []byte // of TLS; see plainText

	// Written by the loop's goroutine alone.
	bytesIn, messages, pongs atomic.Uint64
	busy                     atomic.Int64 // ns
}

func openLoop(r *Reactor, index int) (*loop, error) {
	p, err := openPoll()
	if err != nil {
		return nil, err
	}
	l := &loop{reactor: r, poll: p, index: index, buffer: make([]byte, readBuffer)}
	if err := l.watch.take(l); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return l, nil
}

func (l *loop) run() { _ = l.poll.Wait() } // it fails when the poller's own descriptor was closed

// register puts a new connection on the poller. Its callbacks may run before
// this returns.
func (l *loop) register(c *Conn, fd int, connecting bool) error {
	c.mu.Lock()
	c.loop, c.fd, c.attached = l, int32(fd), true
	c.mu.Unlock()
	l.reactor.counts.open.Add(1)
	if err := l.add(c, connecting); err != nil {
		l.reactor.table.remove(c)
		l.reactor.counts.open.Add(-1)
		c.mu.Lock()
		c.attached, c.state = false, stateClosed
		c.mu.Unlock()
		l.dropped(c)
		return err
	}
	return nil
}

// plainText is the buffer that records are decrypted into. Only the loop's
// goroutine may ask for it.
func (l *loop) plainText() []byte {
	if l.plain == nil {
		l.plain = make([]byte, plainBuffer)
	}
	return l.plain
}

// spent adds the time of a callback.
func (l *loop) spent(since time.Time) { l.busy.Add(int64(time.Since(since))) }
