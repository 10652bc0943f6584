package netio

import (
	"sync/atomic"
	"time"
)

// rate is a token bucket for all pollers: a token becomes due every interval, and
// up to burst of them are saved up. It keeps one number, the moment at which
// the next token that was not yet taken is due (the generic cell rate algorithm,
// ITU-T I.371). The zero rate has no limit.
type rate struct {
	interval, slack time.Duration // slack is what burst tokens take to become due
	next            atomic.Int64  // ns
}

func (r *rate) limit(perSecond float64, burst int) {
	r.interval = time.Duration(float64(time.Second) / perSecond)
	r.slack = time.Duration(burst) * r.interval
}

// take takes a token, or says how long it is until there is one.
func (r *rate) take(now int64) (wait time.Duration) {
	if r.interval == 0 {
		return 0
	}
	for {
		next := r.next.Load()
		due := max(next, now-int64(r.slack-r.interval))
		if due > now {
			return time.Duration(due - now)
		}
		if r.next.CompareAndSwap(next, due+int64(r.interval)) {
			return 0
		}
	}
}

// back gives a token back that was not used.
func (r *rate) back() { r.next.Add(-int64(r.interval)) }
