package server

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
)

// What an idle session in five direct conversations may take of the heap, as
// docs/memory.md adds it up.
const (
	sessionObjects = 6
	sessionBytes   = 650
)

// TestIdleSessionsAreSmall counts what sessions add to the heap of a server of
// its own, between 2,000 of them and 8,000, so that nothing is counted that
// a server has anyway.
func TestIdleSessionsAreSmall(t *testing.T) {
	clients, err := netio.New(netio.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = clients.Close() }()
	p := serve(t, build(t), t.TempDir(), "os")
	defer p.end()
	defer func() { _ = p.cmd.Process.Kill() }()

	const few, many = 2000, 8000
	var lines strings.Builder
	for u := range many {
		for c := range 2 + u%2 { // two and a half for each user, with two members each
			fmt.Fprintf(&lines, `{"conv":"c-12345678-%d","kind":"direct","members":["u-12345678-%d","u-12345678-%d"]}`+"\n", u*5+c, u, (u+c+1)%many)
		}
	}
	resp, err := http.Post("http://"+p.admin+"/v1/conversations", "application/x-ndjson", strings.NewReader(lines.String()))
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	_ = resp.Body.Close()
	var welcomed atomic.Int64
	connect := func(from, to int) {
		for u := from; u < to; u++ {
			who := &sitter{name: chat.UserID(fmt.Sprintf("u-12345678-%d", u)), welcomed: &welcomed}
			if err := clients.Dial(netio.Dial{Addr: p.listen, Path: "/ws"}, who); err != nil {
				t.Fatal(err)
			}
			if u%100 == 99 { // the accept queue is bounded
				for until := time.Now().Add(patience); welcomed.Load() <= int64(u); time.Sleep(time.Millisecond) {
					if time.Now().After(until) {
						t.Fatalf("%d of %d were welcomed", welcomed.Load(), u+1)
					}
				}
			}
		}
	}
	connect(0, few)
	objects, bytes := p.heap()
	connect(few, many)
	objectsAfter, bytesAfter := p.heap()
	const added = many - few
	perObjects, perBytes := (objectsAfter-objects)/added, (bytesAfter-bytes)/added
	t.Logf("a session: %.2f objects, %.0f bytes", perObjects, perBytes)
	if perObjects > sessionObjects || perBytes > sessionBytes {
		t.Errorf("at most %d objects and %d bytes", sessionObjects, sessionBytes)
	}
}

// sitter is a session that says no more than hello.
type sitter struct {
	name     chat.UserID
	welcomed *atomic.Int64
}

func (u *sitter) Open(c *netio.Conn, _ netio.Info) {
	c.Send(netio.TextFrame(chat.JSON{}.AppendRequest(nil, &chat.Hello{User: u.name, Device: "d0"})))
}

func (u *sitter) Message(_ *netio.Conn, _ bool, p []byte) {
	if strings.Contains(string(p), `"states":[{`) && strings.Count(string(p), `"conv":`) == 5 {
		u.welcomed.Add(1)
	}
}

func (u *sitter) Close(*netio.Conn, netio.CloseCode, error) {}

// heap is what is alive on the server's heap, once it was collected.
func (p *process) heap() (objects, bytes float64) {
	p.Helper()
	p.gc()
	return p.metric("go_memstats_heap_objects"), p.metric("go_memstats_heap_alloc_bytes")
}

// gc has the server give back what it can.
func (p *process) gc() {
	p.Helper()
	for range 3 { // pools are emptied by the second one
		resp, err := http.Post("http://"+p.admin+"/v1/gc", "", nil)
		if err != nil {
			p.Fatal(err)
		}
		_ = resp.Body.Close()
	}
}

// metric reads one of the server's metrics.
func (p *process) metric(name string) (value float64) {
	p.Helper()
	resp, err := http.Get("http://" + p.admin + "/metrics")
	if err != nil {
		p.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			if _, err := fmt.Sscan(text, &value); err != nil {
				p.Fatal(err)
			}
			return value
		}
	}
	p.Fatalf("no metric %s", name)
	return 0
}
