package netio

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// bare builds a server's frame. flags is the first byte.
func bare(flags byte, payload string) []byte {
	return append(append([]byte{flags}, appendHeader(nil, 0, len(payload), false)[1:]...), payload...)
}

// TestConformanceOfTheClientsEnd has a server of the test's own say things to a
// client, cut anywhere, and looks at what the client hears and answers.
func TestConformanceOfTheClientsEnd(t *testing.T) {
	bye := bare(0x88, closing(1000, ""))
	for _, tt := range []struct {
		name  string
		send  [][]byte
		hears string
		says  string // what the client sends, which must be masked
		code  CloseCode
	}{
		{"text", [][]byte{bare(0x81, "hello"), bye}, "hello", "close 1000", 1000},
		{"empty", [][]byte{bare(0x81, ""), bye}, "", "close 1000", 1000},
		{"large", [][]byte{bare(0x82, strings.Repeat("l", 70000)), bye}, strings.Repeat("l", 70000), "close 1000", 1000},
		{"fragments with a ping between", [][]byte{bare(0x01, "he"), bare(0x89, "p"), bare(0x80, "llo"), bye}, "hello", "pong p|close 1000", 1000},
		{"character across fragments", [][]byte{bare(0x01, "\xc3"), bare(0x80, "\xa4"), bye}, "ä", "close 1000", 1000},
		{"pong unasked", [][]byte{bare(0x8a, ""), bye}, "", "close 1000", 1000},
		{"masked", [][]byte{frame(0x81, "x")}, "", "close 1002", 1002},
		{"masked ping", [][]byte{frame(0x89, "x")}, "", "close 1002", 1002},
		{"masked close", [][]byte{frame(0x88, closing(1000, ""))}, "", "close 1002", 1002},
		{"reserved bit", [][]byte{bare(0xc1, "x")}, "", "close 1002", 1002},
		{"reserved opcode", [][]byte{bare(0x83, "x")}, "", "close 1002", 1002},
		{"fragmented ping", [][]byte{bare(0x09, "x")}, "", "close 1002", 1002},
		{"long ping", [][]byte{bare(0x89, strings.Repeat("x", 126))}, "", "close 1002", 1002},
		{"continuation of nothing", [][]byte{bare(0x80, "x")}, "", "close 1002", 1002},
		{"text within fragments", [][]byte{bare(0x01, "x"), bare(0x81, "y")}, "", "close 1002", 1002},
		{"bad text", [][]byte{bare(0x81, "\xff")}, "", "close 1007", 1007},
		{"too big", [][]byte{bare(0x81, strings.Repeat("x", 100001))}, "", "close 1009", 1009},
		{"absurd length", [][]byte{{0x82, 127, 0xff, 0, 0, 0, 0, 0, 0, 0}}, "", "close 1002", 1002},
		{"close without a code", [][]byte{bare(0x88, "")}, "", "close 1005", 1005},
		{"close of one byte", [][]byte{bare(0x88, "x")}, "", "close 1002", 1002},
		{"close 1006", [][]byte{bare(0x88, closing(1006, ""))}, "", "close 1002", 1002},
		{"close 1012", [][]byte{bare(0x88, closing(1012, "restart"))}, "", "close 1012", 1012},
		{"close 1013", [][]byte{bare(0x88, closing(1013, ""))}, "", "close 1013", 1013},
		{"close 4410", [][]byte{bare(0x88, closing(4410, ""))}, "", "close 4410", 4410},
		{"nothing after close", [][]byte{bye, bare(0x81, "late")}, "", "close 1000", 1000},
		{"the end without a close", [][]byte{bare(0x81, "x")}, "x", "", 1006},
	} {
		for _, seed := range []uint64{0, 1, 2} { // 0: in one piece, with the upgrade's answer
			t.Run(fmt.Sprintf("%s/%d", tt.name, seed), func(t *testing.T) {
				r := open(t, func(c *Config) { c.MaxMessage = 100000 })
				hears, says, code := meetClient(t, r, bytes.Join(tt.send, nil), seed, tt.code == CloseAbnormal)
				if hears != tt.hears || says != tt.says || code != tt.code {
					t.Fatalf("hears %.80q, says %q, closed with %d", hears, says, code)
				}
			})
		}
	}
}

// meetClient lets a client of r dial, says all, and gives what happened.
func meetClient(t *testing.T, r *Reactor, all []byte, seed uint64, hangUp bool) (hears, says string, code CloseCode) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	e := newEar()
	if err := r.Dial(Dial{Addr: l.Addr().(*net.TCPAddr).AddrPort()}, e); err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	_ = s.SetDeadline(time.Now().Add(patience))
	in := bufio.NewReader(s)
	q, err := http.ReadRequest(in)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum([]byte(q.Header.Get("Sec-WebSocket-Key") + handshakeGUID))
	answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"
	all = append([]byte(answer), all...)
	random := rand.New(rand.NewPCG(seed, uint64(len(all))))
	for len(all) > 0 {
		n := len(all)
		if seed > 0 {
			n = min(n, 1+random.IntN(max(40, len(all)/3)))
		}
		if _, err := s.Write(all[:n]); err != nil {
			break // the client may have closed already
		}
		all = all[n:]
	}
	if hangUp {
		wait(t, e.opened, "upgrade")
		_ = s.(*net.TCPConn).CloseWrite()
	} else {
		says = maskedFrames(t, in)
	}
	_ = s.Close()
	code = wait(t, e.closed, "end")
	var words []string
	for len(e.messages) > 0 {
		words = append(words, <-e.messages)
	}
	return strings.Join(words, "|"), says, code
}

// maskedFrames reads until the end what a client says.
func maskedFrames(t *testing.T, from io.Reader) string {
	t.Helper()
	var words []string
	for {
		h, err := ws.ReadHeader(from)
		if err != nil {
			return strings.Join(words, "|")
		}
		if !h.Masked {
			t.Fatalf("the client's frame is not masked: %+v", h)
		}
		p := make([]byte, h.Length)
		if _, err := io.ReadFull(from, p); err != nil {
			t.Fatal(err)
		}
		ws.Cipher(p, h.Mask, 0)
		switch {
		case h.OpCode == ws.OpClose && len(p) >= 2:
			words = append(words, fmt.Sprintf("close %d", int(p[0])<<8|int(p[1])))
		case h.OpCode == ws.OpClose:
			words = append(words, "close 1005")
		default:
			words = append(words, "pong "+string(p))
		}
	}
}
