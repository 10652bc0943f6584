package client

import (
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/loadgen/population"
	"github.com/seed886cd727/throng/netio"
)

func TestADrainIsFollowedWithinItsTime(t *testing.T) {
	const users, within = 40, 300 * time.Millisecond
	g := play(t, listed(t, users, population.Listed{Kind: population.Group, Members: []uint32{0, 1}}), nil)
	first := make([]*peer, users)
	for i := range first {
		g.Connect(i, g.Now())
		first[i] = g.greet(stream(byte(i)))
	}
	start := time.Now()
	for _, p := range first {
		p.say(&chat.Drain{Within: within})
	}
	var early int
	for range users {
		p := g.server.accept(t)
		next[*chat.Hello](p)
		if time.Since(start) < within/2 {
			early++
		}
		p.say(welcome(stream(1)), &chat.State{})
	}
	took := time.Since(start)
	for _, p := range first {
		if code := receive(t, p.closed, "close"); code != netio.CloseNormal {
			t.Errorf("the client leaves with %d", code)
		}
	}
	if took < within/2 || early == users {
		t.Errorf("%d of %d left in the first half of %v, the last one after %v: not spread", early, users, within, took)
	}
	g.expect("all are back", func(n Counts) bool { return n.Usable == users })
	if n := g.Counts(); n.ClosedByTarget != 0 || n.Failed != 0 || len(n.Errors) != 0 || n.Attempted != 2*users {
		t.Errorf("%+v", n)
	}
}

func TestLeavesAreSpreadEvenly(t *testing.T) {
	const users, within, parts = 1000, time.Hour, 4
	f := &Fleet{clock: newClock(time.Now())}
	var in [parts]int
	for u := range uint32(users) {
		s := &Session{fleet: f, user: u}
		(*hearing)(s).Drain(within)
	}
	for _, a := range f.clock.queue {
		in[a.at*parts/(within+time.Minute)]++ // the clock has moved a little
	}
	for i, n := range in { // 250 expected, sigma 13.7, and a little fewer in the last
		if n < 180 || n > 320 {
			t.Errorf("%d of %d leave in quarter %d", n, users, i)
		}
	}
}

func TestASessionThatWasTakenOverComesBack(t *testing.T) {
	g := play(t, pair(t), nil)
	p := g.enter(at(0, 0))
	p.conn.Shutdown(chat.CloseReplaced, "another connection")
	g.greet(stream(1), at(0, 0))
	if n := g.Counts(); n.ClosedByTarget != 1 || n.Errors["closed by the target with 4409"] != 1 {
		t.Errorf("%+v", n)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	g := play(t, pair(t), nil)
	g.server.refuse.Store(&netio.Answer{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"1"}}})
	before := time.Now()
	g.Connect(0, g.Now())
	g.expect("it is refused", func(n Counts) bool { return n.Refused == 1 })
	g.server.refuse.Store(nil)
	p := g.server.accept(t)
	if waited := time.Since(before); waited < time.Second {
		t.Errorf("it came back after %v, though it was asked to wait a second", waited)
	}
	next[*chat.Hello](p)
	if n := g.Counts(); n.Failed != 0 || n.Attempted != 2 || n.Errors["dial: refused with status 503 Service Unavailable"] != 1 {
		t.Errorf("%+v", n)
	}
}

// A connection that ends before all was told is a failure, and the back-off grows.
func TestAGreetingThatFails(t *testing.T) {
	g := play(t, pair(t), nil)
	g.Connect(0, g.Now())
	for range 3 {
		p := g.server.accept(t)
		next[*chat.Hello](p)
		p.say(welcome(stream(1)), &chat.State{Conversations: []chat.ConversationState{at(0, 3)}, More: true})
		p.conn.Shutdown(netio.CloseTryLater, "")
	}
	p := g.greet(stream(1), at(0, 3))
	g.answer(p, p.sync(0, 1, 3))
	g.silent(p) // what an earlier greeting told was not asked for twice
	if n := g.Counts(); n.Failed != 3 || n.ClosedByTarget != 3 || n.Errors["closed by the target with 1013"] != 3 {
		t.Errorf("%+v", n)
	}
	if g.sessions[0].before || len(g.of(Away)) != 0 {
		t.Error("a session that was never usable was not away")
	}
}

func TestAnEventDropsAShare(t *testing.T) {
	const users = 200
	g := play(t, listed(t, users, population.Listed{Kind: population.Group, Members: []uint32{0, 1}}), nil)
	for i := range users {
		g.Connect(i, g.Now())
		g.greet(stream(byte(i)))
	}
	back := func() {
		t.Helper()
		for g.Counts().Usable < users {
			select {
			case p := <-g.server.peers:
				p.say(welcome(stream(1)), &chat.State{})
			case <-time.After(time.Millisecond):
			}
		}
	}
	g.Reconnect(0.5, 50*time.Millisecond)
	eventually(t, "all alarms have gone off", func() bool { return g.alarms() == 0 || len(g.server.peers) > 0 })
	g.expect("connections are lost", func(n Counts) bool { return n.Usable < users })
	for g.alarms() > 0 {
		<-time.After(time.Millisecond)
	}
	back()
	n := g.Counts()
	if lost := n.Attempted - users; lost < users/4 || lost > users*3/4 {
		t.Errorf("%d of %d sessions lost their connection, want about half", lost, users)
	}
	if n.ClosedByTarget != 0 || n.Failed != 0 {
		t.Errorf("what the event did counts as the target's: %+v", n)
	}
}

// End comes while a dial is under way.
func TestEndFindsTheSessionDialing(t *testing.T) {
	g := play(t, pair(t), nil)
	end := func() { g.End() }
	g.server.before.Store(&end)
	g.Connect(0, g.Now())
	p := g.server.accept(t)
	if code := receive(t, p.closed, "close"); code != netio.CloseNormal {
		t.Errorf("closed with %d", code)
	}
	g.expect("it is over", func(n Counts) bool { return n.Open == 0 })
	if n := g.Counts(); n.Failed != 0 || n.ClosedByTarget != 0 {
		t.Errorf("%+v", n)
	}
	g.Connect(1, g.Now())
	if n := g.Counts(); n.Attempted != 1 {
		t.Error("a session connects after the end")
	}
}

// A dial that cannot even begin is tried again like any other.
func TestADialThatFailsAtOnce(t *testing.T) {
	var broken atomic.Bool
	broken.Store(true)
	g := play(t, pair(t), func(c *Config) {
		dial := c.Dial
		c.Dial = func(i int) netio.Dial {
			d := dial(i)
			if broken.Load() {
				d.Local = netip.MustParseAddr("192.0.2.1") // for documentation, so nobody's: bind fails
			}
			return d
		}
	})
	g.Connect(0, g.Now())
	g.expect("it failed twice", func(n Counts) bool { return n.Failed >= 2 })
	broken.Store(false)
	g.greet(stream(1))
}

// TestATargetThatDoesNotAnswer: a hello that is not answered is given up, and tried
// anew; once the session is usable that time is over.
func TestATargetThatDoesNotAnswer(t *testing.T) {
	g := play(t, pair(t), func(c *Config) { c.GreetWithin = 50 * time.Millisecond })
	g.Connect(0, g.Now())
	p := g.server.accept(t)
	next[*chat.Hello](p)
	receive(t, p.closed, "end of the connection")
	g.greet(stream(1), at(0, 0))
	time.Sleep(100 * time.Millisecond) // longer than it may take
	if n := g.Counts(); n.Usable != 1 || n.Failed != 1 || n.Errors["no welcome in time"] != 1 {
		t.Errorf("%+v", n)
	}
}
