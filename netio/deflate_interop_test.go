package netio

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

var packedSizes = []int{0, 1, 16, 64, 125, 126, 255, 256, 600, 4096, 65535, 65536, 131072}

// TestAnotherClientCompresses speaks to our server by a WebSocket library that is not ours,
// which keeps its context wherever it is allowed to.
func TestAnotherClientCompresses(t *testing.T) {
	for name, mode := range map[string]websocket.CompressionMode{
		"offers no context takeover": websocket.CompressionNoContextTakeover, "offers context takeover": websocket.CompressionContextTakeover,
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, compressing)
			l := listen(t, r, echoing)
			ctx, stop := context.WithTimeout(t.Context(), patience)
			defer stop()
			c, _, err := websocket.Dial(ctx, "ws://"+l.Addr().String(), &websocket.DialOptions{CompressionMode: mode, CompressionThreshold: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.CloseNow() }()
			c.SetReadLimit(1 << 20)
			for _, size := range packedSizes {
				for kind, p := range map[websocket.MessageType]string{websocket.MessageText: chatter(size), websocket.MessageBinary: noise(size)} {
					if err := c.Write(ctx, kind, []byte(p)); err != nil {
						t.Fatal(err)
					}
					if k, b, err := c.Read(ctx); err != nil || k != kind || string(b) != p {
						t.Fatalf("%d bytes: got %d (%v)", size, len(b), err)
					}
				}
			}
			if n := r.Stats().Compression; n.Agreed != 1 || n.Inflated < 2*12 || n.Deflated < 6 {
				t.Fatalf("%+v", n)
			}
			if err := c.Close(websocket.StatusNormalClosure, ""); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestAnotherServerCompresses dials a server that is not ours.
func TestAnotherServerCompresses(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		c, err := websocket.Accept(w, q, &websocket.AcceptOptions{CompressionMode: websocket.CompressionNoContextTakeover, CompressionThreshold: 1})
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = c.CloseNow() }()
		c.SetReadLimit(1 << 20)
		for {
			kind, b, err := c.Read(q.Context())
			if err != nil {
				return
			}
			if err := c.Write(q.Context(), kind, b); err != nil {
				t.Error(err)
			}
		}
	}))
	defer s.Close()
	r := open(t, compressing)
	e := newEar()
	if err := r.Dial(Dial{Addr: netip.MustParseAddrPort(strings.TrimPrefix(s.URL, "http://"))}, e); err != nil {
		t.Fatal(err)
	}
	if i := wait(t, e.info, "upgrade"); !i.Compressed {
		t.Fatalf("info %+v", i)
	}
	c := wait(t, e.opened, "upgrade")
	for _, size := range packedSizes {
		for _, p := range []string{chatter(size), noise(size)} {
			c.Send(BinaryFrame([]byte(p)))
			if wait(t, e.messages, "echo") != p {
				t.Fatalf("another echo of %d bytes", size)
			}
		}
	}
	if n := r.Stats().Compression; n.Inflated < 2*12 || n.Deflated < 6 {
		t.Fatalf("%+v", n)
	}
	c.Shutdown(1000, "")
	if code := wait(t, e.closed, "end"); code != 1000 || e.err != nil {
		t.Fatalf("code %d, error %v", code, e.err)
	}
}
