package conversation

import (
	"hash/maphash"
	"sync"

	"github.com/seed886cd727/throng/chat"
)

// Directory knows the sessions of this node by their user. Its methods may be
// called concurrently.
type Directory struct {
	seed   maphash.Seed
	shards [directoryShards]directoryShard
}

const directoryShards = 64

// directoryShard is a hash table whose buckets are chained through the sessions
// themselves: a map would cost each of them three times as much.
type directoryShard struct {
	mu      sync.Mutex
	buckets []*Session
	count   int
}

// NewDirectory makes an empty directory.
func NewDirectory() *Directory { return &Directory{seed: maphash.MakeSeed()} }

func (d *Directory) shard(user chat.UserID) (*directoryShard, uint64) {
	h := maphash.String(d.seed, string(user))
	return &d.shards[h%directoryShards], h / directoryShards
}

// add registers a session and returns the one that it replaces, of the same
// user and device, or nil. The sessions of one user share one allowance.
func (d *Directory) add(c *Session) (replaced *Session) {
	user := c.user()
	s, h := d.shard(user)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count >= len(s.buckets) {
		d.grow(s)
	}
	slot := &s.buckets[h%uint64(len(s.buckets))]
	for at := slot; *at != nil; at = &(*at).next {
		old := *at
		if old.user() != user {
			continue
		}
		c.limit = old.limit
		if old.device() == c.device() {
			replaced = old
			*at, old.next = old.next, nil
			s.count--
			break
		}
	}
	c.next, *slot = *slot, c
	s.count++
	return replaced
}

// remove forgets a session. One that was replaced is no longer known.
func (d *Directory) remove(c *Session) {
	s, h := d.shard(c.user())
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.buckets) == 0 {
		return
	}
	for at := &s.buckets[h%uint64(len(s.buckets))]; *at != nil; at = &(*at).next {
		if *at == c {
			*at, c.next = c.next, nil
			s.count--
			return
		}
	}
}

// of lists a user's sessions.
func (d *Directory) of(user chat.UserID, into []*Session) []*Session {
	s, h := d.shard(user)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.buckets) == 0 {
		return into
	}
	for c := s.buckets[h%uint64(len(s.buckets))]; c != nil; c = c.next {
		if c.user() == user {
			into = append(into, c)
		}
	}
	return into
}

// All calls yield for each session, until it returns false. Sessions that come
// or go meanwhile may be missed. yield runs outside the directory's locks.
func (d *Directory) All(yield func(*Session) bool) {
	var batch []*Session
	for i := range d.shards {
		batch = d.shards[i].list(batch[:0])
		for _, c := range batch {
			if !yield(c) {
				return
			}
		}
	}
}

// Len counts the sessions.
func (d *Directory) Len() (n int) {
	for i := range d.shards {
		s := &d.shards[i]
		s.mu.Lock()
		n += s.count
		s.mu.Unlock()
	}
	return n
}

func (s *directoryShard) list(into []*Session) []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.buckets {
		for ; c != nil; c = c.next {
			into = append(into, c)
		}
	}
	return into
}

// grow doubles the buckets. The caller holds the shard's lock.
func (d *Directory) grow(s *directoryShard) {
	old := s.buckets
	s.buckets = make([]*Session, max(8, 2*len(old)))
	for _, c := range old {
		for c != nil {
			next := c.next
			_, h := d.shard(c.user())
			slot := &s.buckets[h%uint64(len(s.buckets))]
			c.next, *slot = *slot, c
			c = next
		}
	}
}
