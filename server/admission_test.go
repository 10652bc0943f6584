package server

import (
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
)

// refused is a client's end that hears why it was not let in.
type refused struct{ why chan error }

func (refused) Open(*netio.Conn, netio.Info)                      {}
func (refused) Message(*netio.Conn, bool, []byte)                 {}
func (r refused) Close(_ *netio.Conn, _ netio.CloseCode, e error) { r.why <- e }

// TestAFullNode refuses both kinds of clients before anything is made for them,
// and says so on the metrics page.
func TestAFullNode(t *testing.T) {
	n := start(t, func(c *Config) { c.Gateway.MaxConnections, c.Gateway.RetryAfter = 1, 3*time.Second })
	ann, _, _ := n.connect("ann", chat.StreamID{})
	r := refused{make(chan error, 1)}
	if err := n.clients.Dial(netio.Dial{Addr: n.Addr().(*net.TCPAddr).AddrPort(), Path: "/ws"}, r); err != nil {
		t.Fatal(err)
	}
	d, ok := errors.AsType[*netio.DialError](<-r.why)
	if !ok || d.Status != 503 || d.RetryAfter < 3*time.Second || d.RetryAfter > 6*time.Second {
		t.Fatalf("%+v", d)
	}
	page := &http.Client{Transport: &http.Transport{}}
	resp, err := page.Get("http://" + n.Addr().String())
	if err != nil || resp.StatusCode != 503 {
		t.Fatalf("%v %v", resp, err)
	}
	_ = resp.Body.Close()
	for name, want := range map[string]float64{
		"throng_connections_refused_full_total": 2, "throng_connections_refused_total": 0, "throng_connections_accepted_total": 1, "throng_connections": 1,
	} {
		if got := n.metric(name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	ann.conn.Kill()
	ann.awaitClose()
	for end := time.Now().Add(patience); n.reactor.Stats().Open > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	n.connect("bob", chat.StreamID{})
}
