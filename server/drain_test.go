package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
	"github.com/seed886cd727/throng/server/admin"
)

// watchDrain gives each status that the admin API tells, until it is over.
func (n *node) watchDrain() <-chan admin.DrainStatus {
	n.Helper()
	resp, err := http.Get("http://" + n.AdminAddr().String() + "/v1/drain?watch=50ms")
	if err != nil {
		n.Fatal(err)
	}
	told := make(chan admin.DrainStatus, 10_000)
	go func() {
		defer close(told)
		defer func() { _ = resp.Body.Close() }()
		for d := json.NewDecoder(resp.Body); ; {
			var s admin.DrainStatus
			if d.Decode(&s) != nil {
				return
			}
			told <- s
		}
	}()
	return told
}

// paper is a log that may be read while it is written.
type paper struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// TestDrainIsHeldAndWatched has clients that never answer: one that neither
// reads nor closes, one with more waiting for it than a socket takes, one that
// said no hello. The node serves until they are closed, and ends in time.
func TestDrainIsHeldAndWatched(t *testing.T) {
	var logged paper
	n := start(t, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&logged, nil)) })
	n.admin("POST", "/v1/conversations", annBob)
	ann, _, _ := n.connect("ann", chat.StreamID{})
	bob := n.deaf(`{"op":"hello","user":"bob","device":"d"}`)
	n.deaf("")
	large := bytes.Repeat([]byte("x"), 30<<10)
	for i := uint64(1); i <= 20; i++ { // 600 KiB: below the bound of what may wait
		ann.say(&chat.Send{Conversation: "c", N: i, Body: large})
		await[*chat.Ack](ann)
		await[*chat.Message](ann)
	}
	told := n.watchDrain()
	const within = 2 * time.Second
	n.StartDrain(admin.DrainRequest{Within: within, Delay: 300 * time.Millisecond})
	if n.Ready() == nil {
		t.Error("it is still ready")
	}
	await[*chat.Drain](ann)
	ann.say(&chat.Send{Conversation: "c", N: 21, Body: []byte("still served")})
	if a := await[*chat.Ack](ann); a.At.Seq != 21 {
		t.Errorf("%+v", a)
	}
	ann.conn.Shutdown(netio.CloseNormal, "")
	phases := map[string]bool{}
	var last admin.DrainStatus
	for s := range told {
		phases[s.Phase], last = true, s
	}
	for _, want := range []string{"serving", "waiting", "leaving", "closing", "done"} {
		if !phases[want] {
			t.Errorf("%s was not told: %v", want, phases)
		}
	}
	if last.Ended == nil {
		t.Fatalf("its end was not told: %+v", last)
	}
	if last.Phase != "done" || last.Connections != 0 || last.Found != 3 || last.Told != 2 || last.Closed != 2 || last.Ended.After(*last.Deadline) {
		t.Errorf("at last %+v", last)
	}
	if took := last.Ended.Sub(*last.Started); took < within || took > within*5/4+5*time.Second {
		t.Errorf("it took %v", took)
	}
	if text := logged.String(); !bytes.Contains([]byte(text), []byte("phase=leaving")) {
		t.Errorf("the log tells no progress:\n%s", text)
	}
	_ = bob.Close()
}

// deaf is a connection whose client says something and reads nothing but the
// answer to the upgrade.
func (n *node) deaf(says string) net.Conn {
	n.Helper()
	c, err := net.Dial("tcp", n.Addr().String())
	if err != nil {
		n.Fatal(err)
	}
	n.Cleanup(func() { _ = c.Close() })
	_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
	fmt.Fprintf(c, "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	if _, err := c.Read(make([]byte, 12)); err != nil {
		n.Fatal(err)
	}
	if says == "" {
		return c
	}
	before := n.users.Len()
	frame := append([]byte{0x81, 0x80 | byte(len(says)), 0, 0, 0, 0}, says...) // masked with zeros
	if _, err := c.Write(frame); err != nil {
		n.Fatal(err)
	}
	for end := time.Now().Add(patience); n.users.Len() == before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			n.Fatal("the hello was not answered")
		}
	}
	return c
}

// TestDuringTheDelayAllGoesOn: a load balancer may still send clients.
func TestDuringTheDelayAllGoesOn(t *testing.T) {
	n := start(t, nil)
	n.StartDrain(admin.DrainRequest{Within: time.Second, Delay: time.Hour})
	if status, _ := n.admin("GET", "/readyz", ""); status != http.StatusServiceUnavailable {
		t.Errorf("readiness says %d", status)
	}
	late, _, _ := n.connect("ann", chat.StreamID{})
	late.say(&chat.Heartbeat{ID: 1})
	await[*chat.Heartbeat](late)
	n.StartDrain(admin.DrainRequest{}) // the first one goes on
	if s := n.DrainStatus(); s.Phase != "waiting" || s.Delay != "1h0m0s" {
		t.Errorf("%+v", s)
	}
	_ = n.Close()
	if code := late.awaitClose(); code != netio.CloseGoingAway {
		t.Errorf("closed with %d", code)
	}
}
