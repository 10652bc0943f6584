package netio

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// sizes are those at which a header's form changes, and a few large ones.
func sizes() []int { return []int{0, 1, 125, 126, 65535, 65536, 200_000} }

// TestAnotherClient has a client of another implementation speak to our server.
func TestAnotherClient(t *testing.T) {
	l := listen(t, open(t, widely(1<<20)), func(q *Request) (Handler, Answer) { return echo{}, Answer{Subprotocol: q.Protocols[1]} })
	c, _, err := websocket.Dial(t.Context(), "ws://"+l.Addr().String()+"/x", &websocket.DialOptions{Subprotocols: []string{"a", "b"}})
	if err != nil || c.Subprotocol() != "b" {
		t.Fatal(c, err)
	}
	defer func() { _ = c.CloseNow() }()
	c.SetReadLimit(1 << 20)
	for _, size := range sizes() {
		said := random(size)
		if err := c.Write(t.Context(), websocket.MessageBinary, said); err != nil {
			t.Fatal(err)
		}
		kind, heard, err := c.Read(t.Context())
		if err != nil || kind != websocket.MessageBinary || !bytes.Equal(said, heard) {
			t.Fatalf("%d bytes came back as %d: %v", size, len(heard), err)
		}
	}
	if err := c.Close(4001, "enough"); err != nil {
		t.Fatal(err)
	}
}

// TestAnotherServer has our client speak to a server of another implementation,
// which pings it in between.
func TestAnotherServer(t *testing.T) {
	served := make(chan error, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { served <- echoOf(w, q) }))
	defer s.Close()
	e := newEar()
	addr := netip.MustParseAddrPort(strings.TrimPrefix(s.URL, "http://"))
	if err := open(t, widely(1<<20)).Dial(Dial{Addr: addr, Protocols: []string{"a", "b"}}, e); err != nil {
		t.Fatal(err)
	}
	c := wait(t, e.opened, "upgrade")
	if got := (<-e.info).Subprotocol; got != "b" {
		t.Fatalf("subprotocol %q", got)
	}
	for _, size := range sizes() {
		said := random(size)
		c.Send(BinaryFrame(said))
		if heard := wait(t, e.messages, "echo"); heard != string(said) {
			t.Fatalf("%d bytes came back as %d", size, len(heard))
		}
	}
	c.Shutdown(4001, "enough")
	if code := wait(t, e.closed, "end"); code != 4001 || e.err != nil {
		t.Fatalf("closed with %d, %v", code, e.err)
	}
	if err := wait(t, served, "end of the server"); websocket.CloseStatus(err) != 4001 {
		t.Fatal(err)
	}
}

// echoOf echoes until the end, in fragments.
func echoOf(w http.ResponseWriter, q *http.Request) error {
	c, err := websocket.Accept(w, q, &websocket.AcceptOptions{Subprotocols: []string{"b"}})
	if err != nil {
		return err
	}
	c.SetReadLimit(1 << 20)
	for {
		kind, p, err := c.Read(q.Context())
		if err != nil {
			return err
		}
		out, err := c.Writer(q.Context(), kind)
		if err != nil {
			return err
		}
		for half := len(p) / 2; len(p) > 0; p, half = p[half:], len(p)-half {
			if _, err := out.Write(p[:half]); err != nil {
				return err
			}
		}
		if err := out.Close(); err != nil {
			return err
		}
	}
}

func random(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}
