package conversation

import (
	"sync"
	"time"
)

// job is work that may touch the disk. A turn of it is bounded; with again it
// gets another one, behind those that wait, after the pause.
type job interface {
	turn(*scratch) (again bool, pause time.Duration)
}

// workers takes jobs in turn, first come first served, on a few goroutines. Its
// methods may be called concurrently.
//
// 1. At most bound jobs are under way: waiting, paused or being worked on.
// 2. The ring holds those that wait, from head on.
type workers struct {
	mu     sync.Mutex
	wake   *sync.Cond
	ring   []job
	head   int
	count  int
	taken  int // jobs under way
	bound  int
	closed bool
	wg     sync.WaitGroup
}

func newWorkers(n, bound int) *workers {
	w := &workers{bound: bound}
	w.wake = sync.NewCond(&w.mu)
	for range n {
		w.wg.Go(w.work)
	}
	return w
}

// do takes a job, or reports false when too many are under way.
func (w *workers) do(j job) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.taken >= w.bound {
		return false
	}
	w.taken++
	w.push(j)
	return true
}

func (w *workers) waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.taken
}

func (w *workers) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.wake.Broadcast()
	w.wg.Wait()
}

func (w *workers) work() {
	var t scratch
	for {
		j, ok := w.pop()
		if !ok {
			return
		}
		again, pause := j.turn(&t)
		switch {
		case !again:
			w.done()
		case pause > 0:
			time.AfterFunc(pause, func() { w.again(j) })
		default:
			w.again(j)
		}
	}
}

func (w *workers) again(j job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.push(j)
}

func (w *workers) done() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.taken--
}

// push appends to the ring. The caller holds the lock.
func (w *workers) push(j job) {
	if w.count == len(w.ring) {
		grown := make([]job, max(64, 2*len(w.ring)))
		n := copy(grown, w.ring[w.head:])
		copy(grown[n:], w.ring[:w.head])
		w.ring, w.head = grown, 0
	}
	w.ring[(w.head+w.count)%len(w.ring)] = j
	w.count++
	w.wake.Signal()
}

// pop waits for a job. It gives the ring back once a storm is over.
func (w *workers) pop() (job, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.count == 0 && !w.closed {
		w.wake.Wait()
	}
	if w.closed {
		return nil, false
	}
	j := w.ring[w.head]
	w.ring[w.head] = nil
	w.head = (w.head + 1) % len(w.ring)
	w.count--
	if w.count == 0 && len(w.ring) > 1024 {
		w.ring, w.head = nil, 0
	}
	return j, true
}
