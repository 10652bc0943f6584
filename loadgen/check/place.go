package check

// Connected says that a receiver has a new connection: what is pushed live on it
// may begin anywhere. It ends Away and Offline.
func (c *Checker) Connected(r Receiver) {
	v := c.lock(r.Conversation)
	defer v.mu.Unlock()
	p := &v.places[r.Place]
	p.live, p.online, p.offline = 0, true, false
	if v.talk != nil {
		v.receipts.excuse(r.Place)
	}
}

// Away says that a receiver has no connection. Receipts are not repeated on a new
// one, so those of moves before it are not expected.
func (c *Checker) Away(r Receiver) {
	v := c.lock(r.Conversation)
	defer v.mu.Unlock()
	v.places[r.Place].online = false
}

// Offline says that the scenario never lets a receiver return: what it lacks is
// owed.offline, not lost.
func (c *Checker) Offline(r Receiver) {
	v := c.lock(r.Conversation)
	defer v.mu.Unlock()
	p := &v.places[r.Place]
	p.online, p.offline = false, true
}

// StartAt says from which seq on a receiver is owed messages; without it, from 1.
// Once the place has all from its first seq up to some other it changes nothing: a
// log that drops what is old does not owe less. Nor does it drop what was seen.
func (c *Checker) StartAt(r Receiver, first Seq) {
	v := c.lock(r.Conversation)
	defer v.mu.Unlock()
	p := &v.places[r.Place]
	if spans := p.seen.spans(); len(spans) > 0 {
		first = min(first, spans[0].from)
	}
	if p.seen.upTo >= p.first || !possible(first) {
		return
	}
	p.start(first)
}

// start moves the place's first seq, below all that it has seen. A block that
// becomes complete by that is not compared.
func (p *place) start(first uint64) {
	before := blockOf(p.seen.upTo + 1)
	p.first, p.seen.upTo = first, first-1
	if more := p.seen.more; more != nil && more.spans[0].from == first {
		p.seen.upTo = more.spans[0].to
		more.spans = more.spans[1:]
	}
	p.move(before)
	p.seen.tidy()
}

// Cursor is the position up to which a receiver has seen all that it is owed. Its
// seq is that before the first if it has seen nothing, and its epoch 0 if nobody has.
func (c *Checker) Cursor(r Receiver) Position {
	v := c.lock(r.Conversation)
	defer v.mu.Unlock()
	p := Position{Seq: v.places[r.Place].seen.upTo}
	if v.talk != nil {
		p.Epoch = v.epoch
	}
	return p
}

// Hole is the lowest run of seqs that a receiver lacks and that lie below others
// which it has.
func (c *Checker) Hole(r Receiver) (from, to Seq, ok bool) {
	v := c.lock(r.Conversation)
	defer v.mu.Unlock()
	p := &v.places[r.Place]
	if spans := p.seen.spans(); len(spans) > 0 {
		return p.seen.upTo + 1, spans[0].from - 1, true
	}
	return 0, 0, false
}
