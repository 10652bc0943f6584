package agent

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed886cd727/throng/loadgen/plan"
)

// list is a source of sends that are due at moments.
type list []time.Duration

func (l *list) Next() (plan.Send, bool) {
	if len(*l) == 0 {
		return plan.Send{}, false
	}
	s := plan.Send{Due: (*l)[0]}
	*l = (*l)[1:]
	return s, true
}

const ms = time.Millisecond

// bubblePacer is a pacer for a synctest bubble, whose clock the kernel does not
// know.
func bubblePacer(ctx context.Context, start time.Time, from time.Duration) *pacer {
	p := newPacer(ctx, start, from)
	p.nap = time.Sleep
	return p
}

// moment is when something was done, and when it was due.
type moment struct{ at, due time.Duration }

func TestSendsAreMadeWhenTheyAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		time.Sleep(20 * ms)
		var got []moment
		bubblePacer(t.Context(), start, 100*ms).sends(&list{0, 0, 3 * ms, 50 * ms, time.Hour}, func(_ plan.Send, due time.Duration) {
			got = append(got, moment{time.Since(start), due})
		})
		want := []moment{{100 * ms, 100 * ms}, {100 * ms, 100 * ms}, {103 * ms, 103 * ms}, {150 * ms, 150 * ms}, {time.Hour + 100*ms, time.Hour + 100*ms}}
		if !slices.Equal(got, want) {
			t.Errorf("sent at %v, want %v", got, want)
		}
	})
}

// A send that takes long makes the next ones late, not fewer, and not due later.
func TestTheScheduleWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var got []moment
		bubblePacer(t.Context(), start, 0).sends(&list{0, 10 * ms, 20 * ms, 30 * ms, 60 * ms}, func(s plan.Send, due time.Duration) {
			got = append(got, moment{time.Since(start), due})
			if s.Due == 0 {
				time.Sleep(25 * ms)
			}
		})
		want := []moment{{0, 0}, {25 * ms, 10 * ms}, {25 * ms, 20 * ms}, {30 * ms, 30 * ms}, {60 * ms, 60 * ms}}
		if !slices.Equal(got, want) {
			t.Errorf("sent at %v, want %v", got, want)
		}
	})
}

func TestConnectsAreEvenlySpaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var got []moment
		bubblePacer(t.Context(), start, 5*ms).evenly(1000, 400, func(i int, due time.Duration) {
			if i != len(got) {
				t.Errorf("number %d comes as number %d", i, len(got))
			}
			got = append(got, moment{time.Since(start), due})
		})
		for i, m := range got {
			want := 5*ms + time.Duration(i)*2500*time.Microsecond
			if off := (m.due - want).Abs(); off > time.Nanosecond || m.at != m.due { // a rate is a float
				t.Fatalf("number %d at %v, due at %v; want %v", i, m.at, m.due, want)
			}
		}
		if len(got) != 1000 {
			t.Errorf("%d were begun, want 1000", len(got))
		}
	})
}

// A context that is done ends the waiting, and what is overdue as well.
func TestThePacerEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 35*ms)
		defer cancel()
		start, n := time.Now(), 0
		bubblePacer(ctx, start, 0).sends(&list{10 * ms, 20 * ms, time.Hour}, func(plan.Send, time.Duration) { n++ })
		if n != 2 || time.Since(start) != 35*ms {
			t.Errorf("%d were sent, and it ended after %v", n, time.Since(start))
		}
		bubblePacer(ctx, start, 0).sends(&list{0, 0}, func(plan.Send, time.Duration) { n++ })
		bubblePacer(ctx, start, 0).evenly(2, 1, func(int, time.Duration) { n++ })
		if n != 2 {
			t.Errorf("%d were begun after the end", n-2)
		}
	})
}

// TestNeverEarly: on the real clock nothing is handed over before it is due.
func TestNeverEarly(t *testing.T) {
	start := time.Now()
	newPacer(t.Context(), start, time.Millisecond).evenly(200, 2000, func(i int, due time.Duration) {
		if now := time.Since(start); now < due {
			t.Errorf("number %d is due at %v and came at %v", i, due, now)
		}
	})
}
