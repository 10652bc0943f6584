package room

import (
	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

// room is who listens to one conversation. Its shard's lock guards it.
//
// 1. An element of listeners, once there, is never overwritten: who took the
// slice under the lock may walk it without.
// 2. Of the listeners, dead ones are gone. There are never more of them than of
// the living where there are more than a few.
type room struct {
	conversation.Topic
	dead      uint32
	listeners []*Listener
	next      *room // in the shard's bucket
}

// few is up to how many listeners a room is tidied up at once: the memory of
// small rooms counts, the time of large ones.
const few = 32

func (r *room) add(l *Listener) {
	if r.listeners == nil && r.Kind == chat.Direct {
		r.listeners = make([]*Listener, 0, 2)
	}
	r.listeners = append(r.listeners, l)
}

// remove takes a listener out. One that is gone may stay until half of them are.
func (r *room) remove(l *Listener, gone bool) {
	if !gone || len(r.listeners) <= few {
		r.keep(func(other *Listener) bool { return other != l && !other.gone.Load() })
		return
	}
	if r.dead++; int(r.dead) > len(r.listeners)/2 {
		r.keep(func(other *Listener) bool { return !other.gone.Load() })
	}
}

// keep moves those who stay to a new slice, for the sake of whoever walks the
// old one.
func (r *room) keep(stays func(*Listener) bool) {
	n := 0
	for _, l := range r.listeners {
		if stays(l) {
			n++
		}
	}
	kept := make([]*Listener, 0, n)
	for _, l := range r.listeners {
		if stays(l) {
			kept = append(kept, l)
		}
	}
	r.listeners, r.dead = kept, 0
}
