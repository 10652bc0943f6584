package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
	"github.com/seed886cd727/throng/server"
)

const (
	idleUsers     = 15_000
	idleEach      = 5 // conversations of each user
	idleTogether  = 3 // users of each conversation
	idleAnAddress = 5_000
)

// BenchmarkIdle connects 15,000 sessions that are members of 5 conversations of 3
// each, and says what one costs: the process's RSS after a forced collection,
// over that of the same server, started and empty, after the same. That is an
// upper bound: the memtables that the store keeps for later, 8 MiB at most, are
// small in an empty server, and are charged to the sessions.
func BenchmarkIdle(b *testing.B) {
	var all []float64
	for b.Loop() {
		all = append(all, idle(b))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(all), "B/session")
}

func idle(b *testing.B) float64 {
	// a process for each round: what an earlier server left behind would hide what
	// this one takes
	node := startChild(b, "serve", b.TempDir())
	var listen, admin, pid string
	if _, err := fmt.Sscan(node.ready, &listen, &admin, &pid); err != nil {
		b.Fatal(err)
	}
	before := settled(b, admin, pid)
	post(b, admin+"/v1/conversations", groups(idleUsers, idleEach, idleTogether))
	clients := startChild(b, "idle", listen, idleUsers)
	after := settled(b, admin, pid)
	clients.stop()
	node.stop()
	return (after - before) / idleUsers
}

// serveRole runs a server until its input ends.
func serveRole(args []string) error {
	c := server.DefaultConfig()
	c.Listen, c.Admin, c.Logger, c.Draining, c.Store.Dir = "127.0.0.1:0", "127.0.0.1:0", slog.New(slog.DiscardHandler), 0, args[0]
	s, err := server.New(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	fmt.Printf("%s http://%s %d\n", s.Addr(), s.AdminAddr(), os.Getpid())
	return s.Serve(ctx)
}

// groups lists conversations of three as the admin API takes them, each user a
// member of several.
func groups(users, each, together int) io.Reader {
	var lines bytes.Buffer
	for i := range users * each / together {
		fmt.Fprintf(&lines, `{"conv":"c%d","kind":"group","members":["u%d","u%d","u%d"]}`+"\n", i,
			i%users, (i+users/3+i/users)%users, (i+users*2/3+3*(i/users))%users)
	}
	return &lines
}

// settled is the RSS in bytes, once what can be given back was given back.
func settled(b *testing.B, admin, pid string) float64 {
	b.Helper()
	for range 3 {
		post(b, admin+"/v1/gc", nil)
	}
	text, err := os.ReadFile("/proc/" + pid + "/statm")
	if err != nil {
		b.Skip("only Linux tells the RSS in /proc/PID/statm")
	}
	pages, err := strconv.ParseFloat(strings.Fields(string(text))[1], 64)
	if err != nil {
		b.Fatal(err)
	}
	return pages * float64(os.Getpagesize())
}

func post(b *testing.B, url string, body io.Reader) {
	b.Helper()
	resp, err := http.Post(url, "", body)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= 300 {
		b.Fatalf("%s: %s", url, resp.Status)
	}
}

// sitter is a session that says nothing.
type sitter struct {
	name     string
	welcomed *atomic.Int64
}

func (u *sitter) Open(c *netio.Conn, _ netio.Info) {
	c.Send(netio.TextFrame(chat.JSON{}.AppendRequest(nil, &chat.Hello{User: chat.UserID(u.name), Device: "phone"})))
}

func (u *sitter) Message(_ *netio.Conn, _ bool, p []byte) {
	if bytes.HasPrefix(p, []byte(`{"op":"state"`)) {
		u.welcomed.Add(1)
	}
}

func (u *sitter) Close(*netio.Conn, netio.CloseCode, error) {}

// idleRole connects users from several source addresses.
func idleRole(args []string) error {
	addr, err := netip.ParseAddrPort(args[0])
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	c := netio.DefaultConfig()
	c.Pollers = 1
	r, err := netio.New(c)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	var welcomed atomic.Int64
	for i := range n {
		from := netip.AddrFrom4([4]byte{127, 0, 0, byte(2 + i/idleAnAddress)})
		if err := r.Dial(netio.Dial{Addr: addr, Path: "/ws", Local: from}, &sitter{fmt.Sprint("u", i), &welcomed}); err != nil {
			return err
		}
		for welcomed.Load() < int64(i-200) {
			time.Sleep(time.Millisecond)
		}
	}
	for welcomed.Load() < int64(n) {
		time.Sleep(time.Millisecond)
	}
	fmt.Println("ready")
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); {
		fmt.Println("done")
	}
	return nil
}
