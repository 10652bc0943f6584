package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
)

// writePair puts a new certificate and its key into the files.
func writePair(t *testing.T, files TLS, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, files.CertFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), serial)
	write(t, files.KeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), serial)
}

// write makes sure that the file's time differs, however coarse it is kept.
func write(t *testing.T, file string, b []byte, version int64) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1_700_000_000+version, 0)
	if err := os.Chtimes(file, at, at); err != nil {
		t.Fatal(err)
	}
}

func pairIn(dir string) TLS {
	return TLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
}

func TestCertificateIsRenewed(t *testing.T) {
	files := pairIn(t.TempDir())
	writePair(t, files, 1)
	var now atomic.Int64
	var log bytes.Buffer
	c, err := newCertificate(files, slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return time.Unix(0, now.Load()) })
	if err != nil {
		t.Fatal(err)
	}
	serial := func(later time.Duration) int64 {
		t.Helper()
		now.Add(int64(later))
		pair, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	steps := []struct {
		what  string
		do    func()
		after time.Duration
		want  int64
		says  int // lines of the log by then
	}{
		{"nothing", func() {}, lookAgain, 1, 0},
		{"a new pair, too early to be seen", func() { writePair(t, files, 2) }, lookAgain / 2, 1, 0},
		{"later", func() {}, lookAgain, 2, 1},
		{"a certificate without its key", func() { write(t, files.CertFile, []byte("none"), 3) }, lookAgain, 2, 2},
		{"the same again", func() {}, lookAgain, 2, 2},
		{"no key at all", func() { _ = os.Remove(files.KeyFile) }, lookAgain, 2, 3},
		{"still none", func() {}, lookAgain, 2, 3},
		{"a whole pair", func() { writePair(t, files, 4) }, lookAgain, 4, 4},
	}
	for _, s := range steps {
		s.do()
		if got := serial(s.after); got != s.want {
			t.Errorf("%s: certificate %d, want %d", s.what, got, s.want)
		}
		if n := strings.Count(log.String(), "\n"); n != s.says {
			t.Errorf("%s: %d lines of log, want %d:\n%s", s.what, n, s.says, &log)
		}
	}
}

func TestTLSNeedsBothFiles(t *testing.T) {
	for _, files := range []TLS{{CertFile: "a"}, {KeyFile: "a"}} {
		c := DefaultConfig()
		c.TLS = files
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "both files") {
			t.Errorf("%+v: %v", files, err)
		}
	}
	c := DefaultConfig()
	c.Listen, c.Admin, c.Store.Dir, c.TLS = "127.0.0.1:0", "127.0.0.1:0", t.TempDir(), pairIn(t.TempDir())
	if _, err := New(c); err == nil || !strings.Contains(err.Error(), "cert.pem") {
		t.Errorf("without the files: %v", err)
	}
}

// TestChatOverTLS talks, asks for the page, and reads the metrics.
func TestChatOverTLS(t *testing.T) {
	files := pairIn(t.TempDir())
	writePair(t, files, 1)
	n := start(t, func(c *Config) { c.TLS = files })
	if !strings.HasPrefix(n.URL(), "wss://127.0.0.1:") {
		t.Errorf("it says that it is at %s", n.URL())
	}
	text, err := os.ReadFile(files.CertFile)
	if err != nil {
		t.Fatal(err)
	}
	trusting := &tls.Config{RootCAs: x509.NewCertPool()}
	trusting.RootCAs.AppendCertsFromPEM(text)
	n.admin("POST", "/v1/conversations", annBob)
	ann := dialBy(t, chat.JSON{}, n.clients, netio.Dial{Addr: n.Addr().(*net.TCPAddr).AddrPort(), TLS: trusting})
	ann.hello(&chat.Hello{User: "ann", Device: "d"})
	ann.say(&chat.Send{Conversation: "c", N: 1, Body: []byte("sealed")})
	await[*chat.Ack](ann)
	if m := await[*chat.Message](ann); string(m.Body) != "sealed" {
		t.Errorf("got %+v", m)
	}
	transport := &http.Transport{TLSClientConfig: trusting}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport, Timeout: patience}).Get("https://" + n.Addr().String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if !strings.Contains(string(page), "A reference chat server") {
		t.Errorf("the page is %.100q", page)
	}
	if done := n.metric("throng_tls_handshakes_total"); done != 2 {
		t.Errorf("%v handshakes, want 2", done)
	}
	if failed := n.metric("throng_tls_handshakes_failed_total"); failed != 0 {
		t.Errorf("%v handshakes failed", failed)
	}
}
