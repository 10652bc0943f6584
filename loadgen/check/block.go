package check

import (
	"fmt"
	"slices"
)

// blockSeqs is how many seqs one digest is of.
const blockSeqs = 1024

// block is a stretch of a conversation's log. A place's first block begins with
// what it is owed; all others with a multiple of 1,024, plus 1.
type block struct{ from, to uint64 }

// reference is the digest of a block at the place that was first to have it all.
// It is kept until all places that will have the block have it.
type reference struct {
	digest  uint64
	waiting int
}

// digest is of what was seen so far of a block that a place is not yet in.
type digest struct{ number, sum uint64 }

func blockOf(seq uint64) uint64 { return (seq - 1) / blockSeqs }

// digestOf is a message's part in its block's digest, which is the sum of them: so
// the order of arrivals, which syncs may change, is not in it, and the order of the
// log is.
func digestOf(seq uint64, h Header) uint64 {
	return mix(mix(seq<<8|uint64(h.Device)) + uint64(h.Sender)<<32 + uint64(h.Counter))
}

func digestOfChange(seq uint64) uint64 { return mix(^seq) }

// digest adds an entry to its block and compares the block if it is complete; it
// became so with this entry, or had been before.
func (a *arrival) digest(before uint64, in insertion, part uint64) {
	number := blockOf(a.position.Seq)
	sum := &a.at.digest
	if number != before {
		sum = a.at.seen.more.pending(number)
	}
	*sum += part
	if b := a.at.block(number); in.from <= b.from && in.to >= b.to {
		a.compare(b, *sum)
		if number != before {
			a.at.seen.more.take(number)
		}
	}
	a.at.move(before)
}

// block is what the place can have of a block.
func (p *place) block(number uint64) block {
	from := number*blockSeqs + 1
	return block{max(from, p.first), from + blockSeqs - 1}
}

// move changes the digest if the place has come into another block.
func (p *place) move(before uint64) {
	now := blockOf(p.seen.upTo + 1)
	if now == before {
		return
	}
	p.digest = 0
	if p.seen.more != nil {
		p.digest = p.seen.more.take(now)
		p.seen.tidy()
	}
}

// pending finds or adds the digest of a block.
func (b *beyond) pending(number uint64) *uint64 {
	for i := range b.digests {
		if b.digests[i].number == number {
			return &b.digests[i].sum
		}
	}
	b.digests = append(b.digests, digest{number: number})
	return &b.digests[len(b.digests)-1].sum
}

// take removes the digest of a block.
func (b *beyond) take(number uint64) uint64 {
	for i, d := range b.digests {
		if d.number == number {
			b.digests = slices.Delete(b.digests, i, i+1)
			return d.sum
		}
	}
	return 0
}

// compare compares a complete block with the first that was complete.
func (a *arrival) compare(b block, sum uint64) {
	v := a.v
	ref := v.blocks[b]
	if ref == nil {
		if n := v.sharing(b); n > 1 {
			if v.blocks == nil {
				v.blocks = make(map[block]*reference)
			}
			v.blocks[b] = &reference{sum, n - 1}
		}
		return
	}
	v.faults().counts[blocksCompared]++
	if sum != ref.digest {
		a.found(orderDisagreements, b.String)
	}
	if ref.waiting--; ref.waiting == 0 {
		delete(v.blocks, b)
	}
}

func (b block) String() string {
	return fmt.Sprintf("two receivers saw different entries in seqs %d to %d", b.from, b.to)
}

// sharing is how many places can have just this block.
func (v *conversation) sharing(b block) int {
	n := 0
	for i := range v.places {
		if v.places[i].block(blockOf(b.from)) == b {
			n++
		}
	}
	return n
}
