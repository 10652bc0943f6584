package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
	"github.com/seed886cd727/throng/server"
	"github.com/seed886cd727/throng/server/store"
)

// BenchmarkLimit has 5,000 sessions come at once to a server that takes 2,000 a
// second, and come again when they are refused, as they are told to. It compares
// refusing them at once with leaving them in the kernel's queue: told is when the
// last is in, how many were refused, what it cost the server, and what 100 who live
// waited at the 99th percentile, before and during.
func BenchmarkLimit(b *testing.B) {
	for _, wait := range []time.Duration{0, time.Second, 2 * time.Second} {
		b.Run("wait="+wait.String(), func(b *testing.B) { limited(b, wait) })
	}
}

func limited(b *testing.B, wait time.Duration) {
	s, stop := startServer(b, func(c *server.Config) {
		c.Store.Driver = store.Memory
		c.Network.UpgradesPerSecond, c.Network.AcceptWait, c.Gateway.RetryAfter = 2000, wait, time.Second
	})
	defer stop()
	clients := &storm{b: b, clients: startChild(b, "insist", s.Addr()), living: startChild(b, "living", s.Addr())}
	var lasted, refused, cost []float64
	for b.Loop() {
		var seconds, times float64
		clients.calm()
		cpu, answer := clients.clients.round("connect", nil)
		clients.during = append(clients.during, clients.waited())
		if _, err := fmt.Sscan(answer, &seconds, &times); err != nil {
			b.Fatal(answer)
		}
		lasted, refused, cost = append(lasted, seconds), append(refused, times), append(cost, cpu.Seconds()*1000)
		for s.DrainStatus().Connections > livingUsers {
			time.Sleep(time.Millisecond)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(lasted), "s-until-all")
	b.ReportMetric(median(refused), "refused")
	b.ReportMetric(median(cost), "cpu-ms")
	clients.report("")
}

// insistRole connects everyone at once, and who is refused again.
func insistRole(args []string) error {
	addr, r, err := clientReactor(args[0])
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	fmt.Println("ready")
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); {
		all := &insisting{}
		all.in.Add(stormUsers)
		all.out.Add(stormUsers)
		start := time.Now()
		for i := range stormUsers {
			u := &insister{all: all, name: fmt.Sprint("u", i)}
			u.dial = func() {
				if err := r.Dial(netio.Dial{Addr: addr, Path: "/ws"}, u); err != nil {
					panic(err) // no files or no ports: the figures would mean nothing
				}
			}
			u.dial()
		}
		all.in.Wait()
		fmt.Println(time.Since(start).Seconds(), all.refused.Load())
		all.leave()
	}
	return nil
}

type insisting struct {
	in, out sync.WaitGroup
	refused atomic.Int64
	mu      sync.Mutex
	conns   []*netio.Conn
}

func (a *insisting) leave() {
	for _, c := range a.conns {
		c.Kill()
	}
	a.out.Wait()
}

type insister struct {
	all  *insisting
	name string
	dial func()
}

func (u *insister) Open(c *netio.Conn, _ netio.Info) {
	u.all.mu.Lock()
	u.all.conns = append(u.all.conns, c)
	u.all.mu.Unlock()
	c.Send(netio.TextFrame(chat.JSON{}.AppendRequest(nil, &chat.Hello{User: chat.UserID(u.name), Device: "phone"})))
}

func (u *insister) Message(_ *netio.Conn, _ bool, p []byte) {
	if bytes.HasPrefix(p, []byte(`{"op":"state"`)) {
		u.all.in.Done()
	}
}

func (u *insister) Close(_ *netio.Conn, _ netio.CloseCode, err error) {
	if refusal, ok := errors.AsType[*netio.DialError](err); ok {
		u.all.refused.Add(1)
		time.AfterFunc(refusal.RetryAfter, u.dial)
		return
	}
	u.all.out.Done()
}
