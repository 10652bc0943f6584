package server

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
)

// TestASilentSessionIsForgotten has one client that answers no ping and one that
// does. The first is told, and nobody knows its session any more.
func TestASilentSessionIsForgotten(t *testing.T) {
	const beat = 400 * time.Millisecond
	n := start(t, func(c *Config) { c.Network.Heartbeat, c.Rules.Heartbeat = beat, beat })
	fields := documentedFields(t)
	living, _, _ := n.connect("bob", chat.StreamID{})
	mute := meet(n, fields, make(map[string]bool))
	mute.say(`{"op":"hello","user":"ann","device":"d"}`)
	mute.hear("welcome")
	mute.hear("state")
	if got := n.users.Len(); got != 2 {
		t.Fatalf("%d sessions", got)
	}
	for {
		first, payload := mute.frame()
		if first == 0x89 {
			continue // a ping
		}
		if first != 0x88 || int(payload[0])<<8|int(payload[1]) != chat.CloseSilent {
			t.Fatalf("%x %q", first, payload)
		}
		break
	}
	_ = mute.conn.Close()
	for until := time.Now().Add(patience); n.users.Len() != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%d sessions", n.users.Len())
		}
	}
	living.say(&chat.Heartbeat{ID: 1})
	await[*chat.Heartbeat](living)
}

// TestAStoppedServerCallsNobodyDead stops a server for three heartbeats. Its
// clients say nothing but pongs; when it goes on, it must find them all alive.
func TestAStoppedServerCallsNobodyDead(t *testing.T) {
	const beat = 500 * time.Millisecond
	clients, err := netio.New(netio.DefaultConfig()) // they ping nobody for 30 s
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = clients.Close() }()
	p := serve(t, build(t), t.TempDir(), "os", "--heartbeat", beat.String())
	defer func() { _ = p.cmd.Process.Kill(); p.end() }()
	var all []*client
	for i := range 20 {
		c := dial(t, clients, p.listen)
		c.hello(&chat.Hello{User: chat.UserID(fmt.Sprint("u", i)), Device: "d"})
		all = append(all, c)
	}
	for _, signal := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGCONT} {
		if err := p.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * beat) // first the stall itself, then what it takes to call someone dead
	}
	for i, c := range all {
		select {
		case code := <-c.closed:
			t.Fatalf("client %d was closed with %d", i, code)
		default:
		}
		c.say(&chat.Heartbeat{ID: 1})
		await[*chat.Heartbeat](c)
	}
}
