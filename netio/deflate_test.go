package netio

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// compressing turns compression on, for messages of any length.
func compressing(c *Config) {
	c.Compression = Compression{Enabled: true, Level: 1}
	c.MaxMessage = 200000
}

// asking is request with extensions.
func asking(extensions string) []byte {
	return []byte(strings.TrimSuffix(request, "\r\n") + "Sec-WebSocket-Extensions: " + extensions + "\r\n\r\n")
}

// words reads until the end what a server says. What was compressed is marked.
func (c *raw) words() (words []string) {
	c.t.Helper()
	for {
		h, err := ws.ReadHeader(c.r)
		if err != nil {
			return words
		}
		p := make([]byte, h.Length)
		if _, err := io.ReadFull(c.r, p); err != nil {
			return words
		}
		switch {
		case h.OpCode == ws.OpClose:
			return append(words, fmt.Sprintf("close %d", int(p[0])<<8|int(p[1])))
		case h.OpCode == ws.OpPong:
			words = append(words, fmt.Sprintf("pong %s %d", p, h.Rsv))
		case h.Rsv == rsv1:
			message, err := grown(p)
			if err != nil {
				c.t.Fatal(err)
			}
			words = append(words, "compressed "+message)
		default:
			words = append(words, string(p))
		}
	}
}

func TestCompressedConformance(t *testing.T) {
	bye := frame(0x88, closing(1000, ""))
	random := make([]byte, 200000)
	for i := range random {
		random[i] = byte(rand.Uint32())
	}
	stored := random[:131072]
	for _, tt := range []struct {
		name string
		send [][]byte
		want string
	}{
		{"text", [][]byte{frame(0xc1, shrunk(chatter(500))), bye}, "compressed " + chatter(500) + "|close 1000"},
		{"binary", [][]byte{frame(0xc2, shrunk(chatter(500))), bye}, "compressed " + chatter(500) + "|close 1000"},
		{"empty", [][]byte{frame(0xc1, "\x00"), bye}, "|close 1000"},
		{"plain among compressed", [][]byte{frame(0x81, "plain"), frame(0xc1, shrunk(chatter(400))), frame(0x81, "plain"), bye},
			"plain|compressed " + chatter(400) + "|plain|close 1000"},
		{"fragments with pings between", [][]byte{frame(0x41, shrunk(chatter(300))[:20]), frame(0x89, "p"), frame(0x00, ""),
			frame(0x00, shrunk(chatter(300))[20:50]), frame(0x89, "q"), frame(0x80, shrunk(chatter(300))[50:]), bye},
			"pong p 0|pong q 0|compressed " + chatter(300) + "|close 1000"},
		{"first fragment empty", [][]byte{frame(0x41, ""), frame(0x80, shrunk(chatter(300))), bye}, "compressed " + chatter(300) + "|close 1000"},
		{"a plain message in fragments after a compressed one", [][]byte{frame(0x41, shrunk("ab")[:1]), frame(0x80, shrunk("ab")[1:]),
			frame(0x01, "c"), frame(0x80, "d"), bye}, "ab|cd|close 1000"},
		{"large", [][]byte{frame(0xc1, shrunk(chatter(131072))), bye}, "compressed " + chatter(131072) + "|close 1000"},
		{"at the bound, and no shorter", [][]byte{frame(0xc2, shrunk(string(random))), bye}, string(random) + "|close 1000"},
		{"incompressible in fragments", [][]byte{frame(0x42, shrunk(string(stored))[:70000]), frame(0x80, shrunk(string(stored))[70000:]), bye}, string(stored) + "|close 1000"},
		{"character across fragments", [][]byte{frame(0x41, shrunk("ä")[:2]), frame(0x80, shrunk("ä")[2:]), bye}, "ä|close 1000"},
		{"ping when a message is nearly full", [][]byte{frame(0x02, string(random[:199990])), frame(0x89, strings.Repeat("p", 125)), frame(0x80, "x"), bye},
			"pong " + strings.Repeat("p", 125) + " 0|" + string(random[:199990]) + "x|close 1000"},
		{"bad text", [][]byte{frame(0xc1, shrunk("\xff"))}, "close 1007"},
		{"bad bytes in binary", [][]byte{frame(0xc2, shrunk("\xff")), bye}, "\xff|close 1000"},
		{"corrupt", [][]byte{frame(0xc1, "\xff\xff\xff")}, "close 1007"},
		{"cut", [][]byte{frame(0xc1, shrunk(chatter(500))[:60])}, "close 1007"},
		{"not compressed at all", [][]byte{frame(0xc1, "hello")}, "close 1007"},
		{"a bomb", [][]byte{frame(0xc2, shrunk(strings.Repeat("\x00", 32<<20)))}, "close 1009"},
		{"a bomb in fragments", [][]byte{frame(0x42, shrunk(strings.Repeat("\x00", 32<<20))[:9000]), frame(0x80, shrunk(strings.Repeat("\x00", 32<<20))[9000:])}, "close 1009"},
		{"compressed and too big", [][]byte{frame(0xc2, shrunk(string(random)+string(random)))}, "close 1009"},
		{"compressed in fragments and too big", [][]byte{frame(0x42, string(random)), frame(0x00, string(random))}, "close 1009"},
		{"compressed ping", [][]byte{frame(0xc9, "p")}, "close 1002"},
		{"compressed close", [][]byte{frame(0xc8, closing(1000, ""))}, "close 1002"},
		{"compressed continuation", [][]byte{frame(0x41, "x"), frame(0xc0, "y")}, "close 1002"},
		{"compressed continuation of a plain message", [][]byte{frame(0x01, "x"), frame(0xc0, "y")}, "close 1002"},
		{"second bit", [][]byte{frame(0xa1, "x")}, "close 1002"},
		{"third bit", [][]byte{frame(0x91, "x")}, "close 1002"},
		{"first and second bit", [][]byte{frame(0xe1, shrunk("x"))}, "close 1002"},
		{"nothing after close", [][]byte{bye, frame(0xc1, "late")}, "close 1000"},
	} {
		all := append(asking("permessage-deflate"), bytes.Join(tt.send, nil)...)
		for _, piece := range []int{1, 7, 1 << 20} {
			if piece < 1<<20 && len(all) > 20000*piece {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", tt.name, piece), func(t *testing.T) {
				l := listen(t, open(t, compressing), echoing)
				c := dialRaw(t, l)
				go c.write(all, piece)
				c.upgraded()
				if got := strings.Join(c.words(), "|"); got != tt.want {
					t.Fatalf("got %.80q, want %.80q", got, tt.want)
				}
			})
		}
	}
}

// TestServerAnswersOffers looks at the answer on the wire, and at what it means.
func TestServerAnswersOffers(t *testing.T) {
	for _, tt := range []struct {
		name, extensions string
		change           func(*Config)
		status           int
		answer           string
		echo             string
	}{
		{"agreed", "permessage-deflate; client_max_window_bits", compressing, 101, offer, "compressed " + chatter(300)},
		{"on two lines", "permessage-deflate; mux\r\nSec-WebSocket-Extensions: permessage-deflate", compressing, 101, offer, "compressed " + chatter(300)},
		{"on the first of two lines", "permessage-deflate\r\nSec-WebSocket-Extensions: mux", compressing, 101, offer, "compressed " + chatter(300)},
		{"a window that is large enough", "permessage-deflate; server_max_window_bits=9", compressing, 101, offer + "; server_max_window_bits=9", "compressed " + chatter(300)},
		{"a window that is too small", "permessage-deflate; server_max_window_bits=8", compressing, 101, offer + "; server_max_window_bits=8", chatter(300)},
		{"declined", "permessage-deflate; server_max_window_bits=99", compressing, 101, "", chatter(300)},
		{"malformed", "permessage-deflate;", compressing, 400, "", ""},
		{"off", "permessage-deflate", nil, 101, "", chatter(300)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := open(t, tt.change)
			c := dialRaw(t, listen(t, r, echoing))
			c.write(append(append(asking(tt.extensions), frame(0x81, chatter(300))...), frame(0x88, closing(1000, ""))...), 1<<20)
			resp, err := http.ReadResponse(c.r, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(resp.Header.Values("Sec-WebSocket-Extensions"), ","); resp.StatusCode != tt.status || got != tt.answer {
				t.Fatalf("status %d, answer %q", resp.StatusCode, got)
			}
			if resp.StatusCode == 101 {
				if got := strings.Join(c.words(), "|"); got != tt.echo+"|close 1000" {
					t.Fatalf("got %.80q", got)
				}
			}
			if got, want := r.Stats().Compression.Agreed, uint64(min(1, len(tt.answer))); got != want {
				t.Fatalf("agreed %d times, want %d", got, want)
			}
		})
	}
}

func TestCompressionHasToBeAgreed(t *testing.T) {
	l := listen(t, open(t, compressing), echoing)
	c := dialRaw(t, l)
	c.write(append([]byte(request), frame(0xc1, shrunk("hello"))...), 1<<20)
	c.upgraded()
	if got := strings.Join(c.words(), "|"); got != "close 1002" {
		t.Fatalf("got %q", got)
	}
}

// TestDialJudgesTheAnswer has a server of the test's own answer a dial.
func TestDialJudgesTheAnswer(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		change       func(*Config)
		asked, agree string
		fails        bool
	}{
		{"agreed", "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n", compressing, offer, "true", false},
		{"declined", "", compressing, offer, "false", false},
		{"declined and needed", "", compressing, offer, "", true},
		{"not asked", "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n", nil, "", "", true},
		{"with context", "Sec-WebSocket-Extensions: permessage-deflate\r\n", compressing, offer, "", true},
		{"another", "Sec-WebSocket-Extensions: mux\r\n", compressing, offer, "", true},
		{"twice", "Sec-WebSocket-Extensions: " + offer + "\r\nSec-WebSocket-Extensions: " + offer + "\r\n", compressing, offer, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Close() }()
			e := newEar()
			if err := open(t, tt.change).Dial(Dial{Addr: l.Addr().(*net.TCPAddr).AddrPort(), NeedCompression: strings.HasSuffix(tt.name, "needed")}, e); err != nil {
				t.Fatal(err)
			}
			s, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			q, err := http.ReadRequest(bufio.NewReader(s))
			if err != nil {
				t.Fatal(err)
			}
			if got := q.Header.Get("Sec-WebSocket-Extensions"); got != tt.asked {
				t.Fatalf("asked for %q", got)
			}
			sum := sha1.Sum([]byte(q.Header.Get("Sec-WebSocket-Key") + handshakeGUID))
			_, _ = io.WriteString(s, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+
				base64.StdEncoding.EncodeToString(sum[:])+"\r\n"+tt.answer+"\r\n")
			if !tt.fails {
				if i := wait(t, e.info, "upgrade"); fmt.Sprint(i.Compressed) != tt.agree {
					t.Fatalf("info %+v", i)
				}
				return
			}
			wait(t, e.closed, "end")
			if d, ok := errors.AsType[*DialError](e.err); !ok || d.Stage != StageUpgrade || d.Status != 101 {
				t.Fatalf("error %#v", e.err)
			}
		})
	}
}

// TestBothEndsCompressed sends every length both ways, masked and not.
func TestBothEndsCompressed(t *testing.T) {
	for level := 1; level <= 9; level++ {
		r := open(t, func(c *Config) { compressing(c); c.Compression.Level = level })
		l := listen(t, r, echoing)
		e := newEar()
		if err := r.Dial(Dial{Addr: addrOf(l)}, e); err != nil {
			t.Fatal(err)
		}
		c := wait(t, e.opened, "upgrade")
		for _, size := range packedSizes {
			for _, p := range []string{chatter(size), noise(size)} {
				c.Send(BinaryFrame([]byte(p)))
				if wait(t, e.messages, "echo") != p {
					t.Fatalf("level %d: another echo of %d bytes", level, size)
				}
			}
		}
		n := r.Stats().Compression
		if n.Agreed != 2 || n.Deflated == 0 || n.Deflated != n.Inflated || n.Deflated+n.Incompressible != 2*2*13 ||
			n.DeflateIn != n.InflateOut || n.DeflateOut != n.InflateIn || n.DeflateOut*2 > n.DeflateIn {
			t.Fatalf("level %d: %+v", level, n)
		}
	}
}

// noise cannot be compressed.
func noise(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return string(b)
}

func TestShortMessagesAreNotCompressed(t *testing.T) {
	r := open(t, func(c *Config) { compressing(c); c.Compression.MinBytes = 200 })
	c := dialRaw(t, listen(t, r, echoing))
	all := asking("permessage-deflate")
	for _, size := range []int{199, 200} {
		all = append(all, frame(0x81, chatter(size))...)
	}
	c.write(append(all, frame(0x88, closing(1000, ""))...), 1<<20)
	c.upgraded()
	if got := strings.Join(c.words(), "|"); got != chatter(199)+"|compressed "+chatter(200)+"|close 1000" {
		t.Fatalf("got %q", got)
	}
	if n := r.Stats().Compression; n.Deflated != 1 || n.Incompressible != 0 {
		t.Fatalf("%+v", n)
	}
}

// TestOneCompressionForAll sends a frame to many from many goroutines at once.
func TestOneCompressionForAll(t *testing.T) {
	r := open(t, compressing)
	clients := open(t, compressing)
	plain := open(t, nil)
	opened := make(chan *Conn, 1)
	l := listen(t, r, func(*Request) (Handler, Answer) {
		e := newEar()
		e.opened = opened
		return e, Answer{}
	})
	var all []*Conn
	ears := make([]*ear, 40)
	for i := range ears {
		ears[i] = newEar()
		from := clients
		if i%4 == 0 {
			from = plain
		}
		if err := from.Dial(Dial{Addr: addrOf(l)}, ears[i]); err != nil {
			t.Fatal(err)
		}
		all = append(all, wait(t, opened, "upgrade"))
	}
	const broadcasts = 20
	for n := range broadcasts {
		text := fmt.Sprint(n, chatter(2000))
		f := TextFrame([]byte(text))
		var wg sync.WaitGroup
		for _, c := range all {
			wg.Go(func() { c.Send(f) })
		}
		for i, e := range ears {
			if got := wait(t, e.messages, "message"); got != text {
				t.Fatalf("client %d got %.40q", i, got)
			}
		}
		wg.Wait()
		if string(f.Payload()) != text {
			t.Fatal("the frame has changed")
		}
	}
	if n := r.Stats().Compression; n.Deflated != broadcasts || n.Agreed != 30 {
		t.Fatalf("%+v", n)
	}
	if n := clients.Stats().Compression; n.Inflated != 30*broadcasts {
		t.Fatalf("%+v", n)
	}
}

// TestPingsAreNotCompressed keeps a compressed connection silent.
func TestPingsAreNotCompressed(t *testing.T) {
	r := open(t, func(c *Config) { compressing(c); c.Heartbeat = 800 * time.Millisecond })
	c := dialRaw(t, listen(t, r, echoing))
	c.write(asking("permessage-deflate"), 1<<20)
	c.upgraded()
	if h, err := ws.ReadHeader(c.r); err != nil || h.OpCode != ws.OpPing || h.Rsv != 0 {
		t.Fatalf("%+v, %v", h, err)
	}
}
