package agent

import (
	"context"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed886cd727/throng/loadgen/check"
	"github.com/seed886cd727/throng/loadgen/client"
	"github.com/seed886cd727/throng/loadgen/plan"
	"github.com/seed886cd727/throng/loadgen/population"
	"github.com/seed886cd727/throng/loadgen/target"
	"github.com/seed886cd727/throng/netio"
)

// mute takes connections and says nothing.
type mute struct{}

func (mute) Open(*netio.Conn, netio.Info)                 {}
func (mute) Message(*netio.Conn, bool, []byte)            {}
func (mute) Close(*netio.Conn, netio.CloseCode, error)    {}
func accept(*netio.Request) (netio.Handler, netio.Answer) { return mute{}, netio.Answer{} }

// recruit makes an agent of so many sessions.
func recruit(t *testing.T, users int, addr netip.AddrPort) *Agent {
	t.Helper()
	people, err := population.FromLists(users, 1, []population.Listed{{Kind: population.Group, Members: []uint32{0, 1}}})
	if err != nil {
		t.Fatal(err)
	}
	protocol, err := target.New("throng", "json")
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(client.Config{
		Start: time.Now(), Population: people, Names: population.Names{Run: "r"}, Protocol: protocol,
		Checker: check.New(check.Config{Places: []uint32{2}}),
		Dial:    func(int) netio.Dial { return netio.Dial{Addr: addr} }, BackoffBase: time.Millisecond, BackoffMax: 5 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// goroutines waits until no more run than did.
func goroutines(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines run, %d did before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
	}
}

// Whatever the sessions are at, Close ends them all and leaves nothing behind.
func TestCloseLeavesNothing(t *testing.T) {
	c := netio.DefaultConfig()
	c.Pollers = 1
	server, err := netio.New(c)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	l, err := server.Listen("127.0.0.1:0", accept)
	if err != nil {
		t.Fatal(err)
	}
	there := l.Addr().(*net.TCPAddr).AddrPort()
	nobody := netip.AddrPortFrom(there.Addr(), 1)
	before := runtime.NumGoroutine()
	for _, addr := range []netip.AddrPort{there, nobody} {
		a := recruit(t, 200, addr)
		ctx, cancel := context.WithCancel(t.Context())
		sending := make(chan struct{})
		go func() {
			a.ConnectAll(ctx, 0, 2000, 0)
			a.SendAll(ctx, 0, &list{0, time.Hour})
			close(sending)
		}()
		for a.Counts().Attempted < 150 {
			<-time.After(time.Millisecond)
		}
		if err := a.Close(); err != nil { // in the middle of the connecting
			t.Error(err)
		}
		cancel()
		<-sending
		if n := a.Counts(); n.Open != 0 || n.Usable != 0 {
			t.Errorf("%+v", n)
		}
		if err := a.Close(); err != nil {
			t.Errorf("the second Close: %v", err)
		}
		goroutines(t, before)
	}
}

func TestAShareThatIsNone(t *testing.T) {
	before := runtime.NumGoroutine()
	_, err := New(client.Config{Share: population.Share{Index: 2, Of: 2}})
	if err == nil || !strings.Contains(err.Error(), "share 2 of 2") {
		t.Errorf("error %v", err)
	}
	goroutines(t, before)
}

// The network's counters are those of this agent's connections.
func TestTheNetworkIsCounted(t *testing.T) {
	c := netio.DefaultConfig()
	c.Pollers = 1
	server, err := netio.New(c)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	l, err := server.Listen("127.0.0.1:0", accept)
	if err != nil {
		t.Fatal(err)
	}
	a := recruit(t, 5, l.Addr().(*net.TCPAddr).AddrPort())
	defer func() { _ = a.Close() }()
	a.ConnectAll(t.Context(), 0, 1e6, 0)
	for end := time.Now().Add(10 * time.Second); a.Counts().Open < 5; <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%+v", a.Counts())
		}
	}
	if n := a.Network(); n.Dialed != 5 || n.Upgraded != 5 || n.BytesOut == 0 {
		t.Errorf("%+v", n)
	}
	s := a.Take()
	if n := count(s, client.ConnectTCP, all); n != 5 {
		t.Errorf("%d samples of connects, want 5", n)
	}
}

var _ plan.Source = (*list)(nil)
