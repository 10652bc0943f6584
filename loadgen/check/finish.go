package check

// Result is every figure of correctness by its name in the catalogue. Those of
// receipts are absent if none was followed.
type Result map[string]int64

// Finish compares the blocks that were not complete and adds up. It is called once,
// when nothing arrives any more.
func (c *Checker) Finish() Result {
	var t totals
	c.each(func(number uint32, v *conversation) {
		c.compareLast(number, v)
		c.total(number, v, &t)
	})
	r := Result{
		"expected":       t.delivered + t.lost,
		"delivered":      t.delivered,
		"lost":           t.lost,
		"recovered":      t.recovered,
		"owed.offline":   t.offline,
		"unacknowledged": t.unacknowledged,
	}
	if c.config.ReceiptMembers > 0 {
		r["receipt.lost"] = t.receiptsLost
	}
	for name, n := range c.Counts() {
		r[name] = n
	}
	return r
}

type totals struct{ delivered, lost, recovered, offline, unacknowledged, receiptsLost int64 }

func (c *Checker) total(number uint32, v *conversation, t *totals) {
	for i := range v.senders {
		t.unacknowledged += max(int64(v.senders[i].sent)-int64(v.senders[i].settled), 0)
	}
	t.receiptsLost += c.receiptsLost(number, v)
	s, left := v.sums(), maxLost
	for i := range v.places {
		owed, delivered, recovered := s.of(uint32(i))
		t.delivered += delivered
		t.recovered += recovered
		switch {
		case v.places[i].offline:
			t.offline += owed - delivered
		case owed > delivered:
			t.lost += owed - delivered
			left = c.reportLost(Receiver{number, uint32(i)}, v, left)
		}
	}
}

// compareLast compares the blocks that are not complete, between the places that
// have the same seqs of one and no holes before it.
func (c *Checker) compareLast(number uint32, v *conversation) {
	if len(v.places) < 2 {
		return
	}
	first := make(map[block]uint64)
	for i := range v.places {
		p := &v.places[i]
		b := block{p.block(blockOf(p.seen.upTo + 1)).from, p.seen.upTo}
		if b.to < b.from || p.seen.more != nil {
			continue
		}
		sum, ok := first[b]
		if !ok {
			first[b] = p.digest
			continue
		}
		v.faults().counts[blocksCompared]++
		if p.digest != sum {
			c.found(v, orderDisagreements, Finding{Receiver: Receiver{number, uint32(i)}, HasReceiver: true, Position: Position{v.epoch, b.to}}, b.String)
		}
	}
}
