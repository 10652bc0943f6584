package client

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed886cd727/throng/loadgen/population"
	"github.com/seed886cd727/throng/loadgen/target"
	"github.com/seed886cd727/throng/netio"
)

// dialed is a dial of a session.
type dialed struct {
	session int
	at      time.Duration
}

// dialers is a fleet without a network: each dial fails at once, and is noted. It
// must be made within a bubble, with a reactor from outside that is closed.
func dialers(t *testing.T, r *netio.Reactor, users int, change func(*Config)) (f *Fleet, dials func() []dialed) {
	t.Helper()
	people := listed(t, users, population.Listed{Kind: population.Group, Members: []uint32{0, 1}})
	protocol, err := target.New("throng", "json")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var all []dialed
	c := Config{
		Start: time.Now(), Seed: 1, Population: people, Names: names(), Protocol: protocol, Reactor: r, Pollers: 1, Recorder: new(tape),
		BackoffBase: 1000 * time.Hour, BackoffMax: 1000 * time.Hour,
	}
	c.Dial = func(i int) netio.Dial {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, dialed{i, f.Now()})
		return netio.Dial{}
	}
	if change != nil {
		change(&c)
	}
	if f, err = NewFleet(c); err != nil {
		t.Fatal(err)
	}
	return f, func() []dialed {
		mu.Lock()
		defer mu.Unlock()
		return append([]dialed(nil), all...)
	}
}

func closedReactor(t *testing.T) *netio.Reactor {
	t.Helper()
	c := netio.DefaultConfig()
	c.Pollers = 1
	r, err := netio.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return r
}

// Alarms that are set in any order, before and while the clock waits, go off at
// their time and no other.
func TestAlarmsGoOffWhenTheyAreDue(t *testing.T) {
	r := closedReactor(t)
	synctest.Test(t, func(t *testing.T) {
		const users = 300
		f, dials := dialers(t, r, users, nil)
		random := rand.New(rand.NewPCG(1, 2))
		want := make([]time.Duration, users)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { f.Run(ctx) })
		for i := range users {
			s := &f.sessions[i]
			s.state = waiting
			setAt := time.Duration(random.IntN(1000)) * time.Millisecond
			due := time.Duration(random.IntN(1000)) * time.Millisecond // often past already
			want[i] = max(setAt, due)
			running.Go(func() {
				time.Sleep(setAt)
				f.clock.set(alarm{at: due, session: s, what: redial, generation: anyGeneration})
			})
		}
		time.Sleep(2 * time.Second)
		all := dials()
		if len(all) != users {
			t.Errorf("%d alarms went off, want %d", len(all), users)
		}
		for i, d := range all {
			if d.at != want[d.session] {
				t.Errorf("session %d: at %v, want %v", d.session, d.at, want[d.session])
			}
			if i > 0 && d.at < all[i-1].at {
				t.Errorf("went back from %v to %v", all[i-1].at, d.at)
			}
		}
		cancel()
		running.Wait() // or the bubble deadlocks
	})
}

func TestTheClockEndsWithItsContext(t *testing.T) {
	r := closedReactor(t)
	synctest.Test(t, func(t *testing.T) {
		f, dials := dialers(t, r, 2, nil)
		f.sessions[0].state = waiting
		f.clock.set(alarm{at: -1, session: &f.sessions[0], what: redial, generation: anyGeneration}) // an overflow: never
		ctx, cancel := context.WithTimeout(t.Context(), 400*24*time.Hour)
		defer cancel()
		f.Run(ctx)
		if f.Now() != 400*24*time.Hour || len(dials()) != 0 {
			t.Errorf("ended after %v, with dials %v", f.Now(), dials())
		}
	})
}

// The waits are bounded by min(max, base·2^k), and spread evenly below that.
func TestBackoffHasFullJitter(t *testing.T) {
	const users, attempts = 1000, 6
	const base, most = time.Second, 10 * time.Second
	r := closedReactor(t)
	run := func(t *testing.T, seed uint64) (waits [attempts][]time.Duration, failed int64) {
		synctest.Test(t, func(t *testing.T) {
			f, dials := dialers(t, r, users, func(c *Config) { c.BackoffBase, c.BackoffMax, c.Seed = base, most, seed })
			ctx, cancel := context.WithTimeout(t.Context(), attempts*most)
			defer cancel()
			for i := range users {
				f.Connect(i, 0)
			}
			f.Run(ctx)
			var last [users]time.Duration
			var count [users]int
			for k := range waits {
				waits[k] = make([]time.Duration, users)
			}
			for _, d := range dials() {
				if k := count[d.session] - 1; k >= 0 && k < attempts {
					waits[k][d.session] = d.at - last[d.session]
				}
				last[d.session] = d.at
				count[d.session]++
			}
			for i, n := range count {
				if n <= attempts {
					t.Fatalf("session %d dialed %d times, want more than %d", i, n, attempts)
				}
			}
			failed = f.Counts().Failed
			if n := f.Counts(); n.Failed != n.Attempted || n.Attempted != int64(len(dials())) {
				t.Errorf("%d dials: %+v", len(dials()), n)
			}
		})
		return waits, failed
	}
	waits, failed := run(t, 1)
	for k, all := range waits { // in the order of sessions
		bound := min(most, base<<k)
		const parts = 4
		var in [parts]int
		for i, w := range all {
			if k > 0 && k < 3 && w == 2*waits[k-1][i] {
				t.Fatalf("attempt %d: waits as the one before, but for the bound", k)
			}
			if w < 0 || w >= bound {
				t.Fatalf("attempt %d: waits %v, want less than %v", k, w, bound)
			}
			in[int(w*parts/bound)]++
		}
		for quarter, n := range in { // 250 expected, sigma 13.7
			if n < 180 || n > 320 {
				t.Errorf("attempt %d: %d of %d waits lie in quarter %d", k, n, users, quarter)
			}
		}
	}
	again, failedAgain := run(t, 1)
	other, _ := run(t, 2)
	if failed != failedAgain {
		t.Error("the same seed gives other waits")
	}
	for k := range waits {
		same := 0
		for i := range waits[k] {
			if waits[k][i] != again[k][i] {
				t.Fatal("the same seed gives other waits")
			}
			if waits[k][i] == other[k][i] {
				same++
			}
		}
		if same > users/10 {
			t.Error("another seed gives the same waits")
		}
	}
}

func TestBackoffBoundNeverOverflows(t *testing.T) {
	for _, c := range []struct {
		base, most time.Duration
		attempt    uint8
		want       time.Duration
	}{
		{time.Second, time.Minute, 0, time.Second},
		{time.Second, time.Minute, 5, 32 * time.Second},
		{time.Second, time.Minute, 6, time.Minute},
		{time.Minute, time.Second, 0, time.Second},
		{0, time.Second, 20, 0},
		{time.Hour * 24 * 365, time.Hour * 24 * 365 * 100, mostDoublings, time.Hour * 24 * 365 * 100},
	} {
		if got := backoffBound(c.base, c.most, c.attempt); got != c.want {
			t.Errorf("base %v, at most %v, attempt %d: %v, want %v", c.base, c.most, c.attempt, got, c.want)
		}
	}
}
