package client

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/loadgen/plan"
	"github.com/seed886cd727/throng/loadgen/population"
	"github.com/seed886cd727/throng/netio"
)

// storm is a target that keeps what it promises and is hard to talk to: it drops
// connections, acknowledgements and live messages, refuses, drains and changes
// streams, until it is calm.
type storm struct {
	t      *testing.T
	people *population.Population

	mu      sync.Mutex
	random  *rand.Rand
	calm    bool
	logs    map[chat.ConversationID][]chat.Entry
	refs    map[ref]chat.Seq
	refused map[ref]bool   // for good
	last    map[ref]uint64 // with n 0: the highest n stored
	issued  byte
	members map[*gust]bool // those greeted
}

type ref struct {
	user         chat.UserID
	conversation chat.ConversationID
	stream       chat.StreamID
	n            uint64
}

// gust is one connection of a storm.
type gust struct {
	*storm
	conn   *netio.Conn
	user   chat.UserID
	stream chat.StreamID
}

func (g *gust) Open(c *netio.Conn, _ netio.Info) { g.conn = c }

func (g *gust) Close(*netio.Conn, netio.CloseCode, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.members, g)
}

// strikes draws whether something bad happens, once in n times. It needs mu.
func (s *storm) strikes(n int) bool { return !s.calm && s.random.IntN(n) == 0 }

func (g *gust) say(e chat.Event) { g.conn.Send(netio.TextFrame(chat.JSON{}.AppendEvent(nil, e))) }

func (g *gust) Message(_ *netio.Conn, _ bool, payload []byte) {
	request, err := chat.JSON{}.NewDecoder().Request(payload)
	if err != nil {
		g.t.Error(err)
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.strikes(60) {
		g.conn.Kill()
		return
	}
	switch r := request.(type) {
	case *chat.Hello:
		g.hello(r)
	case *chat.Send:
		g.store(r)
	case *chat.Sync:
		g.sync(r)
	}
}

func (g *gust) hello(h *chat.Hello) {
	g.user, g.stream = h.User, h.Stream
	if h.Stream.IsZero() || g.strikes(3) {
		g.issued++
		g.stream = stream(g.issued)
	}
	g.say(welcome(g.stream))
	if g.strikes(10) {
		g.conn.Shutdown(netio.CloseTryLater, "")
		return
	}
	number, _ := names().UserOf(string(h.User))
	state := new(chat.State)
	for _, c := range g.people.Conversations(number) {
		state.Conversations = append(state.Conversations, at(c, chat.Seq(len(g.logs[conv(c)]))))
	}
	g.say(state)
	g.members[g] = true
	if g.strikes(5) {
		g.say(&chat.Drain{Within: 20 * time.Millisecond})
	}
}

func (g *gust) store(s *chat.Send) {
	if s.Stream.IsZero() {
		s.Stream = g.stream
	}
	r := ref{g.user, s.Conversation, s.Stream, s.N}
	seq, known := g.refs[r]
	if g.refused[r] || !known && g.strikes(100) {
		g.refused[r] = true
		g.say(&chat.Error{Code: chat.RefTooOld, Re: chat.OpSend, Conversation: s.Conversation, Stream: s.Stream, N: s.N})
		return
	}
	if known {
		if !bytes.Equal(g.logs[s.Conversation][seq-1].Body, s.Body) {
			g.t.Errorf("%v has other bytes the second time", r)
		}
	} else {
		seq = g.append(r, s.Body)
	}
	if g.strikes(30) { // the acknowledgement is lost with the connection
		g.conn.Kill()
		return
	}
	g.say(&chat.Ack{Conversation: s.Conversation, Stream: s.Stream, N: s.N, At: position(seq), Duplicate: known})
}

// append stores a message, and tells those who are there.
func (g *gust) append(r ref, body []byte) chat.Seq {
	of := r
	of.n = 0
	if r.n <= g.last[of] {
		g.t.Errorf("%v came after n %d of its stream", r, g.last[of])
	}
	g.last[of] = r.n
	seq := chat.Seq(len(g.logs[r.conversation]) + 1)
	e := chat.Entry{At: position(seq), User: r.user, Time: time.Now(), Body: bytes.Clone(body)}
	g.logs[r.conversation] = append(g.logs[r.conversation], e)
	g.refs[r] = seq
	number, _ := names().ConversationOf(string(r.conversation))
	for m := range g.members {
		user, _ := names().UserOf(string(m.user))
		for _, u := range g.people.Members(number) {
			if u == user && !g.strikes(40) {
				m.say(&chat.Message{Conversation: r.conversation, Entry: e})
			}
		}
	}
	return seq
}

func (g *gust) sync(y *chat.Sync) {
	log := g.logs[y.Conversation]
	if y.From < 1 || y.To < y.From || int(y.To) > len(log) {
		g.t.Errorf("asks for %d to %d of %d", y.From, y.To, len(log))
		return
	}
	if g.strikes(5) {
		g.say(&chat.Error{Code: chat.Unavailable, Re: chat.OpSync, Conversation: y.Conversation, ID: y.ID, RetryAfter: 5 * time.Millisecond})
		return
	}
	for from := y.From; from <= y.To; from += chat.MaxEntries {
		to := min(y.To, from+chat.MaxEntries-1)
		g.say(&chat.Entries{ID: y.ID, Conversation: y.Conversation, Entries: log[from-1 : to]})
	}
	g.say(&chat.Synced{ID: y.ID, Conversation: y.Conversation, To: position(y.To), Head: position(chat.Seq(len(log)))})
}

// clear ends the storm. All connect anew: a live message that was lost behind all
// others would not be missed before the next one.
func (s *storm) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calm = true
	for m := range s.members {
		m.conn.Kill()
	}
}

// However connections come and go, every message is stored once, in the order in
// which it was due, and reaches everyone once.
func TestAStormLosesNothing(t *testing.T) {
	const users, messages = 12, 3000
	conversations := make([]population.Listed, 6)
	for i := range conversations {
		conversations[i].Kind = population.Group
		for u := range users {
			if (u+i)%3 != 0 {
				conversations[i].Members = append(conversations[i].Members, uint32(u))
			}
		}
	}
	people := listed(t, users, conversations...)
	g := play(t, people, nil)
	s := &storm{
		t: t, people: people, random: rand.New(rand.NewPCG(5, 6)), logs: map[chat.ConversationID][]chat.Entry{},
		refs: map[ref]chat.Seq{}, refused: map[ref]bool{}, last: map[ref]uint64{}, members: map[*gust]bool{},
	}
	handler := func() netio.Handler { return &gust{storm: s} }
	g.server.handler.Store(&handler)
	refuse := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		g.server.refuse.Store(nil)
		if s.strikes(10) {
			g.server.refuse.Store(&netio.Answer{Status: http.StatusServiceUnavailable})
		}
	}
	g.server.before.Store(&refuse)
	for i := range users {
		g.Connect(i, g.Now())
	}
	var sending sync.WaitGroup
	for part := range 2 { // two schedules at once
		sending.Go(func() {
			random := rand.New(rand.NewPCG(7, uint64(part)))
			for range messages / 2 {
				c := uint32(random.IntN(people.Len()))
				members := people.Members(c)
				g.Send(plan.Send{Conversation: c, Sender: members[random.IntN(len(members))], Size: random.IntN(300)}, g.Now())
				<-time.After(200 * time.Microsecond)
			}
		})
	}
	g.Reconnect(0.3, 100*time.Millisecond)
	sending.Wait()
	s.clear()
	g.expect("all is settled", func(n Counts) bool {
		return n.Usable == users && n.CatchingUp == 0 && n.Unacknowledged == 0 && n.Waiting == 0 && g.checker.Owed() == 0
	})
	n := g.Counts()
	g.stop()
	r := g.checker.Finish()
	for _, name := range []string{"lost", "unacknowledged", "duplicates.residual", "double_stored", "order.violations", "order.disagreements", "phantom", "corrupted", "misdelivered"} {
		if r[name] != 0 {
			t.Errorf("%s is %d", name, r[name])
		}
	}
	// What lay above a hole when a connection was lost is asked for with the hole.
	if r["duplicates.wire"] != r["duplicates.after_reconnect"] {
		t.Errorf("%d duplicates, but %d after a reconnect", r["duplicates.wire"], r["duplicates.after_reconnect"])
	}
	if n.Acked+n.SendsRefused+n.Abandoned != messages || n.SendsRefused == 0 || n.ClosedByTarget == 0 || n.Refused == 0 || r["gaps"] == 0 || len(g.of(Resume)) == 0 {
		t.Errorf("that was no storm: %+v, %v", n, r)
	}
}
