package client

import (
	"container/heap"
	"context"
	"math"
	"sync"
	"time"
)

// clock calls sessions at moments that they asked for. One heap serves all of
// them, so that a session that waits for nothing costs nothing.
type clock struct {
	start time.Time // the run's
	mu    sync.Mutex
	queue alarms
	wake  chan struct{} // holds one token when the first alarm has changed
}

// alarm is what shall happen when.
type alarm struct {
	at         time.Duration // since the run's start
	session    *Session
	generation uint32 // of the connection that it is for; others pass it over
	what       alarmKind
	seat       uint32 // of fill, again and read
	seq        uint64 // of read
	epoch      uint32
}

type alarmKind uint8

const (
	redial alarmKind = iota // connect again
	greet                   // give up a connection that is still not usable
	leave                   // close the connection, since the node drains
	drop                    // lose the connection, since an event says so
	fill                    // ask for a hole
	again                   // ask once more for what was missed
	read                    // move the read cursor
)

func newClock(start time.Time) *clock { return &clock{start: start, wake: make(chan struct{}, 1)} }

// now is the time since the run's start.
func (c *clock) now() time.Duration { return time.Since(c.start) }

// set adds an alarm. A moment that is too far off for a time.Duration, as a target
// may ask for, never comes.
func (c *clock) set(a alarm) {
	if a.at < 0 {
		a.at = math.MaxInt64
	}
	c.mu.Lock()
	heap.Push(&c.queue, a)
	first := c.queue[0] == a
	c.mu.Unlock()
	if first {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}

// run fires alarms until ctx is done.
func (c *clock) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		a, wait := c.next()
		if wait == 0 {
			a.session.fire(a)
			continue
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-c.wake:
		case <-timer.C:
		}
	}
}

// next takes the first alarm if it is due; else it says how long that takes.
func (c *clock) next() (a alarm, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return alarm{}, time.Hour
	}
	if wait = c.queue[0].at - c.now(); wait > 0 {
		return alarm{}, wait
	}
	a = heap.Pop(&c.queue).(alarm)
	if len(c.queue) == 0 {
		c.queue = nil // a storm leaves a large one behind
	}
	return a, 0
}

// alarms implements heap.Interface by time.
type alarms []alarm

func (q alarms) Len() int           { return len(q) }
func (q alarms) Less(i, j int) bool { return q[i].at < q[j].at }
func (q alarms) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *alarms) Push(x any)        { *q = append(*q, x.(alarm)) }
func (q *alarms) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
