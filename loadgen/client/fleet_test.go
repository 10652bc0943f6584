package client

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/loadgen/check"
	"github.com/seed886cd727/throng/loadgen/plan"
	"github.com/seed886cd727/throng/loadgen/population"
	"github.com/seed886cd727/throng/loadgen/target"
	"github.com/seed886cd727/throng/netio"
)

// tape is a recorder that keeps everything.
type tape struct {
	mu      sync.Mutex
	samples [Measures][]sample
}

type sample struct{ at, d time.Duration }

func (t *tape) Record(_ int, m Measure, at, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.samples[m] = append(t.samples[m], sample{at, d})
}

func (t *tape) of(m Measure) []sample {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]sample(nil), t.samples[m]...)
}

// stage is a fleet and what it plays against.
type stage struct {
	*Fleet
	*tape
	t       testing.TB
	checker *check.Checker
	reactor *netio.Reactor
	server  *server
	stop    func() // ends the fleet and all of its connections
}

// pair is two users in one group.
func pair(t testing.TB) *population.Population {
	t.Helper()
	return listed(t, 2, population.Listed{Kind: population.Group, Members: []uint32{0, 1}})
}

func listed(t testing.TB, users int, conversations ...population.Listed) *population.Population {
	t.Helper()
	p, err := population.FromLists(users, 1, conversations)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// names are those of tests: conversation 0 is c-r-0, user 0 u-r-0.
func names() population.Names { return population.Names{Run: "r"} }

// play makes a fleet that talks to a server.
func play(t testing.TB, people *population.Population, change func(*Config)) *stage {
	t.Helper()
	g := &stage{t: t, tape: new(tape), server: newServer(t)}
	n := netio.DefaultConfig()
	n.Pollers, n.Heartbeat = 2, 0
	var err error
	if g.reactor, err = netio.New(n); err != nil {
		t.Fatal(err)
	}
	protocol, err := target.New("throng", "json")
	if err != nil {
		t.Fatal(err)
	}
	places := make([]uint32, people.Len())
	for c := range places {
		places[c] = uint32(len(people.Members(uint32(c))) * people.Devices())
	}
	g.checker = check.New(check.Config{Run: 7, Places: places, Devices: uint32(people.Devices()), ReceiptMembers: 64})
	c := Config{
		Run: 7, Start: time.Now(), Seed: 1, Population: people, Names: names(), Protocol: protocol,
		Reactor: g.reactor, Pollers: n.Pollers, Checker: g.checker, Recorder: g.tape,
		Dial:        func(int) netio.Dial { return netio.Dial{Addr: g.server.addr, Path: protocol.Path()} },
		BackoffBase: 5 * time.Millisecond, BackoffMax: 20 * time.Millisecond, GreetWithin: time.Hour,
	}
	if change != nil {
		change(&c)
	}
	if g.Fleet, err = NewFleet(c); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { g.Run(ctx) })
	g.stop = sync.OnceFunc(func() {
		g.End()
		_ = g.reactor.Close()
		cancel()
		running.Wait()
		g.balanced()
	})
	t.Cleanup(g.stop)
	return g
}

// balanced holds the counters against the sessions, when nothing moves any more.
func (g *stage) balanced() {
	g.t.Helper()
	n := g.Counts()
	var never, unacknowledged int64
	for i := range g.sessions {
		for _, p := range g.sessions[i].pending {
			if p.sent {
				unacknowledged++
			} else {
				never++
			}
		}
		if s := &g.sessions[i]; s.state > waiting || s.conn != nil || s.catchup || s.lacking != nil {
			g.t.Errorf("session %d is in state %d after the end, with conn %p, lacking %v", i, s.state, s.conn, s.lacking)
		}
	}
	if n.Open != 0 || n.Usable != 0 || n.CatchingUp != 0 || n.Waiting != never || n.Unacknowledged != unacknowledged {
		g.t.Errorf("%d open, %d usable, %d catching up after the end; %d waiting and %d unacknowledged of %d and %d",
			n.Open, n.Usable, n.CatchingUp, n.Waiting, n.Unacknowledged, never, unacknowledged)
	}
	if n.Sent != n.Acked+n.SendsRefused+n.Unacknowledged {
		g.t.Errorf("%d sent, but %d acked, %d refused and %d unacknowledged", n.Sent, n.Acked, n.SendsRefused, n.Unacknowledged)
	}
	if n.OpenPeak > int64(g.Len()) {
		g.t.Errorf("%d connections were open at once, of %d sessions", n.OpenPeak, g.Len())
	}
}

// enter connects session 0 and greets it.
func (g *stage) enter(states ...chat.ConversationState) *peer {
	g.t.Helper()
	g.Connect(0, g.Now())
	return g.greet(stream(1), states...)
}

// greet takes the next connection up to where it is usable.
func (g *stage) greet(s chat.StreamID, states ...chat.ConversationState) *peer {
	g.t.Helper()
	p := g.server.accept(g.t)
	before := g.Counts().Usable
	next[*chat.Hello](p)
	p.say(welcome(s), &chat.State{Conversations: states})
	eventually(g.t, "the session is usable", func() bool { return g.Counts().Usable == before+1 })
	return p
}

// send makes user 0 send in conversation 0.
func (g *stage) send(size int) { g.Send(plan.Send{Conversation: 0, Sender: 0, Size: size}, g.Now()) }

// silent fails if the client has said anything but what a usable session is made to
// say now.
func (g *stage) silent(p *peer) {
	g.t.Helper()
	g.send(0)
	next[*chat.Send](p)
}

// expect waits until counts are as they shall be.
func (g *stage) expect(what string, met func(Counts) bool) {
	g.t.Helper()
	end := time.Now().Add(patience)
	for !met(g.Counts()) {
		if time.Now().After(end) {
			g.t.Fatalf("not within %v: %s; %+v", patience, what, g.Counts())
		}
		<-time.After(time.Millisecond)
	}
}

func stream(n byte) chat.StreamID { return chat.StreamID{0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 15: n} }

func welcome(s chat.StreamID) *chat.Welcome {
	return &chat.Welcome{User: "u-r-0", Device: "d0", Stream: s, Node: "n", MaxFrame: 1 << 18, MaxBody: 1 << 15, RefMaxAge: time.Hour}
}

func conv(number uint32) chat.ConversationID {
	return chat.ConversationID(names().Conversation(number))
}

// at is a conversation's state.
func at(conversation uint32, head chat.Seq) chat.ConversationState {
	return chat.ConversationState{Conversation: conv(conversation), Kind: chat.Group, Head: position(head), First: 1}
}

func position(seq chat.Seq) chat.Position { return chat.Position{Epoch: 1, Seq: seq} }

// message is what user 1 said, as it was stored.
func (g *stage) message(conversation uint32, seq chat.Seq) *chat.Message {
	return &chat.Message{Conversation: conv(conversation), Entry: g.entry(conversation, seq)}
}

func (g *stage) entry(conversation uint32, seq chat.Seq) chat.Entry {
	g.checker.Sent(conversation, check.Sender{User: 1}, uint32(seq))
	body := check.AppendBody(nil, check.Header{Run: 7, Conversation: conversation, Sender: 1, Counter: uint32(seq), Due: g.Now()}, 0)
	return chat.Entry{At: position(seq), User: "u-r-1", Time: time.Now(), Body: body}
}

// answer answers a sync whole.
func (g *stage) answer(p *peer, y *chat.Sync) {
	e := &chat.Entries{ID: y.ID, Conversation: y.Conversation}
	conversation, _ := names().ConversationOf(string(y.Conversation))
	for seq := y.From; seq <= y.To; seq++ {
		e.Entries = append(e.Entries, g.entry(conversation, seq))
	}
	p.say(e, &chat.Synced{ID: y.ID, Conversation: y.Conversation, To: position(y.To), Head: position(y.To)})
}

// seen is up to where session 0 has seen a conversation.
func (g *stage) seen(conversation uint32) uint64 {
	return g.checker.Cursor(check.Receiver{Conversation: conversation, Place: g.place(conversation)}).Seq
}

func (g *stage) place(conversation uint32) uint32 { return g.seats.memberOf(0, conversation) }

// hears waits until session 0 has seen a conversation up to a seq.
func (g *stage) hears(conversation uint32, seq uint64) {
	g.t.Helper()
	eventually(g.t, "the session has seen all", func() bool { return g.seen(conversation) == seq })
}
