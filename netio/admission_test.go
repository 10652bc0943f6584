package netio

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

// turnedAwayBy dials and gives the error of a refusal, or nil.
func turnedAwayBy(t *testing.T, clients *Reactor, d Dial) (*Conn, *DialError) {
	t.Helper()
	e := newEar()
	if err := clients.Dial(d, e); err != nil {
		t.Fatal(err)
	}
	select {
	case c := <-e.opened:
		return c, nil
	case <-e.closed:
	case <-time.After(patience):
		t.Fatal("neither opened nor closed")
	}
	refusal, ok := errors.AsType[*DialError](e.err)
	if !ok {
		t.Fatal(e.err)
	}
	return nil, refusal
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s within %v: no", what, patience)
		}
	}
}

func TestBeyondMaxConnections(t *testing.T) {
	r := open(t, func(c *Config) { c.MaxConnections = 2 })
	l, clients := listen(t, r, echoing), open(t, nil)
	go func() { _ = http.Serve(l.HTTP(), http.NotFoundHandler()) }()
	first, _ := turnedAwayBy(t, clients, Dial{Addr: addrOf(l)})
	turnedAwayBy(t, clients, Dial{Addr: addrOf(l)})

	if _, err := turnedAwayBy(t, clients, Dial{Addr: addrOf(l)}); err == nil || err.Status != 503 || err.RetryAfter < 5*time.Second || err.RetryAfter > 10*time.Second {
		t.Fatalf("an upgrade: %+v", err)
	}
	for range 50 { // the answer never comes before the request
		c := &http.Client{Transport: &http.Transport{}}
		resp, err := c.Get("http://" + l.Addr().String())
		if err != nil {
			t.Fatalf("plain HTTP: %v", err)
		}
		text, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" || !strings.Contains(string(text), "all the connections") {
			t.Fatalf("plain HTTP: %s %q", resp.Status, text)
		}
	}
	slow := dialRaw(t, l)
	for at := 0; at < 120; at += 30 { // it is answered before it has asked all
		if _, err := slow.Write([]byte(request[at : at+30])); err != nil {
			t.Fatalf("a client that is refused cannot finish what it says: %v", err)
		}
		time.Sleep(3 * tick)
	}
	if resp, err := http.ReadResponse(slow.r, nil); err != nil || resp.StatusCode != 503 {
		t.Fatalf("in pieces: %v %v", resp, err)
	}
	if s := r.Stats(); s.RefusedFull != 52 || s.Accepted != 2 || s.Open != 2 {
		t.Fatalf("%+v", s)
	}
	first.Kill()
	eventually(t, "room for another", func() bool {
		_, err := turnedAwayBy(t, clients, Dial{Addr: addrOf(l)})
		return err == nil
	})
}

func TestRefusedClientsDoNotPileUp(t *testing.T) {
	r := open(t, func(c *Config) { c.Pollers, c.MaxConnections = 1, 1 })
	l := listen(t, r, echoing)
	dialRaw(t, l).write([]byte(request), 1<<20)
	eventually(t, "one is in", func() bool { return r.Stats().Upgraded == 1 })
	var mute []*raw
	for range maxTurnedAway + 50 { // none of them ever asks
		mute = append(mute, dialRaw(t, l))
	}
	waiting := func() int {
		s := l.sockets[0]
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.refused.queue)
	}
	eventually(t, "all are refused", func() bool { return int(r.Stats().RefusedFull) == len(mute) })
	if n := waiting(); n > maxTurnedAway {
		t.Fatalf("%d wait for their end", n)
	}
	eventually(t, "nobody waits for ever", func() bool { return waiting() == 0 })
	for _, c := range mute {
		if resp, err := http.ReadResponse(c.r, nil); err != nil || resp.StatusCode != 503 {
			t.Fatalf("%v %v", resp, err)
		}
	}
}

func TestBeyondMaxPerAddress(t *testing.T) {
	if !shared {
		t.Skip("loopback has one address here")
	}
	r := open(t, func(c *Config) { c.MaxPerAddress = 2 })
	l, clients := listen(t, r, echoing), open(t, nil)
	go func() { _ = http.Serve(l.HTTP(), http.NotFoundHandler()) }()
	from := func(local string) (*Conn, *DialError) {
		return turnedAwayBy(t, clients, Dial{Addr: addrOf(l), Local: netip.MustParseAddr(local)})
	}
	page := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext}}
	resp, err := page.Get("http://" + l.Addr().String()) // it stays connected
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if _, err := from("127.0.0.2"); err != nil {
		t.Fatal(err)
	}
	if _, err := from("127.0.0.2"); err == nil || err.Status != 503 {
		t.Fatalf("the third of an address: %v", err)
	}
	if _, err := from("127.0.0.3"); err != nil {
		t.Fatalf("another address: %v", err)
	}
	page.CloseIdleConnections()
	eventually(t, "the page's place is free again", func() bool { _, err := from("127.0.0.2"); return err == nil })
	if s := r.Stats(); s.RefusedAddress == 0 || s.RefusedFull != 0 {
		t.Fatalf("%+v", s)
	}
	for c := range r.table.all {
		c.Kill()
	}
	eventually(t, "nothing is kept of who has gone", func() bool {
		a := &r.admission.addresses
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.of == nil && a.open == nil && r.admission.open.Load() == 0
	})
}

func TestNetworks(t *testing.T) {
	for _, one := range []struct {
		a, b string
		same bool
	}{
		{"127.0.0.2", "127.0.0.3", false},
		{"127.0.0.2", "::ffff:127.0.0.2", true},
		{"2001:db8::1", "2001:db8::ffff:1", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"::1", "0.0.0.1", false},
	} {
		if same := networkOf(netip.MustParseAddr(one.a)) == networkOf(netip.MustParseAddr(one.b)); same != one.same {
			t.Errorf("%s and %s count as one: %v", one.a, one.b, same)
		}
	}
}

// comeAtOnce dials all together, and counts.
func comeAtOnce(t *testing.T, l *Listener, clients *Reactor, n int) (in, refused int, took time.Duration) {
	t.Helper()
	start := time.Now()
	var ears []*ear
	for range n {
		e := newEar()
		if err := clients.Dial(Dial{Addr: addrOf(l)}, e); err != nil {
			t.Fatal(err)
		}
		ears = append(ears, e)
	}
	for _, e := range ears {
		select {
		case <-e.opened:
			in++
			took = time.Since(start)
		case <-e.closed:
			if d, ok := errors.AsType[*DialError](e.err); !ok || d.Status != 503 || d.RetryAfter == 0 {
				t.Fatal(e.err)
			}
			refused++
		case <-time.After(patience):
			t.Fatal("neither in nor refused")
		}
	}
	return in, refused, took
}

func TestUpgradesPerSecond(t *testing.T) {
	for _, tt := range []struct {
		wait    time.Duration
		refused bool
	}{{10 * time.Second, false}, {0, true}} {
		t.Run(fmt.Sprint("wait ", tt.wait), func(t *testing.T) {
			if tt.refused && !shared {
				t.Skip("the accept queue's length cannot be told here")
			}
			r := open(t, func(c *Config) { c.UpgradesPerSecond, c.UpgradeBurst, c.AcceptWait = 100, 5, tt.wait })
			l := listen(t, r, echoing)
			in, refused, took := comeAtOnce(t, l, open(t, nil), 60)
			if in+refused != 60 || (refused > 0) != tt.refused || int(r.Stats().RefusedRate) != refused {
				t.Fatalf("%d are in, %d were refused", in, refused)
			}
			if least := time.Duration(in-5-1) * 10 * time.Millisecond; took < least {
				t.Fatalf("%d came in within %v; that takes %v", in, took, least)
			}
		})
	}
}

// TestTheRefusedTakeNoTurn has a full node refuse many: they do not use up the
// rate at which others are taken.
func TestTheRefusedTakeNoTurn(t *testing.T) {
	r := open(t, func(c *Config) { c.UpgradesPerSecond, c.UpgradeBurst, c.MaxConnections = 1, 2, 1 })
	l, clients := listen(t, r, echoing), open(t, nil)
	if in, refused, _ := comeAtOnce(t, l, clients, 60); in != 1 || refused != 59 || r.Stats().RefusedFull != 59 {
		t.Fatalf("%d are in, %d were refused: %+v", in, refused, r.Stats())
	}
}

func TestUpgradesPerAddress(t *testing.T) {
	if !shared {
		t.Skip("loopback has one address here")
	}
	r := open(t, func(c *Config) { c.UpgradesPerAddress = 0.01 })
	l, clients := listen(t, r, echoing), open(t, nil)
	in, refused, _ := comeAtOnce(t, l, clients, addressBurst+5)
	if in != addressBurst || refused != 5 || r.Stats().RefusedAddressRate != 5 {
		t.Fatalf("%d are in, %d were refused", in, refused)
	}
	if _, err := turnedAwayBy(t, clients, Dial{Addr: addrOf(l), Local: netip.MustParseAddr("127.0.0.2")}); err != nil {
		t.Fatalf("another address: %v", err)
	}
}

func TestListenerClosesWhatItRefused(t *testing.T) {
	r := open(t, func(c *Config) { c.MaxConnections = 1 })
	l := listen(t, r, echoing)
	dialRaw(t, l).write([]byte(request), 1<<20)
	eventually(t, "one is in", func() bool { return r.Stats().Upgraded == 1 })
	c := dialRaw(t, l)
	eventually(t, "the other is refused", func() bool { return r.Stats().RefusedFull == 1 })
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if resp, err := http.ReadResponse(c.r, nil); err != nil || resp.StatusCode != 503 {
		t.Fatalf("%v %v", resp, err)
	}
}

func TestUnavailable(t *testing.T) {
	seen := make(map[int]bool)
	r := &Reactor{config: Config{RetryAfter: 1500 * time.Millisecond}}
	for range 1000 {
		resp := parseResponse(t, r.unavailable("why"))
		after, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		if err != nil || after < 2 || after > 3 {
			t.Fatalf("Retry-After %d %v", after, err)
		}
		seen[after] = true
		if text, _ := io.ReadAll(resp.Body); string(text) != "why\n" || !resp.Close {
			t.Fatalf("%q, close %v", text, resp.Close)
		}
	}
	if len(seen) != 2 {
		t.Fatal("all are told to come back in the same second")
	}
}
