package server

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
)

// TestSlowLoris has clients send half an upgrade, and others half a message, and
// dribble on: those who live are answered as before, and memory is bounded. The
// server is a process of its own. THRONG_LORIS is how many half upgrades there
// are; a fifteenth as many send half messages. With it all are waited for until
// the server has closed them.
func TestSlowLoris(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("THRONG_LORIS"))
	full := err == nil
	if !full {
		n = 1500
	}
	p := serve(t, build(t), t.TempDir(), "none")
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); p.end() })
	l := &loris{process: p, living: startLiving(t, p)}
	before := l.stage("before", time.Second)
	l.attack(n, n/15)
	during := l.stage(fmt.Sprintf("%d half upgrades and %d half messages", n, n/15), 2*time.Second)
	// The garbage collector lets the heap double, or grow to its floor.
	most := 2*(min(n<<13, 16<<20)+n/15<<15) + (n+n/15)<<12 + heapFloor
	if during-before > most {
		t.Errorf("the server grew by %d MiB; at most %d were expected", (during-before)>>20, most>>20)
	}
	if full {
		l.outlive(n + n/15)
		l.stage("after", 2*time.Second)
		l.collect()
	}
	l.living.check()
}

type loris struct {
	*process
	living *living
	mu     sync.Mutex
	conns  []net.Conn
}

// attack connects everyone, and has them dribble a byte a second.
func (l *loris) attack(heads, messages int) {
	head := "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nX: " + strings.Repeat("x", 7000)
	message := append([]byte{0x81, 0x80 | 126, 0xea, 0x60, 0, 0, 0, 0}, make([]byte, 30_000)...)
	var dialers sync.WaitGroup
	for share := range 8 {
		dialers.Go(func() {
			for i := share; i < heads+messages; i += 8 {
				c := l.dial(i)
				if i < heads {
					_, _ = io.WriteString(c, head)
					continue
				}
				_, _ = io.WriteString(c, "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
				hello := chat.JSON{}.AppendRequest(nil, &chat.Hello{User: chat.UserID(fmt.Sprint("loris", i)), Device: "d"})
				_, _ = c.Write(append([]byte{0x81, 0x80 | byte(len(hello)), 0, 0, 0, 0}, hello...)) // masked with zeros
				_, _ = c.Write(message)
			}
		})
	}
	dialers.Wait()
	l.T.Cleanup(func() {
		for _, c := range l.conns {
			_ = c.Close()
		}
	})
	go l.dribble()
}

// dial has 10,000 connections of each address.
func (l *loris) dial(i int) net.Conn {
	var d net.Dialer
	if address := byte(i / 10_000); address > 0 {
		d.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1+address)}
	}
	c, err := d.Dial("tcp", l.listen.String())
	if err != nil {
		l.T.Error(err)
		c, _ = net.Pipe()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, c)
	return c
}

func (l *loris) dribble() {
	for l.T.Context().Err() == nil {
		for _, c := range l.conns {
			_, _ = c.Write([]byte("x"))
		}
		time.Sleep(time.Second)
	}
}

// outlive waits until the server has got rid of all: of half upgrades after ten
// seconds, of half messages after thirty.
func (l *loris) outlive(n int) {
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		gone := l.metric("throng_handshakes_late_total") + l.metric("throng_messages_late_total") + l.metric("throng_connections_evicted_total") + l.metric("throng_connections_refused_files_total")
		if gone >= float64(n) {
			l.T.Logf("%.0f upgrades and %.0f messages were late, %.0f had to go for want of room",
				l.metric("throng_handshakes_late_total"), l.metric("throng_messages_late_total"), l.metric("throng_connections_evicted_total"))
			return
		}
		if time.Now().After(end) {
			l.T.Fatalf("%.0f of %d are gone after a minute", gone, n)
		}
	}
}

// stage lets some time pass and says how it went for the living.
func (l *loris) stage(name string, last time.Duration) (rss int) {
	l.living.take()
	time.Sleep(last)
	waited := l.living.take()
	rss = l.rss()
	l.T.Logf("%s: the living wait %v at the median, %v at the 99th percentile; the server holds %d MiB",
		name, waited[len(waited)/2].Round(10*time.Microsecond), waited[len(waited)*99/100].Round(10*time.Microsecond), rss>>20)
	return rss
}

// collect says what is left when what can be given back was given back.
func (l *loris) collect() {
	l.gc()
	l.T.Logf("garbage collected: the server holds %d MiB", l.rss()>>20)
}

func (p *process) rss() int {
	p.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	if err != nil {
		p.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		p.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// living are sessions that ask for heartbeats, each when the last was answered
// and a moment has passed.
type living struct {
	*testing.T
	mu     sync.Mutex
	waited []time.Duration
	lost   int
	stop   chan struct{}
	all    sync.WaitGroup
}

const (
	livingSessions = 20
	livingPause    = 10 * time.Millisecond
)

func startLiving(t *testing.T, p *process) *living {
	l := &living{T: t, stop: make(chan struct{})}
	clients, err := netio.New(netio.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clients.Close() })
	for i := range livingSessions {
		c := dial(t, clients, netip.AddrPort(p.listen))
		c.hello(&chat.Hello{User: chat.UserID(fmt.Sprint("living", i)), Device: "d"})
		l.all.Go(func() { l.live(c) })
	}
	return l
}

func (l *living) live(c *client) {
	for id := uint64(1); ; id++ {
		start := time.Now()
		c.say(&chat.Heartbeat{ID: id})
		select {
		case <-c.texts:
		case <-c.closed:
			l.lose()
			return
		case <-time.After(patience):
			l.lose()
			return
		}
		l.mu.Lock()
		l.waited = append(l.waited, time.Since(start))
		l.mu.Unlock()
		select {
		case <-l.stop:
			return
		case <-time.After(livingPause):
		}
	}
}

func (l *living) lose() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost++
}

// take gives what they waited since the last time, in order.
func (l *living) take() []time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	waited := l.waited
	l.waited = nil
	if len(waited) == 0 {
		return []time.Duration{patience}
	}
	slices.Sort(waited)
	return waited
}

// check ends them, and has none be lost.
func (l *living) check() {
	close(l.stop)
	l.all.Wait()
	if l.lost > 0 {
		l.T.Errorf("%d of those who lived were cut off, or not answered within %v", l.lost, patience)
	}
}
