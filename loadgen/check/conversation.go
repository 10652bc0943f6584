package check

import "sync"

// conversation is one conversation's places, and what was said in it.
type conversation struct {
	mu     sync.Mutex
	places []place
	*talk  // nil as long as nothing was
}

// talk is what was said in a conversation.
//
//  1. known = the seqs at which some receiver saw anything; changes and
//     rare.strange are parts of it and have nothing in common: what the first
//     receiver saw there. Where another saw something else, rare.exceptions says so.
//  2. fed = the seqs at which some receiver saw a sound message. The first of them
//     has been shown to the message's sender and stands in the window.
type talk struct {
	senders    []sender
	index      map[Sender]int32 // into senders, once they are many
	acked      set              // the seqs of acknowledged messages
	known      set
	fed        set
	changes    *set
	window     *window
	blocks     map[block]*reference
	receipts   *receipts
	rare       *rare
	deliveries uint64
	epoch      uint32
	begun      bool // epoch is known
}

// place is what one receiver saw. It has 48 bytes, and there may be millions.
type place struct {
	seen    set    // all below first count as seen
	first   uint64 // the first seq that is owed
	live    uint64 // the highest seq pushed on this connection
	digest  uint64 // of what was seen of the block that seen.upTo+1 is in
	online  bool
	offline bool // it is never let back
}

// class is what an entry was to a receiver.
type class uint8

const (
	plain   class = iota // a message, perhaps damaged
	change               // of members
	strange              // a message of nobody, of another run or conversation, or a second copy
)

// rare is what only a conversation with faults has.
type rare struct {
	counts     [figures]int64
	strange    set
	exceptions map[sighting]class
	copies     copies
}

// sighting is one entry at one place.
type sighting struct {
	place uint32
	seq   uint64
}

// maxExceptions bounds, per conversation, the seqs that are a message to one
// receiver and something else to another. Beyond it delivered and recovered count
// such a seq as what it was to the first receiver.
const maxExceptions = 1 << 16

func (v *talk) faults() *rare {
	if v.rare == nil {
		v.rare = new(rare)
	}
	return v.rare
}

// classify remembers what an entry was to a receiver that saw its seq for the first
// time.
func (v *talk) classify(at uint32, seq uint64, c class) {
	if v.known.add(seq, untimed).new {
		switch c {
		case change:
			if v.changes == nil {
				v.changes = new(set)
			}
			v.changes.add(seq, untimed)
		case strange:
			v.faults().strange.add(seq, untimed)
		}
		return
	}
	if c == v.class(seq) {
		return
	}
	r := v.faults()
	if r.exceptions == nil {
		r.exceptions = make(map[sighting]class)
	}
	if len(r.exceptions) < maxExceptions {
		r.exceptions[sighting{at, seq}] = c
	}
}

// class is what a known seq was to the first receiver.
func (v *talk) class(seq uint64) class {
	switch {
	case v.changes != nil && v.changes.has(seq):
		return change
	case v.rare != nil && v.rare.strange.has(seq):
		return strange
	}
	return plain
}

// meet checks the epoch of a position: an embedded log never changes it.
func (v *talk) meet(epoch uint32) bool {
	if !v.begun {
		v.epoch, v.begun = epoch, true
	}
	return epoch == v.epoch
}

// exception is what a seq was to a place, if that differs from class.
func (v *talk) exception(at uint32, seq uint64) (c class, ok bool) {
	if v.rare != nil {
		c, ok = v.rare.exceptions[sighting{at, seq}]
	}
	return c, ok
}
