package netio

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestRate takes tokens at any moments: never more than the burst and what has
// become due since, and whoever waits as long as he is told gets one.
func TestRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perSecond := rapid.IntRange(1, 10_000).Draw(t, "per second")
		burst := rapid.IntRange(1, 100).Draw(t, "burst")
		var r rate
		r.limit(float64(perSecond), burst)
		start := int64(time.Hour)
		now, taken := start, 0
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			now += rapid.Int64Range(0, 2*int64(r.interval)).Draw(t, "pause")
			wait := r.take(now)
			if wait > 0 {
				if r.take(now+int64(wait)-1) == 0 {
					t.Fatalf("a token after less than %v", wait)
				}
				now += int64(wait)
				if again := r.take(now); again != 0 {
					t.Fatalf("after %v another %v", wait, again)
				}
			}
			if taken++; rapid.Bool().Draw(t, "unused") {
				r.back()
				taken--
			}
			if most := int64(burst) + (now-start)/int64(r.interval) + 1; int64(taken) > most {
				t.Fatalf("%d tokens after %v", taken, time.Duration(now-start))
			}
		}
	})
}

func TestNoRate(t *testing.T) {
	var r rate
	for range 1000 {
		if r.take(0) != 0 {
			t.Fatal("no limit was set")
		}
	}
}
