package check

import "math/bits"

// window remembers which messages the newest seqs of a conversation carry. It is a
// ring that is no longer than the conversation needs.
type window struct {
	entries  []entry // of seq at seq modulo their number, a power of two; empty outside low to top
	low, top uint64
}

// entry is the message that a seq carries, as a sender or a receiver says. It has
// 12 bytes.
type entry struct {
	user, counter uint32
	device        uint8
	state         entryState
}

type entryState uint8

const (
	acked   entryState = 1 << iota // the sender was told that it is this one
	arrived                        // a receiver saw that it is this one
	second                         // it is a later copy of a message of another seq
)

func (e *entry) sender() Sender { return Sender{e.user, e.device} }

func (e *entry) is(s Sender, counter uint32) bool { return e.sender() == s && e.counter == counter }

func (e *entry) set(s Sender, counter uint32) {
	e.user, e.device, e.counter = s.User, s.Device, counter
}

// at is the entry of seq, nil if that lies outside.
func (w *window) at(seq uint64) *entry {
	if w == nil || seq < w.low || seq > w.top {
		return nil
	}
	return &w.entries[seq&uint64(len(w.entries)-1)]
}

// reach is the entry of seq, to be filled in; nil if that lies too far back.
func (w *window) reach(seq, limit uint64) *entry {
	switch {
	case w.entries == nil:
		w.entries, w.low, w.top = make([]entry, min(4, limit)), seq, seq
	case seq > w.top:
		w.grow(seq-w.low+1, limit)
		size := uint64(len(w.entries))
		for at := max(w.top+1, seq-min(seq, size-1)); at <= seq; at++ {
			w.entries[at&(size-1)] = entry{}
		}
		w.top = seq
		w.low = max(w.low, seq-min(seq, size-1))
	case seq < w.low:
		if w.top-seq >= limit {
			return nil
		}
		w.grow(w.top-seq+1, limit)
		w.low = seq
	}
	return w.slot(seq)
}

func (w *window) slot(seq uint64) *entry { return &w.entries[seq&uint64(len(w.entries)-1)] }

// grow makes room for n entries, or as many as limit.
func (w *window) grow(n, limit uint64) {
	size := powerOfTwo(min(n, limit))
	if size <= uint64(len(w.entries)) {
		return
	}
	old := *w
	w.entries = make([]entry, size)
	for at := old.low; at <= old.top; at++ {
		*w.slot(at) = *old.slot(at)
	}
}

// find is a seq other than not whose entry is the message and has one of the
// states; the lowest. It looks at all of them: callers come here with faults only.
func (w *window) find(s Sender, counter uint32, state entryState, not uint64) (uint64, bool) {
	if w == nil {
		return 0, false
	}
	for at := w.low; at <= w.top; at++ {
		if e := w.slot(at); at != not && e.state&state != 0 && e.is(s, counter) {
			return at, true
		}
	}
	return 0, false
}

// powerOfTwo rounds n up to one.
func powerOfTwo(n uint64) uint64 { return 1 << bits.Len64(max(n, 1)-1) }
