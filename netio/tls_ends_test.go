package netio

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestHTTPSIsHandedOver(t *testing.T) {
	server, client := authority(t)
	l := listenTLS(t, open(t, nil), server, echoing)
	s := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		b, _ := io.ReadAll(q.Body)
		_, _ = fmt.Fprintf(w, "%s %s", q.URL.Path, b)
	})}
	go func() { _ = s.Serve(l.HTTP()) }()
	defer func() { _ = s.Close() }()
	for version, config := range versions(client) {
		transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
		defer transport.CloseIdleConnections()
		asker := &http.Client{Transport: transport, Timeout: patience}
		for _, size := range []int{0, 20000, 200000} { // kept alive; the last is more than lies in our buffers
			body := strings.Repeat("b", size)
			resp, err := asker.Post("https://"+l.Addr().String()+"/p", "text/plain", strings.NewReader(body))
			if err != nil {
				t.Fatal(version, err)
			}
			b, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if string(b) != "/p "+body {
				t.Fatalf("%s: got %.40q (%d)", version, b, len(b))
			}
		}
	}
}

// heldWrites keeps what is written, once it is told to.
type heldWrites struct {
	net.Conn
	hold bool
	kept bytes.Buffer
}

func (h *heldWrites) Write(b []byte) (int, error) {
	if h.hold {
		return h.kept.Write(b)
	}
	return h.Conn.Write(b)
}

// seize does a handshake, after which what is written is held back.
func seize(t *testing.T, l *Listener, config *tls.Config) (*tls.Conn, *heldWrites) {
	t.Helper()
	h := &heldWrites{Conn: dialRaw(t, l).Conn}
	c := tls.Client(h, config)
	before := l.reactor.Stats().TLSDone
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); l.reactor.Stats().TLSDone == before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no handshake")
		}
	}
	h.hold = true
	return c, h
}

// TestHandOverAmidARecord has a request and much of its body come in one piece,
// which ends within a record, and then uses the poller's buffers for another.
func TestHandOverAmidARecord(t *testing.T) {
	server, client := authority(t)
	l := listenTLS(t, open(t, func(c *Config) { c.Pollers = 1 }), server, echoing)
	release := make(chan struct{})
	s := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		<-release
		b, _ := io.ReadAll(q.Body)
		_, _ = w.Write(b)
	})}
	go func() { _ = s.Serve(l.HTTP()) }()
	defer func() { _ = s.Close() }()

	other, all := seize(t, l, client)
	_, _ = io.WriteString(other, request)
	_, _ = other.Write(frame(0x82, strings.Repeat("z", 60000)))
	c, h := seize(t, l, client)
	body := strings.Repeat("0123456789", 5500)
	_, _ = fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	cut := h.kept.Len() - 100
	_, _ = h.Conn.Write(h.kept.Next(cut))
	_, _ = all.Conn.Write(all.kept.Bytes())
	_, _ = io.CopyN(io.Discard, other, 60000) // the answer: the buffers were used
	close(release)
	_, _ = h.Conn.Write(h.kept.Bytes())
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(resp.Body); string(got) != body {
		t.Fatalf("%d bytes came back of %d, or others", len(got), len(body))
	}
}

func TestHalfCloseOverTLS(t *testing.T) {
	server, client := authority(t)
	for version, config := range versions(client) {
		for _, fin := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/fin=%v", version, fin), func(t *testing.T) {
				l := listenTLS(t, open(t, nil), server, echoing)
				c := dialTLS(t, l, config, 1<<20)
				c.write(append([]byte(request), frame(0x81, "last")...), 1<<20)
				_ = c.Conn.(*tls.Conn).CloseWrite()
				if fin { // at once: maybe before the handshake is over on the other side
					_ = c.Conn.(*tls.Conn).NetConn().(chopped).Conn.(*net.TCPConn).CloseWrite()
				}
				c.upgraded()
				if got := c.frames(); len(got) != 1 || got[0] != "last" {
					t.Fatalf("got %q", got)
				}
				if _, err := c.r.ReadByte(); errors.Is(err, errTimeout(err)) {
					t.Fatal("the other side stays open")
				}
			})
		}
	}
}

// kept remembers what was read.
type kept struct {
	net.Conn
	read *bytes.Buffer
}

func (k kept) Read(b []byte) (int, error) {
	n, err := k.Conn.Read(b)
	k.read.Write(b[:n])
	return n, err
}

func TestCloseNotifyIsSent(t *testing.T) {
	server, client := authority(t)
	client = versions(client)["1.2"] // where records tell what they hold
	l := listenTLS(t, open(t, nil), server, echoing)
	c := dialRaw(t, l)
	k := kept{c.Conn, new(bytes.Buffer)}
	c.Conn = tls.Client(k, client)
	c.r = bufio.NewReader(c.Conn)
	c.write(append([]byte(request), frame(0x88, closing(1000, ""))...), 1<<20)
	c.upgraded()
	if got := strings.Join(c.frames(), "|"); got != "close 1000" {
		t.Fatalf("got %q", got)
	}
	if _, err := io.Copy(io.Discard, c.r); err != nil {
		t.Fatal(err)
	}
	last := byte(0)
	for b := k.read.Bytes(); len(b) >= tlsHeader; b = b[recordSize(b):] {
		last = b[0]
	}
	if last != 21 {
		t.Fatalf("the last record is of type %d, not an alert", last)
	}
}
