package room

import (
	"github.com/seed886cd727/throng/server/conversation"
)

// room is who listens to one conversation. Its shard's lock guards it. Most rooms
// are those of two, so it is 64 bytes with two listeners in it.
type room struct {
	conversation.Topic
	next *room        // in the shard's bucket
	two  [2]*Listener // those who listen, or nil, while there were never more than two at once
	many *crowd       // all of them, from then on
}

// crowd is who listens to a room of more than two.
//
// 1. An element of listeners, once there, is never overwritten: who took the
// slice under the lock may walk it without.
// 2. Of the listeners, dead ones are gone. There are never more of them than of
// the living where there are more than a few.
type crowd struct {
	listeners []*Listener
	dead      int
}

// few is up to how many listeners a room is tidied up at once: the memory of
// small rooms counts, the time of large ones.
const few = 32

func (r *room) add(l *Listener) {
	if r.many == nil {
		for i := range r.two {
			if r.two[i] == nil {
				r.two[i] = l
				return
			}
		}
		r.many = &crowd{listeners: []*Listener{r.two[0], r.two[1]}}
		clear(r.two[:])
	}
	r.many.listeners = append(r.many.listeners, l)
}

// remove takes a listener out. One that is gone may stay until half of them are.
func (r *room) remove(l *Listener, gone bool) {
	for i := range r.two {
		if r.two[i] == l {
			r.two[i] = nil
		}
	}
	if r.many != nil {
		r.many.remove(l, gone)
	}
}

func (r *room) empty() bool {
	return r.two[0] == nil && r.two[1] == nil && (r.many == nil || len(r.many.listeners) == 0)
}

// list gives the listeners, those of a room of two in a slice of the caller's.
func (r *room) list(into []*Listener) []*Listener {
	if r.many != nil {
		return r.many.listeners
	}
	for _, l := range r.two {
		if l != nil {
			into = append(into, l)
		}
	}
	return into
}

func (c *crowd) remove(l *Listener, gone bool) {
	if !gone || len(c.listeners) <= few {
		c.keep(func(other *Listener) bool { return other != l && !other.gone.Load() })
		return
	}
	if c.dead++; c.dead > len(c.listeners)/2 {
		c.keep(func(other *Listener) bool { return !other.gone.Load() })
	}
}

// keep moves those who stay to a new slice, for the sake of whoever walks the
// old one.
func (c *crowd) keep(stays func(*Listener) bool) {
	n := 0
	for _, l := range c.listeners {
		if stays(l) {
			n++
		}
	}
	kept := make([]*Listener, 0, n)
	for _, l := range c.listeners {
		if stays(l) {
			kept = append(kept, l)
		}
	}
	c.listeners, c.dead = kept, 0
}
