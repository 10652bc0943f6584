package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
	"github.com/seed886cd727/throng/server"
	"github.com/seed886cd727/throng/server/store"
)

const (
	pairedUsers = 2000
	pairedRate  = 10_000 // sends a second
	pairedTime  = 2 * time.Second
)

// BenchmarkPairs has 2,000 users send 10,000 messages a second in pairs through
// a whole server: each is acknowledged and delivered twice. What is reported is
// how many of them a second of the server's CPU time would carry.
func BenchmarkPairs(b *testing.B) {
	for _, one := range []struct {
		name   string
		change func(*server.Config)
	}{
		{"store=memory", func(c *server.Config) { c.Store.Driver = store.Memory }},
		{"store=pebble,durability=fsync", func(c *server.Config) { c.Store.Dir = b.TempDir() }},
	} {
		b.Run(one.name, func(b *testing.B) { pairs(b, one.change) })
	}
}

func pairs(b *testing.B, change func(*server.Config)) {
	s, stop := startServer(b, change)
	defer stop()
	var lines bytes.Buffer
	for i := range pairedUsers / 2 {
		fmt.Fprintf(&lines, `{"conv":"p%d","kind":"direct","members":["u%d","u%d"]}`+"\n", i, 2*i, 2*i+1)
	}
	resp, err := http.Post("http://"+s.AdminAddr().String()+"/v1/conversations", "application/x-ndjson", &lines)
	if err != nil {
		b.Fatal(err)
	}
	_ = resp.Body.Close()
	clients := startChild(b, "pairs", s.Addr(), pairedUsers)
	var perSecond, perDelivery []float64
	for b.Loop() {
		cpu, answer := clients.round(pairedRate, nil)
		sent, err := strconv.ParseFloat(answer, 64)
		if err != nil {
			b.Fatal(answer)
		}
		perSecond = append(perSecond, sent/cpu.Seconds())
		perDelivery = append(perDelivery, cpu.Seconds()*1e6/(2*sent))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(perSecond), "sends/cpu-s")
	b.ReportMetric(median(perDelivery), "µs/delivery")
}

// startServer runs a server in this process.
func startServer(b *testing.B, change func(*server.Config)) (s *server.Server, stop func()) {
	b.Helper()
	c := server.DefaultConfig()
	c.Listen, c.Admin, c.Logger, c.Draining = "127.0.0.1:0", "127.0.0.1:0", slog.New(slog.DiscardHandler), 0
	change(&c)
	s, err := server.New(c)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	return s, func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}

// talker is one user.
type talker struct {
	counts *talk
	name   string
	conn   *netio.Conn
}

type talk struct{ welcomed, delivered, refused, closed atomic.Int64 }

func (u *talker) Open(c *netio.Conn, _ netio.Info) {
	u.conn = c
	c.Send(netio.TextFrame(chat.JSON{}.AppendRequest(nil, &chat.Hello{User: chat.UserID(u.name), Device: "d"})))
}

func (u *talker) Message(_ *netio.Conn, _ bool, p []byte) {
	switch {
	case bytes.HasPrefix(p, []byte(`{"op":"message"`)):
		u.counts.delivered.Add(1)
	case bytes.HasPrefix(p, []byte(`{"op":"state"`)):
		u.counts.welcomed.Add(1)
	case bytes.HasPrefix(p, []byte(`{"op":"error"`)):
		u.counts.refused.Add(1)
	}
}

func (u *talker) Close(*netio.Conn, netio.CloseCode, error) { u.counts.closed.Add(1) }

// pairsRole connects users and has them send at a rate, open-loop.
func pairsRole(args []string) error {
	addr, err := netip.ParseAddrPort(args[0])
	if err != nil {
		return err
	}
	c := netio.DefaultConfig()
	c.Pollers, c.Heartbeat = 1, 0
	r, err := netio.New(c)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	var counts talk
	users := make([]*talker, pairedUsers)
	for i := range users {
		users[i] = &talker{counts: &counts, name: fmt.Sprint("u", i)}
		if err := r.Dial(netio.Dial{Addr: addr, Path: "/ws"}, users[i]); err != nil {
			return err
		}
		for counts.welcomed.Load() < int64(i-100) { // the kernel's queue is bounded
			time.Sleep(time.Millisecond)
		}
	}
	counts.await(&counts.welcomed, pairedUsers)
	fmt.Println("ready")
	n := 0
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); {
		rate, err := strconv.Atoi(orders.Text())
		if err != nil {
			return err
		}
		first := n
		for start, last := time.Now(), false; !last; time.Sleep(time.Millisecond) {
			took := time.Since(start)
			last = took > pairedTime
			for due := first + int(min(took, pairedTime).Seconds()*float64(rate)); n < due; n++ {
				users[n%pairedUsers].send(n)
			}
		}
		counts.await(&counts.delivered, int64(2*n))
		if lost := counts.refused.Load() + counts.closed.Load(); lost > 0 {
			return fmt.Errorf("%d refused or closed", lost)
		}
		fmt.Println(n - first)
	}
	return nil
}

func (u *talker) send(n int) {
	user := n % pairedUsers
	s := chat.Send{Conversation: chat.ConversationID(fmt.Sprint("p", user/2)), N: uint64(n/pairedUsers + 1), Body: bytes.Repeat([]byte("x"), payload)}
	u.conn.Send(netio.TextFrame(chat.JSON{}.AppendRequest(nil, &s)))
}

// await waits until a count is reached, or something went wrong.
func (t *talk) await(count *atomic.Int64, n int64) {
	for count.Load() < n && t.refused.Load()+t.closed.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
}
