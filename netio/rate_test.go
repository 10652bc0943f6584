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
		r := newRate(float64(perSecond), burst)
		var b bucket
		start := int64(time.Hour)
		now, taken := start, 0
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			now += rapid.Int64Range(0, 2*int64(r.interval)).Draw(t, "pause")
			wait := b.take(r, now)
			if wait > 0 {
				if b.take(r, now+int64(wait)-1) == 0 {
					t.Fatalf("a token after less than %v", wait)
				}
				now += int64(wait)
				if again := b.take(r, now); again != 0 {
					t.Fatalf("after %v another %v", wait, again)
				}
			}
			if taken++; rapid.Bool().Draw(t, "unused") {
				b.back(r)
				taken--
			}
			if most := int64(burst) + (now-start)/int64(r.interval) + 1; int64(taken) > most {
				t.Fatalf("%d tokens after %v", taken, time.Duration(now-start))
			}
		}
	})
}

func TestNoRate(t *testing.T) {
	var b bucket
	for range 1000 {
		if b.take(newRate(0, 1), 0) != 0 {
			t.Fatal("no limit was set")
		}
	}
}

// TestBucketsOfAddresses has ten addresses come all the time: they get their rate,
// and hardly any of ten thousand others is held up by them.
func TestBucketsOfAddresses(t *testing.T) {
	b, r, now := newBuckets(), newRate(10, 10), int64(time.Hour)
	const greedy = 10
	taken := 0
	for range 100_000 {
		now += int64(time.Second) / 1000
		for n := range network(greedy) {
			if b.take(r, n, now) {
				taken++
			}
		}
	}
	if taken < greedy*1000 || taken > greedy*1010 {
		t.Fatalf("%d in 100 seconds, at 10 a second for each of %d", taken, greedy)
	}
	held := 0
	for n := range network(10_000) {
		if !b.take(r, greedy+n, now) {
			held++
		}
	}
	if held > 5 { // with one bucket an address it would be 24
		t.Fatalf("%d of 10,000 who came once were held up", held)
	}
}
