package client

import (
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/loadgen/check"
	"github.com/seed886cd727/throng/loadgen/population"
	"github.com/seed886cd727/throng/netio"
)

// reading is a fleet whose users read all that arrives.
func reading(t *testing.T, after time.Duration, people *population.Population) *stage {
	t.Helper()
	g := play(t, people, func(c *Config) { c.Receipts = true })
	g.SetReceipts(Receipts{Share: 1, After: after})
	return g
}

func (p *peer) read(conversation uint32, seq chat.Seq) {
	p.t.Helper()
	if r := next[*chat.Read](p); r.Conversation != conv(conversation) || r.At != position(seq) {
		p.t.Fatalf("reads %s up to %v, want %s up to %d", r.Conversation, r.At, conv(conversation), seq)
	}
}

func TestReadersTellHowFarTheyRead(t *testing.T) {
	g := reading(t, 0, listed(t, 3,
		population.Listed{Kind: population.Group, Members: []uint32{1, 0, 2}},
		population.Listed{Kind: population.Channel, Members: []uint32{0, 1}}))
	p := g.enter(at(0, 0), at(1, 0))
	p.say(g.message(1, 1), g.message(0, 1), g.message(0, 2)) // nobody tells a channel
	p.read(0, 1)
	p.read(0, 2)
	p.conn.Kill()
	g.expect("the loss is noticed", func(n Counts) bool { return n.Usable == 0 })

	// The target has lost the second cursor: it is told again, but never behind the head.
	state := at(0, 2)
	state.Read = position(1)
	p = g.greet(stream(1), state, at(1, 1))
	p.read(0, 2)
	p.conn.Kill()
	g.expect("the loss is noticed", func(n Counts) bool { return n.Usable == 0 })
	p = g.greet(stream(1), at(0, 1), at(1, 1))
	g.silent(p)

	g.checker.Connected(check.Receiver{Conversation: 0, Place: 1})
	g.checker.ReadMoved(0, 2, check.Position{Epoch: 1, Seq: 2}, g.Now()) // by user 2, elsewhere
	p.say(&chat.Receipt{Conversation: conv(0), User: "u-r-2", At: position(2)})
	eventually(t, "the receipt is measured", func() bool { return len(g.of(ReceiptLatency)) == 1 })
}

func TestReadersTakeTheirTime(t *testing.T) {
	const after = 60 * time.Millisecond
	g := reading(t, after, pair(t))
	p := g.enter(at(0, 0))
	before := time.Now()
	p.say(g.message(0, 1))
	if r, when := nextAt[*chat.Read](p); r.At.Seq != 1 || when.Sub(before) < after {
		t.Errorf("reads %d after %v, want 1 after %v", r.At.Seq, when.Sub(before), after)
	}
	g.SetReceipts(Receipts{Share: 1, After: time.Second})
	p.say(g.message(0, 2))
	g.hears(0, 2)
	p.conn.Kill() // nobody reads on a screen that is off
	state := at(0, 2)
	state.Read = position(1)
	p = g.greet(stream(1), state)
	eventually(t, "the alarm has gone off", func() bool { return g.alarms() == 0 })
	g.silent(p)
}

// A session that is lost while it is greeted misses receipts too.
func TestReceiptsAreNotOwedToThoseAway(t *testing.T) {
	g := reading(t, 0, pair(t))
	g.Connect(0, g.Now())
	p := g.server.accept(t)
	next[*chat.Hello](p)
	p.say(welcome(stream(1)), &chat.State{Conversations: []chat.ConversationState{at(0, 0)}, More: true})
	p.conn.Shutdown(chat.CloseTryLater, "")
	g.expect("the loss is noticed", func(n Counts) bool { return n.Failed == 1 })
	g.checker.ReadMoved(0, 1, check.Position{Epoch: 1, Seq: 1}, g.Now())
	g.stop()
	if n := g.checker.Finish()["receipt.lost"]; n != 0 {
		t.Errorf("%d receipts were lost by one who was away", n)
	}
}

// Nothing that a target says makes a session panic.
func TestStrangeThingsAreCounted(t *testing.T) {
	g := reading(t, 0, listed(t, 3,
		population.Listed{Kind: population.Group, Members: []uint32{0, 1}},
		population.Listed{Kind: population.Group, Members: []uint32{1, 2}}))
	p := g.enter(at(0, 0))
	for _, c := range []chat.ConversationID{conv(1), conv(2), conv(4_000_000_000), "c-other-0", "c-r-x", "?"} {
		e := g.message(0, 1).Entry
		p.say(
			&chat.Message{Conversation: c, Entry: e},
			&chat.State{Conversations: []chat.ConversationState{{Conversation: c, Kind: chat.Group, Head: position(5), First: 1}}},
			&chat.Entries{ID: 1, Conversation: c, Entries: []chat.Entry{e}},
			&chat.Synced{ID: 1, Conversation: c}, &chat.Synced{ID: 1 << 40, Conversation: c},
			&chat.Ack{Conversation: c, N: 99, At: position(1)},
			&chat.Error{Code: "odd", Re: chat.OpSync, Conversation: c, ID: 1, RetryAfter: time.Hour},
			&chat.Error{Code: "odd", Re: chat.OpSend, Conversation: c, N: 99},
			&chat.Error{Code: "odd"},
		)
		for _, u := range []chat.UserID{"u-r-0", "u-r-2", "u-r-4000000000", "u-other-0"} {
			p.say(&chat.Receipt{Conversation: c, User: u, At: position(1)})
		}
	}
	p.say(&chat.Drain{Within: 290 * 365 * 24 * time.Hour}) // beyond what a moment can be
	for range 300 {
		p.conn.Send(netio.TextFrame([]byte(`{"op":`)))
	}
	p.conn.Send(netio.TextFrame([]byte(`{"op":"message","conv":"c-r-0","epoch":1,"seq":9007199254740991,"user":"u","at":1,"body":"x"}`)))
	g.send(0)
	next[*chat.Send](p)
	g.expect("all was heard", func(n Counts) bool { return n.Malformed == 300 })
	p.say(welcome(stream(3)), &chat.State{})
	g.send(0)
	next[*chat.Send](p)
	if n := g.Counts(); n.Usable != 1 || n.Open != 1 || len(n.Errors) > 201 {
		t.Errorf("%+v", n)
	}
	if got := g.checker.Counts()["misdelivered"]; got != 12 {
		t.Errorf("%d misdelivered, want 12", got)
	}
}

// A cursor that is told never goes back, in whatever order messages come.
func TestReadersOnlyGoForward(t *testing.T) {
	g := reading(t, 0, pair(t))
	p := g.enter(at(0, 0))
	p.say(g.message(0, 3), g.message(0, 1), g.message(0, 4), g.message(0, 2))
	p.read(0, 3)
	p.read(0, 4)
	g.silent(p)
}
