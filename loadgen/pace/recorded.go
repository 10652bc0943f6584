package pace

import "time"

// Recorded is a schedule that was seen somewhere: the times themselves, which do
// not go back.
type Recorded struct {
	At   []time.Duration
	next int
}

// Next implements Schedule.
func (r *Recorded) Next() (time.Duration, uint64, bool) {
	if r.next >= len(r.At) {
		return 0, 0, false
	}
	k := r.next
	r.next++
	return r.At[k], uint64(k), true
}
