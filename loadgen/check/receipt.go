package check

import (
	"fmt"
	"math"
	"time"
)

// receipts is how far the read cursors of a conversation's members moved, and how
// far each place knows it. Cursors are kept as 32-bit seqs: those beyond are all
// one.
type receipts struct {
	readers []reader
	pairs   []learned // of place and reader: at place times readers plus reader
}

// learned is what one place knows of one reader.
type learned struct {
	told    uint32
	excused uint32 // moves up to here were before the place's connection
}

// reader is one member's cursor.
type reader struct {
	final uint32
	next  uint8 // of moves, the one to overwrite
	moves [4]move
}

// move is when a cursor was moved to a seq.
type move struct {
	seq uint32
	at  time.Duration
}

// follows reports whether a conversation's receipts are followed.
func (c *Checker) follows(v *conversation) bool { return len(v.places) <= c.config.ReceiptMembers }

func (c *Checker) receipts(v *conversation) *receipts {
	if v.receipts == nil {
		members := (len(v.places) + int(c.config.Devices) - 1) / int(c.config.Devices)
		v.receipts = &receipts{make([]reader, members), make([]learned, members*len(v.places))}
	}
	return v.receipts
}

func (r *receipts) pair(place, member uint32) *learned {
	return &r.pairs[int(place)*len(r.readers)+int(member)]
}

// excuse: a place that connects now learns only of moves to come.
func (r *receipts) excuse(place uint32) {
	if r == nil {
		return
	}
	for i := range r.readers {
		r.pair(place, uint32(i)).excused = r.readers[i].final
	}
}

// ReadMoved says that a member's read cursor is about to be written to the wire.
// Members are numbered as places are, without the device.
func (c *Checker) ReadMoved(conversation, member uint32, p Position, now time.Duration) {
	v := c.at(conversation)
	defer v.mu.Unlock()
	if !c.follows(v) {
		return
	}
	r, seq := &c.receipts(v).readers[member], narrow(p.Seq)
	if seq <= r.final {
		return
	}
	r.final = seq
	r.moves[r.next] = move{seq, now}
	r.next = (r.next + 1) % uint8(len(r.moves))
}

// Receipt says that a receiver was told of a member's read cursor. If it is news
// and the move to just there is among that reader's last four, ok is true and after
// is how long the way took. Receipts of conversations that are not followed are
// ignored.
func (c *Checker) Receipt(r Receiver, member uint32, p Position, now time.Duration) (after time.Duration, ok bool) {
	v := c.at(r.Conversation)
	defer v.mu.Unlock()
	if !c.follows(v) {
		return 0, false
	}
	all, seq := c.receipts(v), narrow(p.Seq)
	known := all.pair(r.Place, member)
	if seq < known.told {
		c.found(v, cursorRegressions, Finding{At: now, Receiver: r, HasReceiver: true, Position: p}, func() string {
			return fmt.Sprintf("the cursor of member %d went back from seq %d to %d", member, known.told, seq)
		})
		return 0, false
	}
	if seq == known.told {
		return 0, false
	}
	known.told = seq
	for _, m := range all.readers[member].moves {
		if m.seq == seq {
			return now - m.at, true
		}
	}
	return 0, false
}

func narrow(seq uint64) uint32 { return uint32(min(seq, math.MaxUint32)) }

// receiptsLost counts the pairs of a reader and another member's place that never
// learned of the reader's last move, though it was connected from the one to the
// end.
func (c *Checker) receiptsLost(number uint32, v *conversation) (n int64) {
	if v.receipts == nil {
		return 0
	}
	for i := range v.places {
		for m, reader := range v.receipts.readers {
			known := v.receipts.pair(uint32(i), uint32(m))
			if !v.places[i].online || uint32(i)/c.config.Devices == uint32(m) || reader.final <= max(known.told, known.excused) {
				continue
			}
			n++
			if c.wanted(receiptLost) {
				c.config.Report(Finding{Figure: receiptLost.String(), Receiver: Receiver{number, uint32(i)}, HasReceiver: true, Position: Position{v.epoch, uint64(reader.final)}, Text: fmt.Sprintf("the cursor of member %d is at seq %d, and this receiver knows of %d", m, reader.final, known.told)})
			}
		}
	}
	return n
}
