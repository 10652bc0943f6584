package client

import (
	"bytes"
	"testing"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/loadgen/target"
)

// sends takes so many sends, which must be numbered from one on.
func sends(p *peer, from, n uint64) (all []*chat.Send) {
	p.t.Helper()
	for i := range n {
		s := next[*chat.Send](p)
		if s.N != from+i {
			p.t.Fatalf("send %d came, want %d", s.N, from+i)
		}
		all = append(all, s)
	}
	return all
}

func ack(s *chat.Send, under chat.StreamID, seq chat.Seq) *chat.Ack {
	return &chat.Ack{Conversation: s.Conversation, Stream: under, N: s.N, At: position(seq)}
}

func TestSendsWaitUntilTheSessionIsUsable(t *testing.T) {
	g := play(t, pair(t), nil)
	g.send(100)
	g.Connect(0, g.Now())
	p := g.server.accept(t)
	if h := next[*chat.Hello](p); h.User != "u-r-0" || h.Device != "d0" || !h.Stream.IsZero() {
		t.Errorf("hello: %+v", h)
	}
	g.send(100)
	p.say(welcome(stream(1)), &chat.State{Conversations: []chat.ConversationState{at(0, 0)}, More: true})
	if n := g.Counts(); n.Waiting != 2 || n.Sent != 0 {
		t.Errorf("%d wait and %d were sent before the session was usable", n.Waiting, n.Sent)
	}
	p.say(&chat.State{})
	for i, s := range sends(p, 1, 2) {
		p.say(ack(s, stream(1), chat.Seq(i+1)))
	}
	g.expect("all is acknowledged", func(n Counts) bool { return n.Acked == 2 && n.Unacknowledged == 0 && n.Waiting == 0 })
	if len(g.of(AckLatency)) != 2 || len(g.of(Connect)) != 1 || len(g.of(ConnectTCP)) != 1 || len(g.of(ConnectUpgrade)) != 1 || len(g.of(ConnectWelcome)) != 1 || len(g.of(Away)) != 0 {
		t.Error("a sample is missing, or too many")
	}
	if len(g.of(Late)) != 0 {
		t.Error("a send that waited for its session counts as the generator's lateness")
	}
}

func TestWhatIsUnacknowledgedIsSentAgain(t *testing.T) {
	g := play(t, pair(t), nil)
	p := g.enter(at(0, 0))
	for range 4 {
		g.send(200)
	}
	first := sends(p, 1, 4)
	p.say(ack(first[1], stream(1), 1))
	g.expect("one is acknowledged", func(n Counts) bool { return n.Acked == 1 })
	p.conn.Kill()
	g.expect("the loss is noticed", func(n Counts) bool { return n.Usable == 0 })
	g.send(200) // while away

	p = g.server.accept(t)
	if h := next[*chat.Hello](p); h.Stream != stream(1) {
		t.Errorf("hello names stream %v, want %v", h.Stream, stream(1))
	}
	p.say(welcome(stream(1)), &chat.State{Conversations: []chat.ConversationState{at(0, 0)}})
	for _, want := range []*chat.Send{first[0], first[2], first[3], {N: 5, Conversation: conv(0)}} {
		s := next[*chat.Send](p)
		if s.N != want.N || s.Conversation != want.Conversation || !s.Stream.IsZero() {
			t.Fatalf("sent again: %d of stream %v, want %d of the welcome's", s.N, s.Stream, want.N)
		}
		if want.Body != nil && !bytes.Equal(s.Body, want.Body) {
			t.Errorf("send %d has other bytes than before", s.N)
		}
		p.say(ack(s, stream(1), chat.Seq(s.N)))
	}
	g.expect("all is acknowledged", func(n Counts) bool { return n.Sent == 5 && n.Acked == 5 && n.Unacknowledged == 0 })
	g.send(200)
	sends(p, 6, 1)
	if n := g.Counts(); n.ClosedByTarget != 1 || n.Failed != 0 || n.Attempted != 2 {
		t.Errorf("%+v", n)
	}
	if len(g.of(Away)) != 1 {
		t.Errorf("%d samples of away, want 1", len(g.of(Away)))
	}
}

func TestARefKeepsItsStream(t *testing.T) {
	g := play(t, pair(t), nil)
	p := g.enter(at(0, 0))
	g.send(0)
	g.send(0)
	sends(p, 1, 2)
	p.conn.Kill()
	g.expect("the loss is noticed", func(n Counts) bool { return n.Usable == 0 })
	g.send(0)
	p = g.greet(stream(2), at(0, 0))
	old := sends(p, 1, 2)
	for _, s := range old {
		if s.Stream != stream(1) {
			t.Errorf("send %d names stream %v, want the one that it was first written under", s.N, s.Stream)
		}
	}
	fresh := sends(p, 3, 1)[0]
	if !fresh.Stream.IsZero() {
		t.Errorf("a new send names stream %v", fresh.Stream)
	}
	p.say(ack(old[0], stream(2), 1)) // of another stream: nothing that was sent
	p.say(ack(old[0], stream(1), 1), ack(fresh, stream(2), 2))
	g.expect("what was acknowledged is settled", func(n Counts) bool { return n.Acked == 2 && n.Unacknowledged == 1 })
	if n := g.Counts().Errors["an acknowledgement of what was not sent, or a second one"]; n != 1 {
		t.Errorf("%d acknowledgements of nothing, want 1", n)
	}
	p.say(&chat.Error{Code: chat.RefTooOld, Re: chat.OpSend, Conversation: conv(0), Stream: stream(1), N: 2})
	g.expect("what was refused is settled", func(n Counts) bool { return n.SendsRefused == 1 && n.Unacknowledged == 0 })
}

func TestBeyondTheBoundIsAbandoned(t *testing.T) {
	g := play(t, pair(t), nil)
	for range maxWaiting + 10 {
		g.send(0)
	}
	if n := g.Counts(); n.Abandoned != 10 || n.Waiting != maxWaiting || n.Grown != maxWaiting {
		t.Errorf("%d abandoned, %d wait, %d grown", n.Abandoned, n.Waiting, n.Grown)
	}
	p := g.enter(at(0, 0))
	sends(p, 1, maxWaiting)
	g.send(0) // nothing is abandoned while the session is usable, however late the answers are
	sends(p, maxWaiting+1, 1)
	if n := g.Counts(); n.Abandoned != 10 || n.Unacknowledged != maxWaiting+1 {
		t.Errorf("%d abandoned, %d unacknowledged", n.Abandoned, n.Unacknowledged)
	}
}

func TestAnsweredFindsTheSend(t *testing.T) {
	a, b := target.Stream{15: 1}, target.Stream{15: 2}
	f := new(Fleet)
	fresh := func() *Session {
		return &Session{fleet: f, stream: b, written: 3, pending: []pending{
			{n: 1, stream: a, sent: true}, {n: 2, stream: b, sent: true}, {n: 3, stream: b, sent: true}, {n: 4},
		}}
	}
	for _, c := range []struct {
		n       uint64
		stream  target.Stream
		ok      bool
		written uint32
	}{
		{1, a, true, 2},
		{1, b, false, 3},
		{1, target.Stream{}, false, 3}, // zero is the connection's
		{3, target.Stream{}, true, 2},
		{2, b, true, 2},
		{2, a, false, 3},
		{4, target.Stream{}, false, 3}, // never written
		{5, b, false, 3},
	} {
		s := fresh()
		before := f.counts.unacknowledged.Load()
		p, ok := s.answered(c.n, c.stream)
		want := before
		if c.ok {
			want--
		}
		if ok != c.ok || ok && p.n != c.n || s.written != c.written || f.counts.unacknowledged.Load() != want {
			t.Errorf("answer to %d of %v: %+v %t, %d are written, %d unacknowledged", c.n, c.stream, p, ok, s.written, f.counts.unacknowledged.Load())
		}
		if _, again := s.answered(c.n, c.stream); again {
			t.Errorf("%d of %v is answered twice", c.n, c.stream)
		}
	}
	early := &Session{fleet: f, pending: []pending{{n: 1}}} // no stream was issued yet
	if _, ok := early.answered(1, target.Stream{}); ok {
		t.Error("what was never written is answered")
	}
	s := &Session{fleet: f, pending: append(make([]pending, 0, 64), pending{n: 1, sent: true}), written: 1}
	if s.answered(1, target.Stream{}); s.pending != nil {
		t.Error("the memory of a storm is kept")
	}
}
