package client

import (
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/loadgen/population"
)

func (p *peer) sync(conversation uint32, from, to chat.Seq) *chat.Sync {
	p.t.Helper()
	y := next[*chat.Sync](p)
	if y.Conversation != conv(conversation) || y.From != from || y.To != to {
		p.t.Fatalf("asks for %s %d to %d, want %s %d to %d", y.Conversation, y.From, y.To, conv(conversation), from, to)
	}
	return y
}

func TestCatchUpGoesOnFromTheCursor(t *testing.T) {
	g := play(t, pair(t), nil)
	p := g.enter(at(0, 0))
	p.say(g.message(0, 1), g.message(0, 2))
	g.hears(0, 2)
	p.conn.Kill()
	g.expect("the loss is noticed", func(n Counts) bool { return n.Usable == 0 })
	g.send(0)

	p = g.greet(stream(1), at(0, 5))
	y := p.sync(0, 3, 5)
	if y.Epoch != 1 {
		t.Errorf("asks in epoch %d, want that of the cursor", y.Epoch)
	}
	next[*chat.Send](p) // what waited comes behind, and waits for no answer
	p.say(g.message(0, 6))
	g.expect("it is catching up", func(n Counts) bool { return n.CatchingUp == 1 })
	g.answer(p, y)
	g.expect("it has caught up", func(n Counts) bool { return n.CatchingUp == 0 })
	g.hears(0, 6)
	p.say(g.message(0, 7))
	g.hears(0, 7)
	if len(g.of(Resume)) != 1 || len(g.of(Delivery))+len(g.of(Catchup)) != 7 || len(g.of(GapHeal)) != 0 {
		t.Errorf("%d samples of resume, %d deliveries, %d gaps", len(g.of(Resume)), len(g.of(Delivery))+len(g.of(Catchup)), len(g.of(GapHeal)))
	}
	g.stop()
	if r := g.checker.Finish(); r["duplicates.wire"] != 0 || r["order.violations"] != 0 || r["gaps"] != 0 {
		t.Errorf("%v", r)
	}
}

// A message that was due while its receiver was away is no delivery.
func TestWhatWasDueWhileAwayIsCatchUp(t *testing.T) {
	g := play(t, pair(t), nil)
	missed := g.message(0, 1)
	g.Connect(0, g.Now())
	p := g.server.accept(t)
	next[*chat.Hello](p)
	p.say(welcome(stream(1)), &chat.State{Conversations: []chat.ConversationState{at(0, 1)}, More: true})
	p.say(&chat.Synced{ID: idCatchUp, Conversation: conv(0)}, &chat.State{}) // answers what was not asked yet
	p.say(&chat.Entries{ID: p.sync(0, 1, 1).ID, Conversation: conv(0), Entries: []chat.Entry{missed.Entry}}, g.message(0, 2))
	g.hears(0, 2)
	if len(g.of(Catchup)) != 1 || len(g.of(Delivery)) != 1 {
		t.Errorf("%d of catch-up and %d of delivery, want one each", len(g.of(Catchup)), len(g.of(Delivery)))
	}
}

func TestAHoleIsAskedForAfterAWhile(t *testing.T) {
	g := play(t, pair(t), nil)
	p := g.enter(at(0, 0))
	before := time.Now()
	// 2 and 3 are overtaken, 6 is lost.
	p.say(g.message(0, 1), g.message(0, 4), g.message(0, 2), g.message(0, 3), g.message(0, 5), g.message(0, 7))
	y, when := nextAt[*chat.Sync](p)
	if waited := when.Sub(before); y.From != 6 || y.To != 6 || waited < 100*time.Millisecond {
		t.Errorf("asks for %d to %d after %v, want 6 after 100 ms", y.From, y.To, waited)
	}
	g.answer(p, y)
	g.hears(0, 7)
	if len(g.of(GapHeal)) != 2 {
		t.Errorf("%d gaps healed, want 2", len(g.of(GapHeal)))
	}
	if n := g.Counts(); n.CatchingUp != 0 || len(g.of(Resume)) != 0 {
		t.Error("filling a hole counts as catching up")
	}
}

// The answer to the first hole takes longer than the second one's alarm.
func TestEveryHoleIsAskedForOnce(t *testing.T) {
	g := play(t, pair(t), nil)
	p := g.enter(at(0, 0))
	p.say(g.message(0, 1), g.message(0, 3))
	eventually(t, "there is a gap", func() bool { return g.checker.Counts()["gaps"] == 1 })
	p.say(g.message(0, 5))
	first := p.sync(0, 2, 2)
	eventually(t, "there are two gaps", func() bool { return g.checker.Counts()["gaps"] == 2 })
	eventually(t, "both alarms have gone off", func() bool { return g.alarms() == 0 })
	g.silent(p)
	g.answer(p, first)
	g.answer(p, p.sync(0, 4, 4))
	g.hears(0, 5)
	g.stop()
	if r := g.checker.Finish(); r["duplicates.wire"] != 0 {
		t.Errorf("%d duplicates were asked for", r["duplicates.wire"])
	}
}

func (g *stage) alarms() int {
	g.clock.mu.Lock()
	defer g.clock.mu.Unlock()
	n := 0
	for _, a := range g.clock.queue {
		if a.what != greet { // that one is set for each connection
			n++
		}
	}
	return n
}

// What the target does not have is not asked for for ever.
func TestAHoleThatIsNotFilledIsLeft(t *testing.T) {
	g := play(t, pair(t), nil)
	p := g.enter(at(0, 0))
	p.say(g.message(0, 1), g.message(0, 3))
	y := p.sync(0, 2, 2)
	p.say(&chat.Synced{ID: y.ID, Conversation: y.Conversation, To: position(3), Head: position(3)})
	g.silent(p)
	if n := g.alarms(); n != 0 {
		t.Errorf("%d alarms are set", n)
	}
}

// Nothing counts as a gap while a session catches up; what is missing behind it is
// filled all the same.
func TestAHoleBehindACatchUpIsFilled(t *testing.T) {
	g := play(t, listed(t, 2,
		population.Listed{Kind: population.Group, Members: []uint32{0, 1}},
		population.Listed{Kind: population.Group, Members: []uint32{1, 0}}), nil)
	p := g.enter(at(0, 2), at(1, 0))
	y := p.sync(0, 1, 2)
	p.say(g.message(1, 1), g.message(1, 3))
	p.say(g.message(0, 4))
	g.answer(p, y)
	g.answer(p, p.sync(0, 3, 3))
	g.answer(p, p.sync(1, 2, 2))
	g.hears(0, 4)
	g.hears(1, 3)
}

func TestARefusedSyncIsAskedAgain(t *testing.T) {
	g := play(t, pair(t), nil)
	p := g.enter(at(0, 2))
	refuse := func(y *chat.Sync, after time.Duration) {
		p.say(&chat.Error{Code: chat.Unavailable, Re: chat.OpSync, Conversation: y.Conversation, ID: y.ID, RetryAfter: after})
	}
	const after = 50 * time.Millisecond
	before := time.Now()
	refuse(p.sync(0, 1, 2), after)
	y, when := nextAt[*chat.Sync](p)
	if waited := when.Sub(before); y.From != 1 || y.To != 2 || waited < after {
		t.Errorf("asks again for %d to %d after %v", y.From, y.To, waited)
	}
	if n := g.Counts(); n.CatchingUp != 1 {
		t.Errorf("%d catching up, want 1", n.CatchingUp)
	}
	refuse(y, 0) // for good
	g.expect("it does not wait for what it cannot have", func(n Counts) bool { return n.CatchingUp == 0 })
	p.say(g.message(0, 3))
	refuse(p.sync(0, 1, 2), after)
	g.answer(p, p.sync(0, 1, 2))
	g.hears(0, 3)
}

// A conversation that is new is told by a state, while the session is usable.
func TestANewConversationIsCaughtUp(t *testing.T) {
	g := play(t, listed(t, 2,
		population.Listed{Kind: population.Group, Members: []uint32{0, 1}},
		population.Listed{Kind: population.Group, Members: []uint32{1, 0}}), nil)
	p := g.enter(at(0, 0))
	p.say(&chat.State{Conversations: []chat.ConversationState{at(1, 2)}})
	y := p.sync(1, 1, 2)
	p.say(&chat.State{Conversations: []chat.ConversationState{at(1, 2)}}) // told twice
	g.expect("it is catching up", func(n Counts) bool { return n.CatchingUp == 1 })
	g.answer(p, y)
	g.hears(1, 2)
	g.expect("it has caught up", func(n Counts) bool { return n.CatchingUp == 0 })
	if n := g.Counts(); n.Usable != 1 || len(g.of(Connect)) != 1 {
		t.Errorf("%d usable, %d connects", n.Usable, len(g.of(Connect)))
	}
	g.silent(p)
}

// What a catch-up brings is not asked for as a hole besides.
func TestACatchUpCoversTheHoleWithin(t *testing.T) {
	g := play(t, pair(t), nil)
	p := g.enter(at(0, 0))
	p.say(g.message(0, 1), g.message(0, 3), &chat.State{Conversations: []chat.ConversationState{at(0, 3)}})
	y := p.sync(0, 2, 3)
	eventually(t, "the hole's alarm has gone off", func() bool { return g.alarms() == 0 })
	g.silent(p)
	g.answer(p, y)
	g.hears(0, 3)
}

// Alarms of a connection that is no more do nothing.
func TestAlarmsDieWithTheirConnection(t *testing.T) {
	g := play(t, pair(t), nil)
	p := g.enter(at(0, 0))
	p.say(g.message(0, 2), &chat.Drain{Within: time.Millisecond}, &chat.Drain{Within: 300 * time.Millisecond})
	if code := receive(t, p.closed, "close"); code != 1000 {
		t.Errorf("closed with %d", code)
	}
	p = g.greet(stream(1), at(0, 2))
	y := p.sync(0, 1, 2)
	eventually(t, "the dead connection's alarms have gone off", func() bool { return g.alarms() == 0 })
	g.silent(p)
	g.answer(p, y)
	g.hears(0, 2)
	if n := g.Counts(); n.Attempted != 2 || n.Usable != 1 {
		t.Errorf("%d connects, %d usable: the second notice was followed too", n.Attempted, n.Usable)
	}
}
