package netio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// echo answers every message with itself.
type echo struct{ ended chan error }

func (echo) Open(*Conn, Info) {}

func (echo) Message(c *Conn, binary bool, p []byte) {
	if binary {
		c.Send(BinaryFrame(p))
		return
	}
	c.Send(TextFrame(p))
}

func (e echo) Close(_ *Conn, _ CloseCode, err error) {
	if e.ended != nil {
		e.ended <- err
	}
}

// ear tells a test what a connection hears.
type ear struct {
	opened   chan *Conn
	info     chan Info
	messages chan string
	closed   chan CloseCode
	err      error
}

func newEar() *ear {
	return &ear{opened: make(chan *Conn, 1), info: make(chan Info, 1), messages: make(chan string, 1<<16), closed: make(chan CloseCode, 2)}
}

func (e *ear) Open(c *Conn, i Info)                     { e.info <- i; e.opened <- c }
func (e *ear) Message(_ *Conn, _ bool, p []byte)        { e.messages <- string(p) }
func (e *ear) Close(_ *Conn, code CloseCode, err error) { e.err = err; e.closed <- code }

const patience = 10 * time.Second

func wait[T any](t *testing.T, from <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatalf("no %s within %v", what, patience)
	}
	return v
}

func open(t *testing.T, change func(*Config)) *Reactor {
	t.Helper()
	c := DefaultConfig()
	c.Pollers = 2
	if change != nil {
		change(&c)
	}
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if n := r.Stats().Open; n != 0 {
			t.Errorf("%d connections are open after Close", n)
		}
	})
	return r
}

func listen(t *testing.T, r *Reactor, accept Accept) *Listener {
	t.Helper()
	l, err := r.Listen("127.0.0.1:0", accept)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func echoing(*Request) (Handler, Answer) { return echo{}, Answer{} }

func addrOf(l *Listener) netip.AddrPort { return l.Addr().(*net.TCPAddr).AddrPort() }

const request = "GET /x?y=1 HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// raw speaks to a server byte by byte.
type raw struct {
	net.Conn
	r *bufio.Reader
	t *testing.T
}

func dialRaw(t *testing.T, l *Listener) *raw {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return &raw{c, bufio.NewReader(c), t}
}

func (c *raw) write(b []byte, piece int) {
	c.t.Helper()
	for len(b) > 0 {
		n := min(piece, len(b))
		if _, err := c.Write(b[:n]); err != nil {
			return // the server may have closed already
		}
		b = b[n:]
	}
}

func (c *raw) upgraded() {
	c.t.Helper()
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if got := resp.Header.Get("Sec-WebSocket-Accept"); resp.StatusCode != 101 || got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		c.t.Fatalf("status %d, accept %q", resp.StatusCode, got)
	}
}

// frames reads until the end and writes what came as words.
func (c *raw) frames() (words []string) {
	for {
		h, err := ws.ReadHeader(c.r)
		if err != nil {
			return words
		}
		p := make([]byte, h.Length)
		if _, err := io.ReadFull(c.r, p); err != nil {
			return words
		}
		switch h.OpCode {
		case ws.OpClose:
			code := 1005
			if len(p) >= 2 {
				code = int(binary.BigEndian.Uint16(p))
			}
			return append(words, fmt.Sprintf("close %d", code))
		case ws.OpPong:
			words = append(words, "pong "+string(p))
		case ws.OpPing:
			words = append(words, "ping")
		default:
			words = append(words, string(p))
		}
	}
}

// frame builds a client's frame. flags is the first byte.
func frame(flags byte, payload string) []byte {
	b := []byte{flags}
	b = append(b, appendHeader(nil, 0, len(payload), true)[1:]...)
	mask := [4]byte{1, 2, 3, 4}
	b = append(b, mask[:]...)
	p := []byte(payload)
	ws.Cipher(p, mask, 0)
	return append(b, p...)
}

func closing(code uint16, reason string) string {
	return string(binary.BigEndian.AppendUint16(nil, code)) + reason
}

func TestConformance(t *testing.T) {
	bye := frame(0x88, closing(1000, ""))
	for _, tt := range []struct {
		name string
		send [][]byte
		want string
	}{
		{"text", [][]byte{frame(0x81, "hello"), bye}, "hello|close 1000"},
		{"empty", [][]byte{frame(0x81, ""), bye}, "|close 1000"},
		{"binary", [][]byte{frame(0x82, "\x00\xff"), bye}, "\x00\xff|close 1000"},
		{"medium", [][]byte{frame(0x81, strings.Repeat("m", 300)), bye}, strings.Repeat("m", 300) + "|close 1000"},
		{"large", [][]byte{frame(0x81, strings.Repeat("l", 70000)), bye}, strings.Repeat("l", 70000) + "|close 1000"},
		{"fragments with a ping between", [][]byte{frame(0x01, "he"), frame(0x89, "p"), frame(0x00, ""), frame(0x80, "llo"), bye}, "pong p|hello|close 1000"},
		{"character across fragments", [][]byte{frame(0x01, "\xc3"), frame(0x80, "\xa4"), bye}, "ä|close 1000"},
		{"pong unasked", [][]byte{frame(0x8a, "x"), bye}, "close 1000"},
		{"bad text", [][]byte{frame(0x81, "\xff")}, "close 1007"},
		{"reserved bit", [][]byte{frame(0xc1, "x")}, "close 1002"},
		{"reserved opcode", [][]byte{frame(0x83, "x")}, "close 1002"},
		{"reserved control", [][]byte{frame(0x8b, "x")}, "close 1002"},
		{"fragmented ping", [][]byte{frame(0x09, "x")}, "close 1002"},
		{"long ping", [][]byte{frame(0x89, strings.Repeat("x", 126))}, "close 1002"},
		{"continuation of nothing", [][]byte{frame(0x80, "x")}, "close 1002"},
		{"text within fragments", [][]byte{frame(0x01, "x"), frame(0x81, "y")}, "close 1002"},
		{"unmasked", [][]byte{{0x81, 1, 'x'}}, "close 1002"},
		{"too big", [][]byte{frame(0x81, strings.Repeat("x", 100001))}, "close 1009"},
		{"too big in fragments", [][]byte{frame(0x01, strings.Repeat("x", 60000)), frame(0x80, strings.Repeat("x", 60000))}, "close 1009"},
		{"absurd length", [][]byte{{0x81, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}}, "close 1002"},
		{"close without a code", [][]byte{frame(0x88, "")}, "close 1005"},
		{"close of one byte", [][]byte{frame(0x88, "x")}, "close 1002"},
		{"close 1005", [][]byte{frame(0x88, closing(1005, ""))}, "close 1002"},
		{"close 1012", [][]byte{frame(0x88, closing(1012, "restart"))}, "close 1012"},
		{"close 4400", [][]byte{frame(0x88, closing(4400, ""))}, "close 4400"},
		{"close with a bad reason", [][]byte{frame(0x88, closing(1000, "\xff"))}, "close 1007"},
		{"nothing after close", [][]byte{bye, frame(0x81, "late")}, "close 1000"},
	} {
		all := append([]byte(request), bytes.Join(tt.send, nil)...)
		for _, piece := range []int{1, 7, 1 << 20} {
			if piece == 1 && len(all) > 20000 {
				continue // a packet a byte would take long, and show nothing new
			}
			t.Run(fmt.Sprintf("%s/%d", tt.name, piece), func(t *testing.T) {
				l := listen(t, open(t, func(c *Config) { c.MaxMessage = 100000 }), echoing)
				c := dialRaw(t, l)
				go c.write(all, piece)
				c.upgraded()
				if got := strings.Join(c.frames(), "|"); got != tt.want {
					t.Fatalf("got %.80q, want %.80q", got, tt.want)
				}
			})
		}
	}
}

func TestBothEnds(t *testing.T) {
	r := open(t, nil)
	l := listen(t, r, func(q *Request) (Handler, Answer) {
		if q.Path != "/ws" || q.RawQuery != "a=b" || q.Header.Get("X-Y") != "z" || q.Host != "example.org" || !q.Remote.IsValid() {
			return nil, Answer{Status: 400, Body: []byte(fmt.Sprintf("%+v", q))}
		}
		return echo{}, Answer{Subprotocol: q.Protocols[1]}
	})
	e := newEar()
	err := r.Dial(Dial{
		Addr: addrOf(l), Local: netip.MustParseAddr("127.0.0.2"), Host: "example.org", Path: "/ws?a=b",
		Header: http.Header{"X-Y": {"z"}}, Protocols: []string{"one", "two"},
	}, e)
	if err != nil {
		t.Fatal(err)
	}
	i := wait(t, e.info, "upgrade")
	if i.Subprotocol != "two" || i.Connected.Before(i.Started) || i.Upgraded.Before(i.Connected) {
		t.Fatalf("info %+v", i)
	}
	c := <-e.opened
	for _, size := range []int{0, 1, 125, 126, 65535, 65536, 200000} {
		p := strings.Repeat("a", size)
		c.Send(TextFrame([]byte(p)))
		if wait(t, e.messages, "echo") != p {
			t.Fatalf("another echo of %d bytes", size)
		}
	}
	c.Shutdown(4001, "enough")
	if code := wait(t, e.closed, "end"); code != 4001 || e.err != nil {
		t.Fatalf("code %d, error %v", code, e.err)
	}
}

func TestDialFails(t *testing.T) {
	r := open(t, func(c *Config) { c.HandshakeTimeout = 200 * time.Millisecond })
	refusing := listen(t, r, func(*Request) (Handler, Answer) {
		return nil, Answer{Status: 503, Header: http.Header{"Retry-After": {"7"}}, Body: []byte("full")}
	})
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = mute.Close() }()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	for _, tt := range []struct {
		name   string
		addr   net.Addr
		stage  string
		status int
	}{
		{"refused by the server", refusing.Addr(), StageUpgrade, 503},
		{"no answer", mute.Addr(), StageUpgrade, 0},
		{"nobody listens", gone.Addr(), StageConnect, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newEar()
			if err := r.Dial(Dial{Addr: tt.addr.(*net.TCPAddr).AddrPort()}, e); err != nil {
				t.Fatal(err)
			}
			wait(t, e.closed, "end")
			d, ok := errors.AsType[*DialError](e.err)
			if !ok || d.Stage != tt.stage || d.Status != tt.status {
				t.Fatalf("error %#v", e.err)
			}
			if tt.status == 503 && d.RetryAfter != 7*time.Second {
				t.Fatalf("retry after %v", d.RetryAfter)
			}
		})
	}
}

func TestHalfSentUpgradeIsCut(t *testing.T) {
	l := listen(t, open(t, func(c *Config) { c.HandshakeTimeout = 200 * time.Millisecond }), echoing)
	c := dialRaw(t, l)
	c.write([]byte(request[:40]), 40)
	if _, err := c.r.ReadByte(); err == nil || errors.Is(err, errTimeout(err)) {
		t.Fatalf("read gave %v", err)
	}
}

// errTimeout gives err itself if it is a timeout, and something else otherwise.
func errTimeout(err error) error {
	if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() {
		return err
	}
	return io.ErrNoProgress
}

func TestHeadIsBounded(t *testing.T) {
	l := listen(t, open(t, nil), echoing)
	c := dialRaw(t, l)
	go c.write([]byte("GET / HTTP/1.1\r\nX: "+strings.Repeat("x", 20000)), 1000)
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil || resp.StatusCode != 431 {
		t.Fatalf("%v %v", resp, err)
	}
}

func TestPlainHTTPIsHandedOver(t *testing.T) {
	l := listen(t, open(t, nil), echoing)
	s := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		b, _ := io.ReadAll(q.Body)
		_, _ = fmt.Fprintf(w, "%s %s", q.URL.Path, b)
	})}
	go func() { _ = s.Serve(l.HTTP()) }()
	defer func() { _ = s.Close() }()
	for range 3 { // kept alive
		resp, err := http.Post("http://"+l.Addr().String()+"/p", "text/plain", strings.NewReader(strings.Repeat("b", 20000)))
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if string(b) != "/p "+strings.Repeat("b", 20000) {
			t.Fatalf("got %.40q", b)
		}
	}
}

func TestHalfCloseGetsItsAnswer(t *testing.T) {
	l := listen(t, open(t, nil), echoing)
	c := dialRaw(t, l)
	c.write(append([]byte(request), frame(0x81, "last")...), 1<<20)
	_ = c.Conn.(*net.TCPConn).CloseWrite()
	c.upgraded()
	if got := c.frames(); len(got) != 1 || got[0] != "last" {
		t.Fatalf("got %q", got)
	}
}

// talker keeps the server's end for the test.
type talker struct {
	*ear
}

func TestSlowReader(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Config)
		send   int
	}{
		{"bytes", func(c *Config) { c.OutboxBytes = 256 << 10; c.OutboxAge = time.Minute }, 16 << 20},
		{"age", func(c *Config) { c.OutboxBytes = 64 << 20; c.OutboxAge = 200 * time.Millisecond }, 16 << 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newEar()
			r := open(t, func(c *Config) { tt.change(c); c.SlowCode = 4410; c.CloseTimeout = 200 * time.Millisecond })
			l := listen(t, r, func(*Request) (Handler, Answer) { return talker{e}, Answer{} })
			c := dialRaw(t, l)
			c.write([]byte(request), 1<<20)
			s := wait(t, e.opened, "upgrade")
			f := BinaryFrame(make([]byte, 16<<10))
			for n := 0; n < tt.send; n += 16 << 10 {
				s.Send(f)
			}
			if code := wait(t, e.closed, "end"); code != 4410 || !errors.Is(e.err, ErrSlowReader) {
				t.Fatalf("code %d, error %v", code, e.err)
			}
			if r.Stats().Slow != 1 {
				t.Fatalf("slow is %d", r.Stats().Slow)
			}
		})
	}
}

func TestSlowReaderIsToldWhenItReadsAgain(t *testing.T) {
	e := newEar()
	r := open(t, func(c *Config) { c.OutboxBytes = 64 << 10; c.SlowCode = 4410; c.CloseTimeout = patience })
	l := listen(t, r, func(*Request) (Handler, Answer) { return e, Answer{} })
	c := dialRaw(t, l)
	c.write([]byte(request), 1<<20)
	s := wait(t, e.opened, "upgrade")
	f := BinaryFrame(make([]byte, 16<<10))
	for r.Stats().Slow == 0 {
		s.Send(f)
	}
	c.upgraded()
	got := c.frames()
	if got[len(got)-1] != "close 4410" {
		t.Fatalf("%d frames, and no word of it", len(got))
	}
}

func TestHeartbeat(t *testing.T) {
	e := newEar()
	r := open(t, func(c *Config) { c.Heartbeat = 800 * time.Millisecond; c.DeadCode = 4411 })
	l := listen(t, r, func(*Request) (Handler, Answer) { return e, Answer{} })
	c := dialRaw(t, l) // pings are not answered
	start := time.Now()
	c.write([]byte(request), 1<<20)
	c.upgraded()
	if got := strings.Join(c.frames(), "|"); got != "ping|close 4411" {
		t.Fatalf("got %q", got)
	}
	if took := time.Since(start); took < 1200*time.Millisecond {
		t.Fatalf("dead after %v", took)
	}
	if wait(t, e.closed, "end"); !errors.Is(e.err, ErrDead) {
		t.Fatal(e.err)
	}
}

func TestLivingPeersAreNotDead(t *testing.T) {
	r := open(t, func(c *Config) { c.Heartbeat = 400 * time.Millisecond })
	quiet := open(t, func(c *Config) { c.Heartbeat = 0 })
	l := listen(t, r, echoing)
	e := newEar()
	if err := quiet.Dial(Dial{Addr: addrOf(l)}, e); err != nil {
		t.Fatal(err)
	}
	c := wait(t, e.opened, "upgrade")
	select {
	case code := <-e.closed:
		t.Fatalf("closed with %d: %v", code, e.err)
	case <-time.After(2 * time.Second): // the time in which a mute peer would have been called dead twice
	}
	c.Send(TextFrame([]byte("here")))
	wait(t, e.messages, "echo")
	if s := r.Stats(); s.Pings < 4 || s.Pongs < s.Pings-1 || s.Pongs > s.Pings || quiet.Stats().Pings > 0 {
		t.Errorf("%d pings, %d pongs", s.Pings, s.Pongs)
	}
}

func TestManyWritersKeepFramesWhole(t *testing.T) {
	r := open(t, func(c *Config) { c.OutboxBytes = 64 << 20 })
	l := listen(t, r, echoing)
	e := newEar()
	if err := r.Dial(Dial{Addr: addrOf(l)}, e); err != nil {
		t.Fatal(err)
	}
	c := wait(t, e.opened, "upgrade")
	const writers, each = 8, 500
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				c.Send(TextFrame([]byte(fmt.Sprintf("%d %d", w, i))))
			}
		})
	}
	next := make([]int, writers)
	for range writers * each {
		var w, i int
		if _, err := fmt.Sscanf(wait(t, e.messages, "echo"), "%d %d", &w, &i); err != nil || next[w] != i {
			t.Fatalf("writer %d: got %d, want %d (%v)", w, i, next[w], err)
		}
		next[w]++
	}
	wg.Wait()
}

func TestConcurrentEnds(t *testing.T) {
	r := open(t, nil)
	ended := make(chan error, 1000)
	l := listen(t, r, func(*Request) (Handler, Answer) { return echo{ended}, Answer{} })
	const n = 100
	for range n {
		e := newEar()
		if err := r.Dial(Dial{Addr: addrOf(l)}, e); err != nil {
			t.Fatal(err)
		}
		c := wait(t, e.opened, "upgrade")
		var wg sync.WaitGroup
		wg.Go(func() { c.Send(TextFrame([]byte("x"))) })
		wg.Go(func() { c.Shutdown(1000, "") })
		wg.Go(c.Kill)
		wg.Go(func() { c.Shutdown(1001, "") })
		wg.Wait()
		wait(t, e.closed, "end")
		select {
		case <-e.closed:
			t.Fatal("closed twice")
		default:
		}
	}
	for range n {
		wait(t, ended, "end of the server's side")
	}
}

func TestPortIsTakenOnce(t *testing.T) {
	l := listen(t, open(t, nil), echoing)
	if _, err := open(t, nil).Listen(l.Addr().String(), echoing); err == nil {
		t.Fatal("two reactors listen on one port")
	}
}

func TestPollerIsWhatWeExpect(t *testing.T) {
	p, err := openNetpoll()
	if err != nil {
		t.Fatal(err)
	}
	if shared && !boundEvents(p) {
		t.Fatal("netpoll's poller has no Reset(size, caps int) any more: its event array grows without bound")
	}
	l := &loop{poll: p}
	if err := l.watch.take(l); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestConfigNamesEveryFault(t *testing.T) {
	err := Config{Heartbeat: 1, SlowCode: 1005, MaxConnections: -1, MaxPerAddress: -1, UpgradesPerSecond: math.NaN(), UpgradesPerAddress: 1e-9, UpgradeBurst: -1, AcceptWait: -1, RetryAfter: -1, Pollers: -1, MaxHead: -1, MaxMessage: -1}.Validate()
	for _, want := range []string{"pollers", "max head", "max message", "outbox bytes", "handshake timeout", "message timeout", "max connections", "max per address", "upgrades per second", "upgrades per address", "upgrade burst", "accept wait", "retry after", "head bytes", "partial bytes", "heartbeat", "slow code", "dead code"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s in %v", want, err)
		}
	}
}

// FuzzHeader compares the header parser with gobwas's.
func FuzzHeader(f *testing.F) {
	f.Add(frame(0x81, "hello"))
	f.Add([]byte{0x81, 126, 1, 0})
	f.Add([]byte{0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, size := parseHeader(b)
		want, err := ws.ReadHeader(bytes.NewReader(b))
		if size == 0 {
			if err == nil {
				t.Fatalf("% x: %+v was not read", b, want)
			}
			return
		}
		if h.Length >= 0 && (err != nil || h != want) {
			t.Fatalf("% x: %+v, want %+v (%v)", b, h, want, err)
		}
	})
}

// FuzzStream feeds one connection in one piece and another in pieces: both must
// answer alike.
func FuzzStream(f *testing.F) {
	f.Add(append(frame(0x81, "hello"), frame(0x88, closing(1000, ""))...), uint8(3))
	f.Add(append(frame(0x01, "a"), frame(0x80, "b")...), uint8(1))
	f.Add([]byte(request), uint8(5))
	f.Add(append(frame(0xc1, shrunk("hello, hello")), frame(0x81, "b")...), uint8(128))
	f.Add(bytes.Join([][]byte{frame(0x41, shrunk(chatter(300))[:9]), frame(0x89, "p"), frame(0x80, shrunk(chatter(300))[9:])}, nil), uint8(129))
	c := DefaultConfig()
	c.Pollers = 1
	r, err := New(c)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = r.Close() })
	f.Fuzz(func(t *testing.T, b []byte, piece uint8) {
		whole, parts := mockConn(r), mockConn(r)
		if piece >= 128 { // compression was agreed
			whole.window, parts.window = fullWindow, fullWindow
		}
		whole.feed(append([]byte(nil), b...))
		for rest := b; len(rest) > 0; {
			n := min(len(rest), int(piece%128)+1)
			parts.feed(append([]byte(nil), rest[:n]...))
			rest = rest[n:]
		}
		if w, p := sentBy(whole), sentBy(parts); !bytes.Equal(w, p) {
			t.Fatalf("in one piece %q, in pieces %q", w, p)
		}
	})
}

// mockConn is an open connection without a descriptor; what it sends gathers in
// its outbox.
func mockConn(r *Reactor) *Conn {
	return &Conn{loop: &loop{reactor: r}, handler: echo{}, state: stateOpen, fd: -1, reading: true}
}

func sentBy(c *Conn) (b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loop.due.forgetAll(c)
	if c.out != nil {
		for _, f := range c.out.frames {
			b = append(b, f.wire...)
		}
	}
	return b
}

// FuzzUpgrade looks for heads that upset the upgrade.
func FuzzUpgrade(f *testing.F) {
	f.Add([]byte(request))
	f.Add([]byte("GET / HTTP/1.1\nUpgrade: websocket\n\n"))
	f.Add([]byte("GET \x00 HTTP/1.1\r\nUpgrade: WebSocket\r\nSec-WebSocket-Protocol: a,,b\r\n\r\n"))
	f.Add([]byte(strings.TrimSuffix(request, "\r\n") + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"))
	r := &Reactor{config: DefaultConfig()}
	r.config.Compression.Enabled = true
	f.Fuzz(func(t *testing.T, b []byte) {
		end := headEnd(b)
		if end == 0 || end > 8<<10 {
			return
		}
		c := &Conn{fd: -1, loop: &loop{reactor: r}, in: &inbox{listener: &Listener{accept: echoing}}}
		var answer bytes.Buffer
		h, _, err := c.handshake(b[:end], &answer)
		if (h != nil) != (err == nil) || !strings.HasPrefix(answer.String(), "HTTP/1.1 ") {
			t.Fatalf("handler %v, error %v, answer %q", h, err, answer.String())
		}
	})
}

// FuzzAnswer looks for heads that upset a dial.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 503 No\r\nRetry-After: 9999999999999999999\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if newDialing(Dial{}, true).check(b) == nil {
			t.Fatal("an answer without the right key was accepted")
		}
	})
}
