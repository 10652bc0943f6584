package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
)

const (
	stormUsers  = 5000
	stormWindow = 1000 // dials under way: fewer than the kernel queues
	livingUsers = 100
	livingPause = 100 * time.Millisecond // between two heartbeats of one of them
)

// greeting is what the server says to one session: welcome and states, as they
// are on the wire.
func greeting(b *testing.B, addr string) (wire []byte) {
	b.Helper()
	c, _, _, err := ws.Dialer{}.Dial(b.Context(), "ws://"+addr+"/ws")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	hello := chat.JSON{}.AppendRequest(nil, &chat.Hello{User: "u1", Device: "phone"})
	if err := ws.WriteFrame(c, ws.MaskFrame(ws.NewTextFrame(hello))); err != nil {
		b.Fatal(err)
	}
	r := bufio.NewReader(c)
	for !bytes.Contains(wire, []byte(`{"op":"state"`)) {
		h, err := ws.ReadHeader(r)
		if err != nil {
			b.Fatal(err)
		}
		frame := ws.Frame{Header: h, Payload: make([]byte, h.Length)}
		if _, err := io.ReadFull(r, frame.Payload); err != nil {
			b.Fatal(err)
		}
		wire = append(wire, ws.MustCompileFrame(frame)...)
	}
	return wire
}

// stormRole connects everyone at once, each time it is told to, and says how long
// that took.
func stormRole(args []string) error {
	addr, r, err := clientReactor(args[0])
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	fmt.Println("ready")
	var s *stormed
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); {
		switch orders.Text() {
		case "connect":
			s = newStormed()
			start := time.Now()
			if err := s.connect(r, addr); err != nil {
				return err
			}
			fmt.Println(time.Since(start).Seconds())
		case "leave":
			s.leave()
			fmt.Println("done")
		}
	}
	return nil
}

func clientReactor(to string) (addr netip.AddrPort, r *netio.Reactor, err error) {
	c := netio.DefaultConfig()
	c.Pollers, c.Heartbeat = 1, 0
	if addr, err = netip.ParseAddrPort(to); err != nil {
		return addr, nil, err
	}
	r, err = netio.New(c)
	return addr, r, err
}

// stormed counts those who come.
type stormed struct {
	window   chan struct{}
	welcomed sync.WaitGroup
	closed   sync.WaitGroup
	failed   atomic.Int64
	mu       sync.Mutex
	conns    []*netio.Conn
}

func newStormed() *stormed { return &stormed{window: make(chan struct{}, stormWindow)} }

func (s *stormed) connect(r *netio.Reactor, addr netip.AddrPort) error {
	s.welcomed.Add(stormUsers)
	s.closed.Add(stormUsers)
	for i := range stormUsers {
		s.window <- struct{}{}
		if err := r.Dial(netio.Dial{Addr: addr, Path: "/ws"}, &comer{all: s, name: fmt.Sprint("u", i)}); err != nil {
			return err
		}
	}
	s.welcomed.Wait()
	if n := s.failed.Load(); n > 0 {
		return fmt.Errorf("%d did not come in", n)
	}
	return nil
}

func (s *stormed) leave() {
	for _, c := range s.conns {
		c.Kill()
	}
	s.closed.Wait()
}

// comer is one of those who come.
type comer struct {
	all  *stormed
	name string
	in   bool
}

func (u *comer) Open(c *netio.Conn, _ netio.Info) {
	u.all.mu.Lock()
	u.all.conns = append(u.all.conns, c)
	u.all.mu.Unlock()
	c.Send(netio.TextFrame(chat.JSON{}.AppendRequest(nil, &chat.Hello{User: chat.UserID(u.name), Device: "phone"})))
}

func (u *comer) Message(_ *netio.Conn, _ bool, p []byte) {
	if !u.in && bytes.HasPrefix(p, []byte(`{"op":"state"`)) {
		u.arrived()
	}
}

func (u *comer) arrived() {
	u.in = true
	<-u.all.window
	u.all.welcomed.Done()
}

func (u *comer) Close(*netio.Conn, netio.CloseCode, error) {
	if !u.in {
		u.all.failed.Add(1)
		u.arrived()
	}
	u.all.closed.Done()
}

// livingRole has a few sessions ask for heartbeats at a rate, open-loop, and says
// at each line what the 99th percentile waited since the last, in milliseconds.
func livingRole(args []string) error {
	addr, r, err := clientReactor(args[0])
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	var l latencies
	var in sync.WaitGroup
	conns := make([]*liver, livingUsers)
	for i := range conns {
		in.Add(1)
		conns[i] = &liver{all: &l, name: fmt.Sprint("living", i), in: &in}
		if err := r.Dial(netio.Dial{Addr: addr, Path: "/ws"}, conns[i]); err != nil {
			return err
		}
	}
	in.Wait()
	fmt.Println("ready")
	go beat(conns)
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); {
		fmt.Println(l.take())
	}
	return nil
}

// beat asks for a heartbeat of one after the other; the id is when it was due.
func beat(conns []*liver) {
	due := time.Now()
	for i := 0; ; i++ {
		due = due.Add(livingPause / livingUsers)
		time.Sleep(time.Until(due))
		conns[i%len(conns)].conn.Send(netio.TextFrame(chat.JSON{}.AppendRequest(nil, &chat.Heartbeat{ID: uint64(due.UnixMicro())})))
	}
}

type latencies struct {
	mu  sync.Mutex
	all []float64
}

// take gives the 99th percentile in milliseconds, and starts anew.
func (l *latencies) take() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == 0 {
		return 0
	}
	slices.Sort(l.all)
	p99 := l.all[len(l.all)*99/100]
	l.all = l.all[:0]
	return p99
}

type liver struct {
	all  *latencies
	name string
	in   *sync.WaitGroup
	conn *netio.Conn
}

func (u *liver) Open(c *netio.Conn, _ netio.Info) {
	u.conn = c
	c.Send(netio.TextFrame(chat.JSON{}.AppendRequest(nil, &chat.Hello{User: chat.UserID(u.name), Device: "phone"})))
}

func (u *liver) Message(_ *netio.Conn, _ bool, p []byte) {
	var due int64
	if _, err := fmt.Sscanf(string(p), `{"op":"heartbeat","id":%d}`, &due); err == nil {
		took := time.Since(time.UnixMicro(due))
		u.all.mu.Lock()
		u.all.all = append(u.all.all, float64(took)/1e6)
		u.all.mu.Unlock()
		return
	}
	if bytes.HasPrefix(p, []byte(`{"op":"state"`)) {
		u.in.Done()
	}
}

func (u *liver) Close(*netio.Conn, netio.CloseCode, error) {}
