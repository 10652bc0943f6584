package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

// Log implements conversation.Log. Its methods may be called concurrently.
type Log struct {
	config    Config
	db        *pebble.DB
	cache     *pebble.Cache
	committed conversation.Committed

	commits sync.Mutex // held while a batch is judged and committed
	failed  error      // under commits: the first commit that failed; nothing is taken after it
	recall  recall     // under commits
	states  *states

	mu      sync.Mutex
	waiting []*conversation.Write
	bytes   int
	closed  bool
	wake    chan struct{} // holds one: something waits, or the log was closed
	ended   chan struct{}
	broken  atomic.Pointer[error]

	files   sync.RWMutex // held to write while the database closes: it panics when asked for its metrics then
	gone    bool
	trimmed atomic.Uint64 // bytes that Trim wrote to files

	stats counters
}

type counters struct {
	appends, duplicates, refused, batches, writes, bytes atomic.Uint64
	commitTime                                           atomic.Int64
}

// maxBatch bounds what one commit takes.
const maxBatch = 4096

// Submit implements conversation.Log.
func (l *Log) Submit(writes ...*conversation.Write) error {
	size := 0
	for _, w := range writes {
		size += len(w.Body)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return conversation.ErrClosed
	}
	if len(l.waiting)+len(writes) > l.config.QueueWrites || l.bytes+size > l.config.QueueBytes {
		return conversation.ErrOverloaded
	}
	l.waiting = append(l.waiting, writes...)
	l.bytes += size
	l.signal()
	return nil
}

func (l *Log) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// idle is after what time without writes the committer gives memory back.
const idle = 5 * time.Second

// run is the committer.
func (l *Log) run() {
	defer close(l.ended)
	rest := time.NewTimer(idle)
	defer rest.Stop()
	for {
		select {
		case <-l.wake:
		case <-rest.C:
			l.rest()
			rest.Reset(idle)
			continue
		}
		for {
			writes, closed := l.next()
			if len(writes) == 0 && closed {
				return
			}
			if len(writes) == 0 {
				break
			}
			l.commit(writes)
			l.committed(writes)
		}
		rest.Reset(idle)
	}
}

// rest is what an idle log does.
func (l *Log) rest() {
	l.commits.Lock()
	defer l.commits.Unlock()
	l.recall.forget()
	l.states.forget()
}

// next takes what waits.
func (l *Log) next() (writes []*conversation.Write, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.waiting), maxBatch)
	writes = slices.Clone(l.waiting[:n])
	if l.waiting = l.waiting[n:]; len(l.waiting) == 0 {
		l.waiting = nil
	}
	for _, w := range writes {
		l.bytes -= len(w.Body)
	}
	return writes, l.closed
}

// commit judges and stores a batch; what became of each write stands in it.
func (l *Log) commit(writes []*conversation.Write) {
	err := l.change(func(b *batch) error {
		for _, w := range writes {
			if err := b.take(w); err != nil {
				return err
			}
		}
		return nil
	})
	for _, w := range writes {
		if err != nil {
			w.Err = err
		}
		switch {
		case w.Err != nil:
			l.stats.refused.Add(1)
		case w.Duplicate:
			l.stats.duplicates.Add(1)
		case w.Verb <= conversation.Leave:
			l.stats.appends.Add(1)
		}
	}
}

// change commits what fill puts into a batch. Once a commit has failed nobody
// knows what the disk holds: from then on everything fails.
func (l *Log) change(fill func(*batch) error) error {
	l.commits.Lock()
	defer l.commits.Unlock()
	if l.failed != nil {
		return l.failed
	}
	b := l.newBatch()
	if err := fill(b); err != nil {
		return errors.Join(err, b.b.Close())
	}
	if b.b.Empty() {
		return b.b.Close()
	}
	n, size, start := b.b.Count(), b.b.Len(), time.Now()
	if err := b.b.Commit(l.config.sync()); err != nil {
		l.failed = fmt.Errorf("the log takes no more writes, restart the server: %w", err)
		l.broken.Store(&l.failed)
		return l.failed
	}
	if b.removes {
		l.recall.forget()
	} else {
		l.recall.learn(b.own)
	}
	l.states.learn(b.own)
	l.stats.commitTime.Add(int64(time.Since(start)))
	l.stats.batches.Add(1)
	l.stats.writes.Add(uint64(n))
	l.stats.bytes.Add(uint64(size))
	return b.b.Close()
}

// Healthy is nil while the log takes writes.
func (l *Log) Healthy() error {
	if err := l.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// Stats implements conversation.Log.
func (l *Log) Stats() conversation.LogStats {
	l.mu.Lock()
	queued := len(l.waiting)
	l.mu.Unlock()
	n := &l.stats
	return conversation.LogStats{
		Appends: n.appends.Load(), Duplicates: n.duplicates.Load(), Refused: n.refused.Load(), Batches: n.batches.Load(),
		StoreWrites: n.writes.Load(), LogicalBytes: n.bytes.Load(), StoreBytes: l.written(), Queued: queued, FsyncSeconds: time.Duration(n.commitTime.Load()).Seconds(),
	}
}

// written is what Pebble wrote to its files, except for Trim.
func (l *Log) written() uint64 {
	l.files.RLock()
	defer l.files.RUnlock()
	if l.gone {
		return 0
	}
	return l.toFiles() - l.trimmed.Load()
}

// toFiles is all that Pebble wrote to its files. It needs files.
func (l *Log) toFiles() uint64 {
	m := l.db.Metrics()
	n := m.WAL.BytesWritten
	for i := range m.Levels {
		v := &m.Levels[i]
		n += v.TableBytesFlushed + v.TableBytesCompacted + v.BlobBytesFlushed + v.BlobBytesCompacted
	}
	return n
}

// Close implements conversation.Log.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	l.signal()
	l.mu.Unlock()
	<-l.ended
	l.commits.Lock()
	defer l.commits.Unlock()
	l.failed = conversation.ErrClosed
	l.files.Lock()
	defer l.files.Unlock()
	l.gone = true
	err := l.db.Close()
	l.cache.Unref()
	return err
}

// Provision implements conversation.Log.
func (l *Log) Provision(ctx context.Context, specs []conversation.Spec) (created, existing int, err error) {
	defer l.signal() // the committer is to rest after this, too
	err = l.change(func(b *batch) error {
		for _, s := range specs {
			if err := ctx.Err(); err != nil {
				return err
			}
			made, err := b.provision(s)
			if err != nil {
				return fmt.Errorf("conversation %q: %w", s.ID, err)
			}
			if made {
				created++
			} else {
				existing++
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	return created, existing, nil
}

func (b *batch) provision(s conversation.Spec) (made bool, err error) {
	old, err := b.state(s.ID)
	if err == nil {
		return false, b.same(s, old)
	}
	if !errors.Is(err, conversation.ErrNotFound) {
		return false, err
	}
	members := slices.Compact(slices.Sorted(slices.Values(s.Members)))
	for _, u := range members {
		if err := b.enrol(s.ID, u, 1); err != nil {
			return false, err
		}
	}
	state := conversation.State{Kind: s.Kind, Head: chat.Position{Epoch: 1}, First: 1, Members: len(members)}
	return true, b.set(convKey(keyState, s.ID), stateValue(state))
}

// same is nil if a conversation is what was asked for.
func (b *batch) same(s conversation.Spec, old conversation.State) error {
	members := slices.Compact(slices.Sorted(slices.Values(s.Members)))
	if old.Kind != s.Kind || old.Members != len(members) {
		return conversation.ErrConflict
	}
	for _, u := range members {
		v, err := b.get(memberKey(keyMembers, s.ID, u))
		if err != nil {
			return err
		}
		if v == nil {
			return conversation.ErrConflict
		}
	}
	return nil
}

// Remove implements conversation.Log.
func (l *Log) Remove(ctx context.Context, ids []chat.ConversationID) (removed int, err error) {
	err = l.change(func(b *batch) error {
		for _, id := range ids {
			if err := ctx.Err(); err != nil {
				return err
			}
			switch _, err := b.state(id); {
			case errors.Is(err, conversation.ErrNotFound):
				continue
			case err != nil:
				return err
			}
			if err := b.remove(id); err != nil {
				return err
			}
			removed++
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}

func (b *batch) remove(id chat.ConversationID) error {
	err := scan(b.db, convKey(keyMembers, id), func(rest, _ []byte) error {
		user, _, err := cutID(rest)
		if err != nil {
			return err
		}
		return b.forgetMember(chat.UserID(user), id)
	})
	if err != nil {
		return err
	}
	b.own[string(convKey(keyState, id))], b.removes = nil, true
	for _, kind := range []byte{keyMembers, keyTable, keyMessage, keyRef, keyState} {
		r := convKeyRange(convKey(kind, id))
		if err := b.b.DeleteRange(r[0], r[1], nil); err != nil {
			return err
		}
	}
	return nil
}

// forgetMember removes what is kept of a member under the user's name. Cursors
// are deleted one by one: a range for each member would burden every later read.
func (b *batch) forgetMember(u chat.UserID, id chat.ConversationID) error {
	device := userKey(u, ofDelivered, id)
	err := scan(b.db, device, func(rest, _ []byte) error {
		return b.b.Delete(append(device[:len(device):len(device)], rest...), nil)
	})
	return errors.Join(err, b.b.Delete(userKey(u, ofMembership, id), nil), b.b.Delete(userKey(u, ofRead, id), nil))
}
