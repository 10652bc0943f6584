package client

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"golang.org/x/sys/unix"

	"github.com/seed886cd727/throng/bench/peers/wire"
)

// server is a plain one that may be wrong: copies is how many copies of a message
// connection i gets, size their size.
type server struct {
	copies func(i int) int
	size   int

	mu  sync.Mutex
	all []net.Conn
}

func (s *server) start(t *testing.T) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		s.mu.Lock()
		for _, c := range s.all {
			_ = c.Close()
		}
		s.mu.Unlock()
		wg.Wait()
	})
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.all = append(s.all, c)
			s.mu.Unlock()
			wg.Go(func() { s.serve(c) })
		}
	})
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func (s *server) serve(c net.Conn) {
	if _, err := ws.Upgrade(c); err != nil {
		return
	}
	for {
		p, _, err := wsutil.ReadClientData(c)
		if err != nil {
			return
		}
		to := []net.Conn{c}
		if wire.Burst(p) > 0 {
			s.mu.Lock()
			to = s.all
			s.mu.Unlock()
		}
		for i, one := range to {
			for range s.copies(i) * max(1, wire.Burst(p)) {
				_, _ = one.Write(wire.Append(nil, ws.OpText, p[:s.size]))
			}
		}
	}
}

// play connects 3 times and does a round.
func (s *server) play(t *testing.T, order string) (int, error) {
	t.Helper()
	l, err := newLoop(s.start(t), &plain{})
	if err != nil {
		t.Fatal(err)
	}
	l.patience = 100 * time.Millisecond
	defer func() {
		for _, c := range l.conns {
			_ = unix.Close(int(c.fd))
		}
		_ = unix.Close(l.poll)
	}()
	if err := l.open(3); err != nil {
		t.Fatal(err)
	}
	return l.obey(strings.Fields(order), 3)
}

func once(int) int { return 1 }

func TestWrongServersAreFound(t *testing.T) {
	for name, c := range map[string]struct {
		server *server
		order  string
		want   string
	}{
		"an echo too many":         {&server{copies: func(int) int { return 2 }, size: wire.Payload}, "echo 20ms", "too many"},
		"a delivery too many":      {&server{copies: func(i int) int { return 1 + i/2 }, size: wire.Payload}, "fan-out 1 20ms", "has heard"},
		"no echo":                  {&server{copies: func(int) int { return 0 }, size: wire.Payload}, "echo 20ms", "3 are not answered: nothing came"},
		"half an echo":             {&server{copies: once, size: wire.Payload / 2}, "echo 20ms", "64 bytes, 128 expected"},
		"a delivery lost":          {&server{copies: func(i int) int { return min(i, 1) }, size: wire.Payload}, "fan-out 1 20ms", "2 of 3 deliveries"},
		"a delivery to the wrong":  {&server{copies: func(i int) int { return i }, size: wire.Payload}, "fan-out 2 20ms", "of"},
		"a delivery cut in halves": {&server{copies: once, size: wire.Payload / 2}, "fan-out 2 20ms", "64 bytes, 128 expected"},
	} {
		t.Run(name, func(t *testing.T) {
			count, err := c.server.play(t, c.order)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("count %d, error %v; want one with %q", count, err, c.want)
			}
		})
	}
}

func TestARightServerIsCounted(t *testing.T) {
	for _, order := range []string{"echo 20ms", "fan-out 1 20ms", "fan-out 8 20ms"} {
		s := server{copies: once, size: wire.Payload}
		count, err := s.play(t, order)
		if err != nil || count < 3 {
			t.Errorf("%s: %d, %v", order, count, err)
		}
	}
}

// TestAPingAmongMessages: Centrifuge's ping is a message and may share a frame
// with deliveries, which must be counted all the same.
func TestAPingAmongMessages(t *testing.T) {
	for name, frame := range map[string]string{
		"centrifuge-json":     "{}\n" + `{"push":{"channel":"c0","pub":{"data":"` + string(wire.Echo()) + `"}}}`,
		"centrifuge-protobuf": "\x00\x84\x01" + "\x22\x81\x01" + string(wire.Echo()) + ".",
	} {
		ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		d := newCentrifuge(name, wire.RoleFanOut, 1)
		l, c := &loop{dialect: d}, &conn{fd: int32(ends[0]), ready: true}
		if err := l.message(c, []byte(frame)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b := make([]byte, 100)
		n, err := unix.Read(ends[1], b)
		if err != nil || n == 0 || c.delivered != 1 {
			t.Errorf("%s: %d delivered, a pong of %d bytes, %v; want 1 and a pong", name, c.delivered, n, err)
		}
		_ = unix.Close(ends[0])
		_ = unix.Close(ends[1])
	}
}

func FuzzCentrifugeHear(f *testing.F) {
	f.Add(true, []byte("\x00\x02\x08\x01"))
	f.Add(false, []byte("{}\n{\"id\":1,\"publish\":{}}\n"))
	f.Add(true, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, protobuf bool, frame []byte) {
		d := newCentrifuge("centrifuge-json", wire.RoleEcho, 1)
		d.protobuf = protobuf
		h, err := d.hear(0, frame)
		if err == nil && h.delivered*wire.Payload > len(frame) {
			t.Fatalf("%d deliveries in %d bytes", h.delivered, len(frame))
		}
	})
}
