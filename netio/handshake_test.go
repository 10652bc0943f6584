package netio

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// asked is what a listener was asked.
type asked struct {
	path, query, host string
	protocols         []string
}

// TestHandshake sends upgrade requests, right and wrong, whole and byte by byte.
func TestHandshake(t *testing.T) {
	const field = "Sec-WebSocket-Protocol: "
	heads := make(chan asked, 1000)
	r := open(t, nil)
	l := listen(t, r, func(q *Request) (Handler, Answer) {
		heads <- asked{q.Path, q.RawQuery, q.Host, q.Protocols}
		return echo{}, Answer{}
	})
	// What asks for no upgrade goes to the HTTP server.
	s := &http.Server{ReadHeaderTimeout: patience, Handler: http.NotFoundHandler()}
	go func() { _ = s.Serve(l.HTTP()) }()
	defer func() { _ = s.Close() }()
	runs, tables := 0, requests(field)
	for _, tt := range tables {
		for _, piece := range []int{1, 1 << 20} {
			t.Run(fmt.Sprintf("%s/%d", tt.name, piece), func(t *testing.T) {
				for len(heads) > 0 { // of a request that should have been refused
					<-heads
				}
				c := dialRaw(t, l)
				go c.write([]byte(tt.request), piece)
				resp, err := http.ReadResponse(c.r, nil)
				if err != nil || resp.StatusCode != tt.status {
					t.Fatalf("%v %v", resp, err)
				}
				if tt.status == 101 {
					if got := <-heads; fmt.Sprint(got) != fmt.Sprint(tt.asked) {
						t.Fatalf("asked for %v", got)
					}
					c.upgradedWith(resp, tt.rest)
					return
				}
				wholeRefusal(t, resp, c)
			})
			runs++
		}
	}
	if !t.Failed() {
		quoteHandshakes(t, len(tables), runs)
	}
}

func quoteHandshakes(t *testing.T, cases, runs int) {
	if compareAll() {
		quoteInDocs(t, "handshakes", fmt.Sprintf("%d requests, each whole and byte by byte: %d runs, all passed.\n", cases, runs))
	}
}

// upgradedWith checks an acceptance, and that the connection works.
func (c *raw) upgradedWith(resp *http.Response, rest string) {
	c.t.Helper()
	if resp.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" || resp.Header.Get("Sec-WebSocket-Protocol") != "" || resp.Header.Get("Sec-WebSocket-Extensions") != "" {
		c.t.Fatalf("%v", resp.Header)
	}
	c.write(append(frame(textFin, "x"), frame(closeFin, closing(1000, ""))...), 1<<20)
	if got := strings.Join(c.frames(), "|"); got != rest+"x|close 1000" {
		c.t.Fatalf("got %q", got)
	}
}

// wholeRefusal checks that a refusal is whole, says why, and that nothing follows.
func wholeRefusal(t *testing.T, resp *http.Response, c *raw) {
	t.Helper()
	if resp.StatusCode == http.StatusUpgradeRequired && resp.Header.Get("Sec-WebSocket-Version") != "13" {
		t.Fatalf("426 without the version: %v", resp.Header)
	}
	if n := len(resp.Header.Values("Content-Type")); n > 1 {
		t.Fatalf("%d content types", n)
	}
	if _, err := io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode == http.StatusNotFound {
		return // the HTTP server keeps it
	}
	if b, err := io.ReadAll(c.r); len(b) > 0 || err != nil {
		t.Fatalf("%q follows, and %v", b, err)
	}
}

type handshake struct {
	name, request string
	status        int
	asked         asked
	rest          string // what is heard of frames that came with the request
}

func requests(field string) (all []handshake) {
	const key, version = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "Sec-WebSocket-Version: 13\r\n"
	plain := asked{"/x", "y=1", "h", nil}
	good := func(name string, q asked, old, new string) {
		all = append(all, handshake{name: name, request: replaced(old, new), status: 101, asked: q})
	}
	bad := func(name string, status int, old, new string) {
		all = append(all, handshake{name: name, request: replaced(old, new), status: status})
	}
	good("as it should be", plain, "", "")
	good("names in other cases", plain, key, "SEC-websocket-KEY: dGhlIHNhbXBsZSBub25jZQ==\r\n")
	good("no space after a colon", plain, "Upgrade: websocket", "Upgrade:websocket")
	good("spaces and tabs around a value", plain, "Upgrade: websocket", "Upgrade: \t websocket \t ")
	good("upgrade in capitals", plain, "Upgrade: websocket", "Upgrade: WebSocket")
	good("connection with more", plain, "Connection: Upgrade", "Connection: keep-alive, upgrade")
	good("bare LF", plain, "\r\n", "\n")
	good("an empty field", plain, "\r\n\r\n", "\r\nX-Empty:\r\n\r\n")
	good("absolute target", asked{"/x", "y=1", "h", nil}, "/x?y=1", "http://h/x?y=1")
	good("absolute target of another host", asked{"/x", "y=1", "other", nil}, "/x?y=1", "http://other/x?y=1")
	good("HTTP/1.2", plain, "HTTP/1.1", "HTTP/1.2")
	good("one subprotocol", asked{"/x", "y=1", "h", []string{"a"}}, key, key+field+"a\r\n")
	good("a list of subprotocols", asked{"/x", "y=1", "h", []string{"a", "b", "c"}}, key, key+field+"a, b\t,c\r\n")
	good("two fields of subprotocols", asked{"/x", "y=1", "h", []string{"a", "b", "c"}}, key, key+field+"a\r\n"+field+"b, c\r\n")
	good("empty places in a list", asked{"/x", "y=1", "h", []string{"a", "b"}}, key, key+field+",a,,b,\r\n")
	good("an extension that is not spoken", plain, key, key+"Sec-WebSocket-Extensions: x-unknown; a=1\r\n")
	good("a length of nothing", plain, key, key+"Content-Length: 0\r\n")
	good("origin", plain, key, key+"Origin: https://elsewhere.example\r\n")
	all = append(all, handshake{
		name: "frames with the request", request: request + string(frame(textFin, "early")) + string(frame(pingFin, "p")),
		status: 101, asked: plain, rest: "early|pong p|",
	})

	bad("POST", 405, "GET", "POST")
	bad("HEAD", 405, "GET", "HEAD")
	bad("HTTP/1.0", 505, "HTTP/1.1", "HTTP/1.0")
	bad("HTTP/2.0", 505, "HTTP/1.1", "HTTP/2.0")
	bad("no version of HTTP", 400, " HTTP/1.1", "")
	bad("a target that is none", 400, "/x?y=1", "x")
	bad("no upgrade", 404, "Upgrade: websocket\r\n", "")
	bad("another upgrade", 404, "Upgrade: websocket", "Upgrade: h2c")
	bad("an upgrade alike", 400, "Upgrade: websocket", "Upgrade: websocket2")
	bad("no connection", 400, "Connection: Upgrade\r\n", "")
	bad("another connection", 400, "Connection: Upgrade", "Connection: keep-alive")
	bad("no key", 400, key, "")
	bad("an empty key", 400, key, "Sec-WebSocket-Key:\r\n")
	bad("a short key", 400, key, "Sec-WebSocket-Key: c2hvcnQ=\r\n")
	bad("a long key", 400, key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSBpcyBsb25n\r\n")
	bad("a key of 18 bytes", 400, key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZTEy\r\n")
	bad("a key that is no base64", 400, key, "Sec-WebSocket-Key: ????????????????????????\r\n")
	bad("two keys", 400, key, key+key)
	bad("no version", 400, version, "")
	bad("version 8", 426, version, "Sec-WebSocket-Version: 8\r\n")
	bad("version 14", 426, version, "Sec-WebSocket-Version: 14\r\n")
	bad("two versions", 400, version, version+version)
	bad("two hosts", 400, "Host: h\r\n", "Host: h\r\nHost: i\r\n")
	bad("no host", 400, "Host: h\r\n", "")
	bad("a folded field", 400, key, key+"X-Long: a\r\n b\r\n")
	bad("a folded field with a tab", 400, key, key+"X-Long: a\r\n\tb: c\r\n")
	bad("a space before the colon", 400, "Host: h", "Host : h")
	bad("a field without a colon", 400, key, key+"nonsense\r\n")
	bad("a field without a name", 400, key, key+": x\r\n")
	bad("a CR within a field", 400, key, key+"X: a\rb\r\n")
	bad("a NUL within a field", 400, key, key+"X: a\x00b\r\n")
	bad("a body", 400, key, key+"Content-Length: 5\r\n")
	bad("a body in chunks", 400, key, key+"Transfer-Encoding: chunked\r\n")
	bad("a head that is too large", 431, key, key+"X: "+strings.Repeat("x", 9000)+"\r\n")
	bad("too many fields", 431, key, key+strings.Repeat("X: x\r\n", maxFields))
	return all
}

func replaced(old, new string) string {
	if old == "" {
		return request
	}
	return strings.ReplaceAll(request, old, new)
}

// TestAnswersToADial gives a client answers that it must not take.
func TestAnswersToADial(t *testing.T) {
	e := newClientEnd(t, narrowMax).(clientEnd)
	for _, tt := range []struct {
		name, old, new string
		takes          bool
	}{
		{"as it should be", "", "", true},
		{"names and values in other cases", "Upgrade: websocket\r\nConnection: Upgrade", "UPGRADE: WebSocket\r\nconnection: upgrade", true},
		{"a reason of its own", "Switching Protocols", "Come In", true},
		{"no upgrade", "Upgrade: websocket\r\n", "", false},
		{"another upgrade", "Upgrade: websocket", "Upgrade: h2c", false},
		{"no connection", "Connection: Upgrade\r\n", "", false},
		{"another connection", "Connection: Upgrade", "Connection: close", false},
		{"a connection alike", "Connection: Upgrade", "Connection: upgraded", false},
		{"another key's accept", "Accept: ", "Accept: x", false},
		{"no accept", "Sec-WebSocket-Accept", "X-Accept", false},
		{"an extension that was not offered", "Upgrade\r\n", "Upgrade\r\nSec-WebSocket-Extensions: permessage-deflate\r\n", false},
		{"a subprotocol that was not offered", "Upgrade\r\n", "Upgrade\r\nSec-WebSocket-Protocol: a\r\n", false},
		{"200", "101 Switching Protocols", "200 OK", false},
		{"a redirect", "101 Switching Protocols", "302 Found\r\nLocation: /y", false},
		{"no HTTP", "HTTP/1.1", "SSH/2.0", false},
		{"HTTP/1.0", "HTTP/1.1", "HTTP/1.0", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := e.meet(t)
			answer := string(p.handshake)
			if tt.old != "" {
				answer = strings.Replace(answer, tt.old, tt.new, 1)
			}
			_ = p.conn.SetDeadline(time.Now().Add(patience))
			p.say(append([]byte(answer), bare(closeFin, "")...), always(1))
			j := <-p.handler
			if tt.takes {
				if got := p.hear(); len(got) != 1 || got[0] != "close 1005" {
					t.Fatalf("got %q", got)
				}
				return
			}
			wait(t, j.closed, "end")
			if _, ok := errors.AsType[*DialError](j.err); !ok {
				t.Fatalf("error %v", j.err)
			}
			if b, _ := bufio.NewReader(p.conn).ReadByte(); b != 0 {
				t.Fatalf("%x was said on a connection that is none", b)
			}
		})
	}
}
