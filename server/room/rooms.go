// Package room knows who on this node listens to which conversation, and hands
// one encoded frame to all of them.
//
// An event is encoded once for each codec that its listeners speak, and every
// listener's connection queues a reference to the same frame. Connections are
// written to when the publisher flushes, once each, so that everything that
// gathered for one of them leaves in one system call. A room exists while
// someone listens, and costs little more than a pointer for each who does.
package room

import (
	"hash/maphash"
	"sync"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

// Rooms implements conversation.Rooms. Its methods may be called concurrently.
type Rooms struct {
	codecs []chat.Codec
	seed   maphash.Seed
	shards [shards]shard
}

const shards = 256

// shard is a hash table whose buckets are chained through the rooms themselves:
// most rooms are small, and a map would weigh as much as they do.
type shard struct {
	mu      sync.Mutex
	buckets []*room
	count   int
}

// New makes rooms for listeners that speak one of the codecs.
func New(codecs []chat.Codec) *Rooms {
	return &Rooms{codecs: codecs, seed: maphash.MakeSeed()}
}

// Subscribe implements conversation.Rooms. The outbox must be a [Subscriber].
func (r *Rooms) Subscribe(id chat.ConversationID, kind chat.Kind, o conversation.Outbox) *conversation.Topic {
	s, h := r.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.find(id, h)
	if found == nil {
		found = new(room)
		found.Name(id, kind)
		r.insert(s, found, h)
	}
	found.add(listener(o))
	return &found.Topic
}

// Unsubscribe implements conversation.Rooms.
func (r *Rooms) Unsubscribe(t *conversation.Topic, o conversation.Outbox, gone bool) {
	l := listener(o)
	if gone {
		l.gone.Store(true)
	}
	s, h := r.shard(t.ID())
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.find(t.ID(), h)
	if found == nil || &found.Topic != t {
		return // it was dropped, and may be another one by now
	}
	if found.remove(l, gone); found.empty() {
		s.remove(found, h)
	}
}

// Drop implements conversation.Rooms.
func (r *Rooms) Drop(id chat.ConversationID) {
	s, h := r.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.find(id, h); found != nil {
		found.Remove()
		s.remove(found, h)
	}
}

// Len counts the rooms.
func (r *Rooms) Len() (n int) {
	for i := range r.shards {
		s := &r.shards[i]
		s.mu.Lock()
		n += s.count
		s.mu.Unlock()
	}
	return n
}

// listeners takes the room's listeners as they are now, a few of them into a slice
// of the caller's. They may be walked without a lock.
func (r *Rooms) listeners(id chat.ConversationID, into []*Listener) []*Listener {
	s, h := r.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.find(id, h); found != nil {
		return found.list(into)
	}
	return nil
}

func listener(o conversation.Outbox) *Listener { return o.(Subscriber).Listen() }

func (r *Rooms) shard(id chat.ConversationID) (*shard, uint64) {
	h := maphash.String(r.seed, string(id))
	return &r.shards[h%shards], h / shards
}

// insert puts a room into its bucket. The caller holds the shard's lock.
func (r *Rooms) insert(s *shard, one *room, h uint64) {
	if s.count >= len(s.buckets) {
		r.grow(s)
	}
	slot := &s.buckets[h%uint64(len(s.buckets))]
	one.next, *slot = *slot, one
	s.count++
}

func (r *Rooms) grow(s *shard) {
	old := s.buckets
	s.buckets = make([]*room, max(8, 2*len(old)))
	for _, one := range old {
		for one != nil {
			next := one.next
			_, h := r.shard(one.ID())
			slot := &s.buckets[h%uint64(len(s.buckets))]
			one.next, *slot = *slot, one
			one = next
		}
	}
}

func (s *shard) find(id chat.ConversationID, h uint64) *room {
	if len(s.buckets) == 0 {
		return nil
	}
	for one := s.buckets[h%uint64(len(s.buckets))]; one != nil; one = one.next {
		if one.ID() == id {
			return one
		}
	}
	return nil
}

func (s *shard) remove(gone *room, h uint64) {
	at := &s.buckets[h%uint64(len(s.buckets))]
	for *at != gone {
		at = &(*at).next
	}
	*at, gone.next = gone.next, nil
	s.count--
}
