package agent

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/loadgen/check"
	"github.com/seed886cd727/throng/loadgen/client"
	"github.com/seed886cd727/throng/loadgen/plan"
	"github.com/seed886cd727/throng/loadgen/population"
	"github.com/seed886cd727/throng/loadgen/target"
	"github.com/seed886cd727/throng/netio"
)

const (
	benchUsers   = 200
	benchMembers = 20
	benchBody    = 200 // bytes
)

// hall is a server that greets everyone, acknowledges all and stores nothing.
type hall struct {
	people *population.Population
	names  population.Names
	mu     sync.Mutex
	by     map[uint32]*netio.Conn // of each user
	seq    atomic.Uint64
}

// guest is one connection.
type guest struct{ *hall }

func (guest) Open(*netio.Conn, netio.Info)              {}
func (guest) Close(*netio.Conn, netio.CloseCode, error) {}

func (h guest) Message(c *netio.Conn, _ bool, payload []byte) {
	request, err := chat.JSON{}.NewDecoder().Request(payload)
	if err != nil {
		panic(err)
	}
	say := func(e chat.Event) { c.Send(netio.TextFrame(chat.JSON{}.AppendEvent(nil, e))) }
	switch r := request.(type) {
	case *chat.Hello:
		user, _ := h.names.UserOf(string(r.User))
		h.mu.Lock()
		h.by[user] = c
		h.mu.Unlock()
		say(&chat.Welcome{User: r.User, Device: r.Device, Stream: chat.StreamID{15: 1}, Node: "n"})
		s := new(chat.State)
		for _, n := range h.people.Conversations(user) {
			s.Conversations = append(s.Conversations, chat.ConversationState{
				Conversation: chat.ConversationID(h.names.Conversation(n)), Kind: chat.Group, Head: chat.Position{Epoch: 1}, First: 1,
			})
		}
		say(s)
	case *chat.Send:
		say(&chat.Ack{Conversation: r.Conversation, N: r.N, At: chat.Position{Epoch: 1, Seq: chat.Seq(h.seq.Add(1))}})
	}
}

// open makes a hall of groups, and an agent whose sessions are all usable.
func open(b *testing.B) (*hall, *Agent, *check.Checker, netip.AddrPort) {
	b.Helper()
	var groups []population.Listed
	for from := uint32(0); from < benchUsers; from += benchMembers {
		g := population.Listed{Kind: population.Group}
		for u := range uint32(benchMembers) {
			g.Members = append(g.Members, from+u)
		}
		groups = append(groups, g)
	}
	people, err := population.FromLists(benchUsers, 1, groups)
	if err != nil {
		b.Fatal(err)
	}
	n := netio.DefaultConfig()
	n.Pollers, n.Heartbeat = 1, 0
	server, err := netio.New(n)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Close() })
	h := &hall{people: people, names: population.Names{Run: "r"}, by: map[uint32]*netio.Conn{}}
	l, err := server.Listen("127.0.0.1:0", func(*netio.Request) (netio.Handler, netio.Answer) { return guest{h}, netio.Answer{} })
	if err != nil {
		b.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr).AddrPort()
	places := make([]uint32, len(groups))
	for i := range places {
		places[i] = benchMembers
	}
	checker := check.New(check.Config{Places: places})
	protocol, err := target.New("throng", "json")
	if err != nil {
		b.Fatal(err)
	}
	a, err := New(client.Config{
		Start: time.Now(), Population: people, Names: h.names, Protocol: protocol, Checker: checker,
		Dial: func(int) netio.Dial { return netio.Dial{Addr: addr} }, BackoffBase: time.Second, BackoffMax: time.Second,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = a.Close() })
	a.ConnectAll(b.Context(), 0, 1e6, 0)
	reach(b, func() int64 { return a.Counts().Usable }, benchUsers)
	return h, a, checker, addr
}

// reach waits for a count.
func reach(b *testing.B, count func() int64, want int64) {
	for end := time.Now().Add(20 * time.Second); count() < want; time.Sleep(50 * time.Microsecond) {
		if time.Now().After(end) {
			b.Fatalf("%d, want %d", count(), want)
		}
	}
}

// cpu is what this process has used.
func cpu(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// bare receives and counts.
type bare struct{ n *atomic.Int64 }

func (bare) Open(*netio.Conn, netio.Info)              {}
func (h bare) Message(*netio.Conn, bool, []byte)       { h.n.Add(1) }
func (bare) Close(*netio.Conn, netio.CloseCode, error) {}

// BenchmarkDelivery receives live messages: decoded, checked and measured by a
// fleet, and as frames by connections that do nothing else. One operation is one
// message in each group, so 200 deliveries; the CPU is that of both ends.
func BenchmarkDelivery(b *testing.B) {
	h, _, checker, addr := open(b)
	groups := h.people.Len()
	fleet := make([]*netio.Conn, benchUsers)
	for u, c := range h.by {
		fleet[u] = c
	}
	plain, received := connectBare(b, addr, h)
	var seq uint64
	round := func(to []*netio.Conn) {
		seq++
		for g := range uint32(groups) {
			checker.Sent(g, check.Sender{User: g * benchMembers}, uint32(seq))
			body := check.AppendBody(nil, check.Header{Conversation: g, Sender: g * benchMembers, Counter: uint32(seq), Due: 1}, benchBody)
			frame := netio.TextFrame(chat.JSON{}.AppendEvent(nil, &chat.Message{
				Conversation: chat.ConversationID(h.names.Conversation(g)),
				Entry:        chat.Entry{At: chat.Position{Epoch: 1, Seq: chat.Seq(seq)}, User: "u-r-0", Time: time.UnixMilli(1), Body: body},
			}))
			for _, u := range h.people.Members(g) {
				to[u].Send(frame)
			}
		}
	}
	measure := func(to []*netio.Conn, got func() int64, rounds int) float64 {
		before, from := cpu(b), got()
		for i := range rounds {
			round(to)
			reach(b, got, from+int64((i+1)*benchUsers))
		}
		return float64(rounds*benchUsers) / (cpu(b) - before).Seconds()
	}
	rounds := 0
	b.ReportAllocs()
	checkedCPU, bareCPU := 0.0, 0.0 // seconds a delivery, summed over slices that alternate
	for b.Loop() {
		const slice = 10
		if rounds++; rounds%slice != 0 {
			continue
		}
		checkedCPU += 1 / measure(fleet, checker.Deliveries, slice)
		last := seq
		bareCPU += 1 / measure(plain, received.Load, slice)
		seq = last
	}
	if slices := float64(rounds / 10); slices > 0 {
		b.ReportMetric(slices/checkedCPU, "checked/CPU-s")
		b.ReportMetric(slices/bareCPU, "bare/CPU-s")
		b.ReportMetric(bareCPU/checkedCPU, "checked/bare")
		b.ReportMetric((checkedCPU-bareCPU)/slices*1e9, "ns-more/delivery")
	}
	if c := checker.Counts(); c["duplicates.wire"]+c["phantom"]+c["order.violations"] != 0 {
		b.Errorf("%v", c)
	}
}

// connectBare opens connections that only count, and gives the server's ends.
func connectBare(b *testing.B, addr netip.AddrPort, h *hall) ([]*netio.Conn, *atomic.Int64) {
	b.Helper()
	n := netio.DefaultConfig()
	n.Heartbeat = 0
	r, err := netio.New(n)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = r.Close() })
	h.mu.Lock()
	h.by = map[uint32]*netio.Conn{}
	h.mu.Unlock()
	received := new(atomic.Int64)
	for u := range uint32(benchUsers) {
		if err := r.Dial(netio.Dial{Addr: addr}, &caller{bare{received}, h.names.User(u)}); err != nil {
			b.Fatal(err)
		}
	}
	reach(b, received.Load, 2*benchUsers) // the welcome and the states
	received.Store(0)
	conns := make([]*netio.Conn, benchUsers)
	h.mu.Lock()
	defer h.mu.Unlock()
	for u, c := range h.by {
		conns[u] = c
	}
	return conns, received
}

// caller is bare, and says who it is.
type caller struct {
	bare
	user string
}

func (c *caller) Open(conn *netio.Conn, _ netio.Info) {
	conn.Send(netio.TextFrame(chat.JSON{}.AppendRequest(nil, &chat.Hello{User: chat.UserID(c.user), Device: "d0"})))
}

// BenchmarkSend is what one send costs who paces it: the body, the frame, the
// checker and the system call.
func BenchmarkSend(b *testing.B) {
	_, a, _, _ := open(b)
	b.ReportAllocs()
	i := uint32(0)
	for b.Loop() {
		u := i % benchUsers
		a.Send(plan.Send{Sender: u, Conversation: u / benchMembers, Size: benchBody}, a.Now())
		if i++; i%benchUsers == 0 {
			b.StopTimer()
			reach(b, func() int64 { return a.Counts().Acked }, int64(i))
			b.StartTimer()
		}
	}
}
