package server

import (
	"net"
	"strings"
	"testing"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
)

// TestCompressionIsCounted has three members hear a message: two by connections
// that compress, one by a plain one. It is compressed once.
func TestCompressionIsCounted(t *testing.T) {
	n := start(t, func(c *Config) { c.Network.Compression.Enabled = true })
	n.admin("POST", "/v1/conversations", `{"conv":"c","kind":"group","members":["ann","bob","cid"]}`+"\n")
	clients := netio.DefaultConfig()
	clients.Compression.Enabled = true
	r, err := netio.New(clients)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	ann := dial(t, r, n.Addr().(*net.TCPAddr).AddrPort())
	bob := dial(t, r, n.Addr().(*net.TCPAddr).AddrPort())
	cid := n.dial()
	for c, user := range map[*client]chat.UserID{ann: "ann", bob: "bob", cid: "cid"} {
		c.hello(&chat.Hello{User: user, Device: "d"})
	}
	deflated := n.metric("throng_compression_deflated_total") // welcomes may be long enough
	inflated := n.metric("throng_compression_inflated_total")
	body := strings.Repeat("all together now ", 100)
	ann.say(&chat.Send{Conversation: "c", N: 1, Body: []byte(body)})
	await[*chat.Ack](ann)
	for _, c := range []*client{ann, bob, cid} {
		if m := await[*chat.Message](c); string(m.Body) != body {
			t.Fatalf("got %.40q", m.Body)
		}
	}
	if got := n.metric("throng_compression_deflated_total") - deflated; got != 1 {
		t.Errorf("compressed %v messages, want 1", got)
	}
	if got := n.metric("throng_compression_inflated_total") - inflated; got != 1 {
		t.Errorf("inflated %v messages, want 1", got)
	}
	if got := n.metric("throng_compression_connections_total"); got != 2 {
		t.Errorf("%v connections compress, want 2", got)
	}
	for _, way := range []string{"deflated_%put_bytes", "inflated_%put_bytes"} {
		in := n.metric("throng_compression_" + strings.Replace(way, "%", "in", 1) + "_total")
		out := n.metric("throng_compression_" + strings.Replace(way, "%", "out", 1) + "_total")
		if small, large := min(in, out), max(in, out); small <= 0 || large < 1700 || small*3 > large || (in == small) != strings.HasPrefix(way, "inflated") {
			t.Errorf("%s: %v in, %v out", way, in, out)
		}
	}
	if got := n.metric("throng_compression_incompressible_total"); got != 0 {
		t.Errorf("%v were incompressible", got)
	}
}
