package server

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
	"github.com/seed886cd727/throng/server/store"
)

// metric reads one figure from the page.
func (n *node) metric(name string) float64 {
	n.Helper()
	status, page := n.admin("GET", "/metrics", "")
	m := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(page)
	if status != 200 || m == nil {
		n.Fatalf("%s is not on the page (status %d)", name, status)
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		n.Fatal(err)
	}
	return v
}

func TestMetricsTellWhatHappened(t *testing.T) {
	n := start(t, func(c *Config) { c.Store.Driver, c.Store.Dir, c.Network.Pollers = store.Pebble, t.TempDir(), 2 })
	n.admin("POST", "/v1/conversations", annBob)
	ann, _, _ := n.connect("ann", chat.StreamID{})
	for i := uint64(1); i <= 10; i++ {
		ann.say(&chat.Send{Conversation: "c", N: i, Body: []byte("twelve bytes")})
		await[*chat.Ack](ann)
		await[*chat.Message](ann)
	}
	ann.say(&chat.Send{Conversation: "c", N: 10, Body: []byte("twelve bytes")})
	await[*chat.Ack](ann)
	bad := n.dial()
	bad.conn.Send(netio.TextFrame([]byte{0xff}))
	bad.awaitClose()
	for name, want := range map[string]float64{
		"throng_loops":                       2,
		"throng_body_bytes_total":            120,
		"throng_sends_total":                 11,
		"throng_duplicates_total":            1,
		"throng_store_appends_total":         10,
		"throng_connections_malformed_total": 1,
		"throng_connections_upgraded_total":  2,
		"throng_accept_errors_total":         0,
		"throng_connections_slow_total":      0,
		"throng_connections_dead_total":      0,
		"throng_frames_received_total":       12,               // the bad one is no whole message
		"throng_frames_sent_total":           2 + 2*10 + 1 + 3, // two answers to upgrades and a close frame among them
	} {
		if got := n.metric(name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	for _, name := range []string{"throng_loop_busy_seconds_total", "throng_bytes_received_total", "throng_bytes_sent_total", "throng_socket_writes_total", "throng_store_fsync_seconds_total"} {
		if n.metric(name) <= 0 {
			t.Errorf("%s is 0", name)
		}
	}
	logical, written := n.metric("throng_store_logical_bytes_total"), n.metric("throng_store_bytes_total")
	if logical < 10*12 || written < logical {
		t.Errorf("%v bytes were asked for and %v written", logical, written)
	}
}
