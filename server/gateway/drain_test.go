package gateway

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// TestDrainTellsHowFarItIs looks at the progress while time goes by.
func TestDrainTellsHowFarItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		const n, window = 4 * paced, 8 * time.Second
		wires := make([]*wire, n)
		for i := range wires {
			var c *connection
			c, wires[i] = w.open()
			w.hello(c, fmt.Sprint("u", i), "d")
		}
		synctest.Wait()
		if p := w.Progress(); p.Phase != Serving || !p.Started.IsZero() {
			t.Errorf("before: %+v", p)
		}
		start, d := time.Now(), Departure{Delay: time.Second, Within: window}
		w.Expect(d)
		at := func(when time.Duration, want Progress) {
			time.Sleep(when - time.Since(start))
			synctest.Wait()
			got := w.Progress()
			if got.Phase != want.Phase || got.Told != want.Told || got.Closed != want.Closed || got.Found != n || got.Pace != want.Pace {
				t.Errorf("after %v: %+v, want %+v", when, got, want)
			}
			if got.Started != start || got.Deadline != start.Add(d.Delay+window*5/4+handshakes) {
				t.Errorf("from %v to %v", got.Started, got.Deadline)
			}
		}
		time.AfterFunc(d.Delay, func() { w.Drain(t.Context(), d) })
		at(500*time.Millisecond, Progress{Phase: Waiting})
		at(1100*time.Millisecond, Progress{Phase: Announcing, Told: paced, Pace: n / 0.8})
		at(2*time.Second, Progress{Phase: Leaving, Told: n})
		for _, l := range wires[:n/2] {
			l.Shutdown(chat.CloseNormal, "")
		}
		at(9250*time.Millisecond, Progress{Phase: Closing, Told: n, Closed: paced, Pace: n / 2 / 2})
		at(11*time.Second, Progress{Phase: Done, Told: n, Closed: n / 2})
		if p := w.Progress(); p.Ended.Sub(start) > 11*time.Second || p.Ended.Sub(start) < 10*time.Second {
			t.Errorf("ended after %v", p.Ended.Sub(start))
		}
	})
}

// TestWhoGreetsDuringADrainIsToldToo: the hello came before the drain, and is
// answered behind the announcement.
func TestWhoGreetsDuringADrainIsToldToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		early, heard := w.open()
		w.hello(early, "ann", "d")
		synctest.Wait()
		w.log.gate = make(chan struct{})
		slow, slowWire := w.open()
		w.hello(slow, "bob", "d")
		silent, silentWire := w.open()
		synctest.Wait()
		time.AfterFunc(time.Second, func() { close(w.log.gate) })
		time.AfterFunc(2*time.Second, func() { w.hello(silent, "eve", "d") })
		w.Drain(t.Context(), Departure{Within: 5 * time.Second})
		for _, l := range []*wire{heard, slowWire, silentWire} {
			if !slices.Equal(l.words(), []string{"welcome", "state", "drain"}) || l.code != chat.CloseRestart {
				t.Errorf("%v, closed with %d", l.words(), l.code)
			}
		}
		if p := w.Progress(); p.Told != 3 || p.Closed != 3 {
			t.Errorf("%+v", p)
		}
	})
}
