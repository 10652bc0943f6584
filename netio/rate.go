package netio

import (
	"hash/maphash"
	"sync/atomic"
	"time"
)

// rate is how many tokens there are: one becomes due every interval, and up to a
// burst of them are saved up. The zero rate has no limit.
type rate struct {
	interval, slack time.Duration // slack is what a burst takes to become due
}

func newRate(perSecond float64, burst int) rate {
	if perSecond == 0 {
		return rate{}
	}
	interval := time.Duration(float64(time.Second) / perSecond)
	return rate{interval, time.Duration(burst) * interval}
}

// bucket holds tokens of a rate, for all pollers. It is one number: the moment, in
// nanoseconds, at which the next token that nobody took is due (the generic cell
// rate algorithm, ITU-T I.371). The zero bucket is full.
type bucket struct{ next atomic.Int64 }

// take takes a token, or says how long it is until there is one.
func (b *bucket) take(r rate, now int64) (wait time.Duration) {
	if r.interval == 0 {
		return 0
	}
	for {
		next := b.next.Load()
		due := max(next, now-int64(r.slack-r.interval))
		if due > now {
			return time.Duration(due - now)
		}
		if b.next.CompareAndSwap(next, due+int64(r.interval)) {
			return 0
		}
	}
}

// back gives a token back that was not used.
func (b *bucket) back(r rate) { b.next.Add(-int64(r.interval)) }

// buckets are those of addresses that nobody has counted: each address has two, of
// a fixed number, by hash, and may take from either. So an address is held up by
// others only where both of its buckets are shared with those that are held up.
type buckets struct {
	seeds [2]maphash.Seed
	all   [2][4096]bucket
}

func newBuckets() *buckets {
	return &buckets{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
}

func (b *buckets) take(r rate, n network, now int64) bool {
	took := false
	for i, seed := range b.seeds {
		one := &b.all[i][maphash.Comparable(seed, n)%uint64(len(b.all[i]))]
		took = one.take(r, now) == 0 || took
	}
	return took
}
