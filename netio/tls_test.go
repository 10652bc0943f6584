package netio

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"strings"
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
