package check

// Owed is how many pairs of an acknowledged message and a receiver that is to
// return have not arrived. When it is 0 nothing more needs to be waited for: what
// arrived as a change of members will not come as a message.
func (c *Checker) Owed() int64 {
	var n uint64
	c.each(func(_ uint32, v *conversation) {
		for j := range v.places {
			if p := &v.places[j]; !p.offline {
				p.seen.missing(&v.acked, func(from, to uint64) bool {
					n += to - from + 1
					return true
				})
			}
		}
	})
	return int64(n)
}

// Counts is figures by their names in the catalogue.
type Counts map[string]int64

// Counts is what was found so far, of the figures that are counted as the run goes.
func (c *Checker) Counts() Counts {
	var totals [figures]int64
	c.each(func(_ uint32, v *conversation) {
		if v.rare != nil {
			for f, n := range v.rare.counts {
				totals[f] += n
			}
		}
	})
	totals[foreign] += c.foreign.Load()
	totals[misdelivered] += c.misdelivered.Load()
	counts := make(Counts)
	for f := range lost {
		if c.config.ReceiptMembers > 0 || f != cursorRegressions {
			counts[f.String()] = totals[f]
		}
	}
	return counts
}
