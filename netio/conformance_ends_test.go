package netio

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// end is the side under test.
type end interface {
	name() string
	client() bool
	meet(*testing.T) *peer
}

// peer is the other side, a plain socket.
type peer struct {
	t         *testing.T
	conn      *net.TCPConn
	in        *bufio.Reader
	client    bool   // the end under test is a client
	handshake []byte // what the peer says first
	upgraded  func() // takes the end's answer to the handshake
	handler   chan *judged
}

// judged echoes what it hears, and keeps how it ended.
type judged struct {
	echo
	err    error
	closed chan CloseCode
}

func (j *judged) Close(_ *Conn, code CloseCode, err error) { j.err = err; j.closed <- code }

func newJudged() *judged { return &judged{closed: make(chan CloseCode, 1)} }

// widely takes large messages and is not in a hurry. The send buffer is the
// kernel's: with a small one a large message is slow on loopback, where a segment
// of 64 KiB waits for its acknowledgement.
func widely(maxMessage int) func(*Config) {
	return func(c *Config) { c.MaxMessage, c.OutboxBytes, c.Heartbeat, c.SendBuffer = maxMessage, 64<<20, 0, 0 }
}

// serverEnd is a listener's side.
type serverEnd struct {
	listener *Listener
	handlers chan *judged
}

func newServerEnd(t *testing.T, maxMessage int) end {
	handlers := make(chan *judged, 1)
	return serverEnd{listen(t, open(t, widely(maxMessage)), func(*Request) (Handler, Answer) {
		j := newJudged()
		handlers <- j
		return j, Answer{}
	}), handlers}
}

func (serverEnd) name() string { return "server" }
func (serverEnd) client() bool { return false }

func (e serverEnd) meet(t *testing.T) *peer {
	c := dialRaw(t, e.listener)
	return &peer{t: t, conn: c.Conn.(*net.TCPConn), in: c.r, handshake: []byte(request), upgraded: c.upgraded, handler: e.handlers}
}

// clientEnd is a dial's side; its peer is a listener of the test.
type clientEnd struct {
	reactor  *Reactor
	listener net.Listener
}

func newClientEnd(t *testing.T, maxMessage int) end {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return clientEnd{open(t, widely(maxMessage)), l}
}

func (clientEnd) name() string { return "client" }
func (clientEnd) client() bool { return true }

func (e clientEnd) meet(t *testing.T) *peer {
	t.Helper()
	j := newJudged()
	if err := e.reactor.Dial(Dial{Addr: e.listener.Addr().(*net.TCPAddr).AddrPort()}, j); err != nil {
		t.Fatal(err)
	}
	conn, err := e.listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	p := &peer{t: t, conn: conn.(*net.TCPConn), in: bufio.NewReader(conn), client: true, handler: make(chan *judged, 1)}
	p.handler <- j
	q, err := http.ReadRequest(p.in)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum([]byte(q.Header.Get("Sec-WebSocket-Key") + handshakeGUID))
	p.handshake = fmt.Appendf(nil, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	return p
}

// say writes all in pieces.
func (p *peer) say(all []byte, next func() int) {
	for len(all) > 0 {
		n := min(len(all), next())
		if _, err := p.conn.Write(all[:n]); err != nil {
			return // the end may have closed already
		}
		all = all[n:]
	}
}

// hear reads what the end says until it shuts its side, which it must after its
// close frame.
func (p *peer) hear() (words []string) {
	for {
		h, err := ws.ReadHeader(p.in)
		if err == io.EOF {
			return words
		}
		if err != nil {
			return append(words, err.Error())
		}
		payload := make([]byte, h.Length)
		if _, err := io.ReadFull(p.in, payload); err != nil {
			return append(words, err.Error())
		}
		if h.Masked != p.client || !h.Fin || h.Rsv != 0 {
			return append(words, fmt.Sprintf("a wrong header %+v", h))
		}
		if h.Masked {
			ws.Cipher(payload, h.Mask, 0)
		}
		words = append(words, word(h.OpCode, payload))
	}
}

// word tells a frame.
func word(op ws.OpCode, payload []byte) string {
	switch {
	case op == ws.OpText:
		return "text " + string(payload)
	case op == ws.OpBinary:
		return "binary " + string(payload)
	case op == ws.OpPong:
		return "pong " + string(payload)
	case op == ws.OpClose && len(payload) == 0:
		return "close 1005"
	case op == ws.OpClose && len(payload) >= 2 && len(payload) <= 125 && utf8.Valid(payload[2:]):
		return fmt.Sprintf("close %d", int(payload[0])<<8|int(payload[1]))
	}
	return fmt.Sprintf("a wrong frame %x %q", op, payload)
}
