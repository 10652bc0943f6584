package netio

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// authority is a certificate for 127.0.0.1 and example.org, and who trusts it.
func authority(t testing.TB) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"example.org"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	pair := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
	return &tls.Config{Certificates: []tls.Certificate{pair}}, &tls.Config{RootCAs: roots, ServerName: "example.org"}
}

func listenTLS(t *testing.T, r *Reactor, config *tls.Config, accept Accept) *Listener {
	t.Helper()
	l, err := r.ListenTLS("127.0.0.1:0", config, accept)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// chopped writes so many bytes at a time.
type chopped struct {
	net.Conn
	piece int
}

func (c chopped) Write(b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var m int
		m, err = c.Conn.Write(b[n:min(len(b), n+c.piece)])
		n += m
	}
	return n, err
}

// dialTLS is dialRaw for TLS. Its ciphertext comes in pieces.
func dialTLS(t *testing.T, l *Listener, config *tls.Config, piece int) *raw {
	t.Helper()
	c := dialRaw(t, l)
	c.Conn = tls.Client(chopped{c.Conn, piece}, config)
	c.r = bufio.NewReader(c.Conn)
	return c
}

func versions(config *tls.Config) map[string]*tls.Config {
	old := config.Clone()
	old.MaxVersion = tls.VersionTLS12
	return map[string]*tls.Config{"1.2": old, "1.3": config}
}

// TestConformanceOverTLS chops ciphertext, down to single bytes.
func TestConformanceOverTLS(t *testing.T) {
	server, client := authority(t)
	bye := frame(0x88, closing(1000, ""))
	large := strings.Repeat("l", 70000)
	for _, tt := range []struct {
		name string
		send [][]byte
		want string
	}{
		{"text", [][]byte{frame(0x81, "hello"), bye}, "hello|close 1000"},
		{"fragments with a ping between", [][]byte{frame(0x01, "he"), frame(0x89, "p"), frame(0x80, "llo"), bye}, "pong p|hello|close 1000"},
		{"large", [][]byte{frame(0x81, large), bye}, large + "|close 1000"},
		{"unmasked", [][]byte{{0x81, 1, 'x'}}, "close 1002"},
		{"too big", [][]byte{frame(0x81, strings.Repeat("x", 100001))}, "close 1009"},
	} {
		all := append([]byte(request), bytes.Join(tt.send, nil)...)
		for version, config := range versions(client) {
			for _, piece := range []int{1, 7, 5000, 1 << 20} {
				if piece < 100 && len(all) > 20000 {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%d", tt.name, version, piece), func(t *testing.T) {
					l := listenTLS(t, open(t, func(c *Config) { c.MaxMessage = 100000 }), server, echoing)
					c := dialTLS(t, l, config, piece)
					go c.write(all, 20000)
					c.upgraded()
					if got := strings.Join(c.frames(), "|"); got != tt.want {
						t.Fatalf("got %.80q, want %.80q", got, tt.want)
					}
				})
			}
		}
	}
}

func TestBothEndsOverTLS(t *testing.T) {
	server, client := authority(t)
	for version, config := range versions(client) {
		t.Run(version, func(t *testing.T) {
			r := open(t, nil)
			l := listenTLS(t, r, server, echoing)
			e := newEar()
			if err := r.Dial(Dial{Addr: addrOf(l), TLS: config}, e); err != nil {
				t.Fatal(err)
			}
			if i := wait(t, e.info, "upgrade"); i.Secured.Before(i.Connected) || i.Upgraded.Before(i.Secured) {
				t.Fatalf("info %+v", i)
			}
			c := <-e.opened
			for _, size := range []int{0, 1, 125, 16384, 16385, 65536, 200000} {
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
			if s := r.Stats(); s.TLSDone != 2 || s.TLSFailed != 0 || s.TLSUnderWay != 0 {
				t.Fatalf("%+v", s)
			}
		})
	}
}

// TestSilentTLSKeepsNoBuffer looks at what a connection keeps after a large
// message, whole and incomplete.
func TestSilentTLSKeepsNoBuffer(t *testing.T) {
	server, client := authority(t)
	e := newEar()
	l := listenTLS(t, open(t, nil), server, func(*Request) (Handler, Answer) { return e, Answer{} })
	c := dialTLS(t, l, client, 1<<20)
	c.write([]byte(request), 1<<20)
	c.upgraded()
	s := wait(t, e.opened, "upgrade")
	c.write(frame(0x82, strings.Repeat("x", 60000)), 1<<20)
	wait(t, e.messages, "message")
	capacity := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.tls.raw.Cap() + cap(s.tls.in) + innerBuffer(s.tls.conn, "hand").Cap()
	}
	for end := time.Now().Add(patience); capacity() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d bytes are kept", capacity())
		}
	}
}

func TestBuffersOfTLSAreFound(t *testing.T) {
	for _, name := range []string{"hand", "rawInput"} {
		if innerBuffer(tls.Client(nil, nil), name) == nil {
			t.Errorf("tls.Conn has no buffer %s any more: a silent connection keeps its largest record", name)
		}
	}
}

// TestTLSWithoutInnerBuffers is what another release of Go may come to.
func TestTLSWithoutInnerBuffers(t *testing.T) {
	server, client := authority(t)
	e := newEar()
	l := listenTLS(t, open(t, nil), server, func(*Request) (Handler, Answer) { return e, Answer{} })
	c := dialTLS(t, l, client, 3)
	c.write([]byte(request), 1<<20)
	c.upgraded()
	s := wait(t, e.opened, "upgrade")
	s.mu.Lock()
	s.tls.raw = nil
	s.mu.Unlock()
	for _, size := range []int{1, 20000, 5} {
		c.write(frame(0x81, strings.Repeat("x", size)), 1<<20)
		if got := wait(t, e.messages, "message"); len(got) != size {
			t.Fatalf("%d bytes of %d", len(got), size)
		}
	}
}

func TestTLSDialFails(t *testing.T) {
	server, client := authority(t)
	_, stranger := authority(t)
	elsewhere, asking, old := client.Clone(), server.Clone(), server.Clone()
	elsewhere.ServerName = "example.com"
	asking.ClientAuth = tls.RequireAnyClientCert
	old.MaxVersion, asking.MaxVersion = tls.VersionTLS12, tls.VersionTLS12 // the alert comes within the handshake
	fresh := client.Clone()
	fresh.MinVersion = tls.VersionTLS13
	r := open(t, func(c *Config) { c.HandshakeTimeout = 300 * time.Millisecond })
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = mute.Close() }()
	talks, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = talks.Close() }()
	go func() {
		if c, err := talks.Accept(); err == nil {
			_, _ = io.WriteString(c, "220 welcome\r\n")
		}
	}()
	l := listenTLS(t, r, server, echoing)
	for _, tt := range []struct {
		name   string
		addr   net.Addr
		config *tls.Config
		want   string
	}{
		{"unknown authority", l.Addr(), stranger, "unknown authority"},
		{"another name", l.Addr(), elsewhere, "example.com"},
		{"a plain server", listen(t, r, echoing).Addr(), client, "timed out|EOF"},
		{"a plain server that talks", talks.Addr(), client, "does not look like a TLS handshake"},
		{"the server refuses", listenTLS(t, r, asking, echoing).Addr(), client, "remote error: tls: certificate required|remote error: tls: bad certificate|handshake failure"},
		{"no common version", listenTLS(t, r, old, echoing).Addr(), fresh, "protocol version"},
		{"no answer", mute.Addr(), client, "timed out"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newEar()
			if err := r.Dial(Dial{Addr: tt.addr.(*net.TCPAddr).AddrPort(), TLS: tt.config}, e); err != nil {
				t.Fatal(err)
			}
			wait(t, e.closed, "end")
			d, ok := errors.AsType[*DialError](e.err)
			if !ok || d.Stage != StageTLS {
				t.Fatalf("error %#v", e.err)
			}
			for _, want := range strings.Split(tt.want, "|") {
				if strings.Contains(e.err.Error(), want) {
					return
				}
			}
			t.Fatalf("error %v", e.err)
		})
	}
	if n := r.Stats().TLSUnderWay; n != 0 {
		t.Fatalf("%d handshakes are under way", n)
	}
}

func TestTLSConfigIsChecked(t *testing.T) {
	server, client := authority(t)
	r := open(t, nil)
	for _, config := range []*tls.Config{nil, {}, {Certificates: server.Certificates, MinVersion: tls.VersionTLS11}} {
		if _, err := r.ListenTLS("127.0.0.1:0", config, echoing); err == nil {
			t.Errorf("%v is taken", config)
		}
	}
	l := listenTLS(t, r, server, echoing)
	if err := r.Dial(Dial{Addr: addrOf(l), TLS: &tls.Config{MaxVersion: tls.VersionTLS11}}, newEar()); err == nil {
		t.Error("a dial with TLS 1.1 is taken")
	}
	for host, want := range map[string]string{"": "127.0.0.1", "h": "h", "h:1": "h", "[::1]:1": "::1"} {
		d := Dial{Addr: addrOf(l), Host: host, TLS: &tls.Config{RootCAs: client.RootCAs}}
		if c, err := d.clientTLS(); err != nil || c.ServerName != want {
			t.Errorf("host %q: %v, %v", host, c.ServerName, err)
		}
	}
	whole := &tls.Config{ServerName: "h", MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, DynamicRecordSizingDisabled: true}
	d := Dial{TLS: whole}
	if c, _ := d.clientTLS(); c != whole {
		t.Error("a whole configuration is copied")
	}
}

func TestPlaintextToATLSPort(t *testing.T) {
	server, _ := authority(t)
	r := open(t, nil)
	l := listenTLS(t, r, server, echoing)
	c := dialRaw(t, l)
	c.write([]byte(request), 1<<20)
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil || resp.StatusCode != 400 {
		t.Fatalf("%v %v", resp, err)
	}
	for _, junk := range []string{"\x00", "\x80\x2e\x01", "\x16\x03\x01\xff\xff", strings.Repeat("\xff", 100000), "\x16\x03\x01\x00\x05junk!more"} {
		c := dialRaw(t, l)
		c.write([]byte(junk), 1<<20)
		if _, err := io.Copy(io.Discard, c.r); errors.Is(err, errTimeout(err)) {
			t.Fatalf("% .10x: %v", junk, err)
		}
	}
	for end := time.Now().Add(patience); r.Stats().TLSFailed != 6; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%+v", r.Stats())
		}
	}
}

// hello is the first flight of a client.
func hello(t *testing.T, config *tls.Config) []byte {
	t.Helper()
	near, far := net.Pipe()
	defer func() { _ = far.Close() }()
	go func() { _ = tls.Client(near, config).Handshake(); _ = near.Close() }()
	header := make([]byte, tlsHeader)
	if _, err := io.ReadFull(far, header); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, recordSize(header))
	copy(b, header)
	if _, err := io.ReadFull(far, b[tlsHeader:]); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestHalfATLSHandshake stops at several places: by silence, which is cut, and
// by hanging up. Nothing is left of it.
func TestHalfATLSHandshake(t *testing.T) {
	server, client := authority(t)
	whole := hello(t, client)
	before := runtime.NumGoroutine()
	r := open(t, func(c *Config) { c.HandshakeTimeout = 300 * time.Millisecond })
	l := listenTLS(t, r, server, echoing)
	for _, size := range []int{1, 5, len(whole) - 1, len(whole)} {
		for _, hangUp := range []bool{false, true} {
			c := dialRaw(t, l)
			c.write(whole[:size], 1<<20)
			if hangUp {
				_ = c.Close()
				continue
			}
			if _, err := io.Copy(io.Discard, c.r); errors.Is(err, errTimeout(err)) {
				t.Fatalf("%d bytes: %v", size, err)
			}
		}
	}
	end := time.Now().Add(patience)
	for s := r.Stats(); s.Open != 0 || s.TLSUnderWay != 0; s = r.Stats() {
		if time.Now().After(end) {
			t.Fatalf("%+v", s)
		}
		time.Sleep(time.Millisecond)
	}
	_ = r.Close()
	for runtime.NumGoroutine() > before {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, and %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(time.Millisecond)
	}
}

// TestSilentHandshakesHoldNobodyUp has more of them than may compute, and then
// more than may be under way.
func TestSilentHandshakesHoldNobodyUp(t *testing.T) {
	server, client := authority(t)
	whole := hello(t, client)
	silent := 2 * cores()
	r := open(t, func(c *Config) { c.TLSHandshakes = silent + 1 })
	l := listenTLS(t, r, server, echoing)
	stall := func() {
		c := dialRaw(t, l)
		c.write(whole, 1<<20)
		_, _ = c.r.ReadByte() // the server's flight: it waits for ours
	}
	for range silent {
		stall()
	}
	e := newEar()
	if err := r.Dial(Dial{Addr: addrOf(l), TLS: client}, e); err != nil {
		t.Fatal(err)
	}
	wait(t, e.opened, "upgrade")
	stall()
	late := newEar()
	if err := r.Dial(Dial{Addr: addrOf(l), TLS: client}, late); err != nil {
		t.Fatal(err)
	}
	waiting := func() int {
		r.tls.servers.mu.Lock()
		defer r.tls.servers.mu.Unlock()
		return len(r.tls.servers.waiting)
	}
	for end := time.Now().Add(patience); waiting() != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d wait for their turn: %+v", waiting(), r.Stats())
		}
	}
	for c := range r.table.all { // room for who waits
		c.mu.Lock()
		stalled := !c.client && c.tls != nil && c.tls.shake != nil && c.tls.shake.running
		c.mu.Unlock()
		if stalled {
			c.Kill()
			break
		}
	}
	wait(t, late.opened, "upgrade")
}

func TestManyOverTLS(t *testing.T) {
	server, client := authority(t)
	r := open(t, func(c *Config) { c.TLSHandshakes = 7 })
	l := listenTLS(t, r, server, echoing)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			e := newEar()
			if err := r.Dial(Dial{Addr: addrOf(l), TLS: client}, e); err != nil {
				t.Error(err)
				return
			}
			select {
			case c := <-e.opened:
				var all sync.WaitGroup
				for w := range 4 {
					all.Go(func() { c.Send(TextFrame([]byte(strings.Repeat("x", 100*w+i)))) })
				}
				all.Wait()
				sum := 0
				for range 4 {
					sum += len(<-e.messages)
				}
				if sum != 600+4*i {
					t.Errorf("%d bytes came back of %d", sum, 600+4*i)
				}
				if i%2 == 0 {
					c.Shutdown(1000, "")
				} else {
					c.Kill()
				}
				<-e.closed
			case <-e.closed:
				t.Error(e.err)
			}
		})
	}
	wg.Wait()
}

// TestCloseAmidHandshakes closes the reactor under them.
func TestCloseAmidHandshakes(t *testing.T) {
	server, client := authority(t)
	r := open(t, func(c *Config) { c.TLSHandshakes = 3 })
	l := listenTLS(t, r, server, echoing)
	var ears []*ear
	for range 60 {
		e := newEar()
		if err := r.Dial(Dial{Addr: addrOf(l), TLS: client}, e); err != nil {
			t.Fatal(err)
		}
		ears = append(ears, e)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for _, e := range ears {
		wait(t, e.closed, "end")
	}
	if n := r.Stats().TLSUnderWay; n > 6 { // the last of them are about to say so
		t.Fatalf("%d handshakes are under way", n)
	}
}

// TestSilentTLSLeavesThePollerAlone looks whether write interest, which calls the
// poller after a handshake, is always taken back: it would wake it for ever.
func TestSilentTLSLeavesThePollerAlone(t *testing.T) {
	server, client := authority(t)
	r := open(t, nil)
	l := listenTLS(t, r, server, echoing)
	var all sync.WaitGroup
	for range 300 {
		c := dialTLS(t, l, client, 1<<20)
		all.Go(func() { // together: requests come while pollers have yet to hear of the handshake
			c.write([]byte(request), 1<<20)
			_, _ = http.ReadResponse(c.r, nil)
		})
	}
	all.Wait()
	end := time.Now().Add(patience)
	for c := range r.table.all {
		for fresh := true; fresh; time.Sleep(time.Millisecond) {
			c.mu.Lock()
			fresh = c.tls.fresh
			c.mu.Unlock()
			if time.Now().After(end) {
				t.Fatal("a connection waits for its first write")
			}
		}
	}
}

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

// held keeps what is written, once it is told to.
type held struct {
	net.Conn
	hold bool
	kept bytes.Buffer
}

func (h *held) Write(b []byte) (int, error) {
	if h.hold {
		return h.kept.Write(b)
	}
	return h.Conn.Write(b)
}

// seize does a handshake, after which what is written is held back.
func seize(t *testing.T, l *Listener, config *tls.Config) (*tls.Conn, *held) {
	t.Helper()
	h := &held{Conn: dialRaw(t, l).Conn}
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

func TestSlowReaderOverTLS(t *testing.T) {
	server, client := authority(t)
	for _, tt := range []struct {
		name   string
		change func(*Config)
	}{
		{"bytes", func(c *Config) { c.OutboxBytes = 256 << 10; c.OutboxAge = time.Minute }},
		{"age", func(c *Config) { c.OutboxBytes = 64 << 20; c.OutboxAge = 200 * time.Millisecond }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newEar()
			r := open(t, func(c *Config) { tt.change(c); c.SlowCode = 4410; c.CloseTimeout = 200 * time.Millisecond })
			l := listenTLS(t, r, server, func(*Request) (Handler, Answer) { return e, Answer{} })
			c := dialTLS(t, l, client, 1<<20)
			c.write([]byte(request), 1<<20)
			c.upgraded()
			s := wait(t, e.opened, "upgrade")
			f, most := BinaryFrame(make([]byte, 10<<10)), 0
			for range 1600 {
				s.Send(f)
				most = max(most, s.Queued())
			}
			if code := wait(t, e.closed, "end"); code != 4410 || !errors.Is(e.err, ErrSlowReader) {
				t.Fatalf("code %d, error %v", code, e.err)
			}
			if r.Stats().Slow != 1 || tt.name == "bytes" && most > 256<<10+20<<10 {
				t.Fatalf("slow is %d, %d bytes waited", r.Stats().Slow, most)
			}
		})
	}
}

// TestTrickleOverTLS reads all the time, and too slowly.
func TestTrickleOverTLS(t *testing.T) {
	server, client := authority(t)
	e := newEar()
	r := open(t, func(c *Config) {
		c.OutboxBytes, c.OutboxAge, c.SlowCode, c.CloseTimeout = 64<<20, 500*time.Millisecond, 4410, 200*time.Millisecond
	})
	l := listenTLS(t, r, server, func(*Request) (Handler, Answer) { return e, Answer{} })
	c := dialTLS(t, l, client, 1<<20)
	c.write([]byte(request), 1<<20)
	c.upgraded()
	s := wait(t, e.opened, "upgrade")
	f := BinaryFrame(make([]byte, 10<<10))
	for range 3200 {
		s.Send(f)
	}
	stop := time.After(patience)
	for {
		select {
		case code := <-e.closed:
			if code != 4410 {
				t.Fatalf("code %d, error %v", code, e.err)
			}
			return
		case <-stop:
			t.Fatal("it may read as slowly as it likes")
		case <-time.After(5 * time.Millisecond):
			_, _ = io.CopyN(io.Discard, c.r, 10<<10)
		}
	}
}

func TestSlowReaderOverTLSIsToldWhenItReadsAgain(t *testing.T) {
	server, client := authority(t)
	e := newEar()
	r := open(t, func(c *Config) { c.OutboxBytes = 64 << 10; c.SlowCode = 4410; c.CloseTimeout = patience })
	l := listenTLS(t, r, server, func(*Request) (Handler, Answer) { return e, Answer{} })
	c := dialTLS(t, l, client, 1<<20)
	c.write([]byte(request), 1<<20)
	c.upgraded()
	s := wait(t, e.opened, "upgrade")
	f := BinaryFrame(make([]byte, 50<<10)) // several records each: one is always half sealed
	for r.Stats().Slow == 0 {
		s.Send(f)
	}
	got := c.frames()
	if got[len(got)-1] != "close 4410" {
		t.Fatalf("%d frames, and no word of it", len(got))
	}
}

func TestManyWritersOverTLSKeepFramesWhole(t *testing.T) {
	server, client := authority(t)
	r := open(t, func(c *Config) { c.OutboxBytes = 64 << 20; c.SendBuffer = 4 << 10 })
	l := listenTLS(t, r, server, echoing)
	e := newEar()
	if err := r.Dial(Dial{Addr: addrOf(l), TLS: client}, e); err != nil {
		t.Fatal(err)
	}
	c := wait(t, e.opened, "upgrade")
	const writers, each = 8, 300
	for w := range writers {
		go func() {
			for i := range each {
				c.Send(TextFrame([]byte(fmt.Sprintf("%d %d %s", w, i, strings.Repeat("-", 37*i)))))
			}
		}()
	}
	next := make([]int, writers)
	for range writers * each {
		var w, i int
		if _, err := fmt.Sscanf(wait(t, e.messages, "echo"), "%d %d", &w, &i); err != nil || next[w] != i {
			t.Fatalf("writer %d: got %d, want %d (%v)", w, i, next[w], err)
		}
		next[w]++
	}
}
