package conversation

import (
	"sync"
	"time"
)

// allowance is a token bucket: how many sends a user has left. It may be used
// concurrently.
type allowance struct {
	mu     sync.Mutex
	tokens float64
	last   time.Time
}

// take takes one token, or says after what time there will be one. A bucket
// that was never used is full.
func (a *allowance) take(now time.Time, perSecond float64, burst int) (wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	full := float64(burst)
	if a.last.IsZero() {
		a.tokens = full
	} else if gone := now.Sub(a.last); gone > 0 {
		a.tokens = min(full, a.tokens+gone.Seconds()*perSecond)
	}
	a.last = now
	if a.tokens >= 1 {
		a.tokens--
		return 0
	}
	return time.Duration((1 - a.tokens) / perSecond * float64(time.Second))
}
