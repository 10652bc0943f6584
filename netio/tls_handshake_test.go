package netio

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

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
