package netio

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gobwas/httphead"
	"github.com/gobwas/ws"
)

// maxFields bounds the fields of a head.
const maxFields = 100

// head takes a complete head from the start of b and returns its size, or 0
// while it is incomplete.
func (c *Conn) head(b []byte) int {
	end := headEnd(b)
	limit := c.loop.reactor.config.MaxHead
	switch {
	case end == 0 && len(b) < limit:
		return 0
	case end == 0 || end > limit || bytes.Count(b[:end], []byte("\n")) > maxFields+2:
		c.refuse(&ProtocolError{CloseTooBig, "the head is too large"})
		return len(b)
	case c.client:
		return c.respond(b, end)
	case !upgrades(b[:end]):
		c.handOver(b)
		return len(b)
	}
	c.upgrade(b[:end])
	return end
}

// headEnd finds the empty line that ends a head; 0 if it is not there yet.
func headEnd(b []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			return 0
		}
		at += i + 1
		switch {
		case bytes.HasPrefix(b[at:], []byte("\r\n")):
			return at + 2
		case bytes.HasPrefix(b[at:], []byte("\n")):
			return at + 1
		}
	}
}

// upgrades reports whether a request's head asks for a WebSocket.
func upgrades(head []byte) bool {
	for line := range bytes.Lines(head) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if ok && strings.EqualFold(string(bytes.TrimSpace(name)), "Upgrade") && strings.Contains(strings.ToLower(string(value)), "websocket") {
			return true
		}
	}
	return false
}

// refuse ends a handshake that went wrong.
func (c *Conn) refuse(err *ProtocolError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.client {
		c.queue(&Frame{wire: []byte("HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")})
		c.ends(err.Code, err)
		c.linger()
		return
	}
	c.cut(CloseAbnormal, &DialError{Stage: StageUpgrade, Err: err})
}

// upgrade judges a request and answers it.
func (c *Conn) upgrade(head []byte) {
	answer := new(bytes.Buffer)
	h, subprotocol, err := c.handshake(head, answer)
	c.mu.Lock()
	if c.state != stateHandshake {
		c.mu.Unlock()
		if h != nil {
			c.handler = h // it was accepted: it will be told of the end
		}
		return
	}
	c.queue(&Frame{wire: answer.Bytes()})
	if err != nil {
		c.ends(CloseProtocolError, err)
		c.linger()
		c.mu.Unlock()
		return
	}
	c.handler, c.state = h, stateOpen
	c.mu.Unlock()
	c.in.listener = nil
	r := c.loop.reactor
	c.loop.due.forget(c, dueHandshake)
	r.counts.handshakes.Add(1)
	h.Open(c, Info{Subprotocol: subprotocol, Compressed: c.window > 0})
}

// handshake runs gobwas's upgrader over the head.
func (c *Conn) handshake(head []byte, answer *bytes.Buffer) (h Handler, subprotocol string, err error) {
	q := &Request{Header: http.Header{}, Remote: c.in.remote}
	var offers string
	u := ws.Upgrader{
		ReadBufferSize: len(head) + 16, WriteBufferSize: 1024,
		OnRequest: func(uri []byte) error { return cmp.Or(lawful(head), q.target(string(uri))) },
		OnHost:    func(host []byte) error { q.Host = cmp.Or(q.Host, string(host)); return nil },
		OnHeader:  func(k, v []byte) error { q.Header.Add(string(k), string(v)); return nil },
		ProtocolCustom: func(v []byte) (string, bool) {
			for p := range strings.SplitSeq(string(v), ",") {
				if p = strings.TrimSpace(p); p != "" {
					q.Protocols = append(q.Protocols, p)
				}
			}
			return "", true
		},
		ExtensionCustom: func(v []byte, none []httphead.Option) ([]httphead.Option, bool) {
			offers += string(v) + ","
			return none, true
		},
		OnBeforeUpgrade: func() (ws.HandshakeHeader, error) {
			extensions, window, err := c.loop.reactor.config.Compression.accept(offers)
			if err != nil {
				return nil, Answer{Status: http.StatusBadRequest, Body: []byte(err.Error() + "\n")}.rejection()
			}
			var a Answer
			h, a = c.in.listener.accept(q)
			if h == nil || a.Status != 0 && a.Status != http.StatusSwitchingProtocols {
				return nil, a.rejection()
			}
			header := a.Header.Clone()
			if header == nil {
				header = http.Header{}
			}
			if subprotocol = a.Subprotocol; slices.Contains(q.Protocols, subprotocol) {
				header.Set("Sec-WebSocket-Protocol", subprotocol)
			}
			if c.window = window; window > 0 {
				header.Set("Sec-WebSocket-Extensions", extensions)
				c.loop.reactor.compression.agreed.Add(1)
			}
			return ws.HandshakeHeaderHTTP(header), nil
		},
	}
	_, err = u.Upgrade(struct {
		io.Reader
		io.Writer
	}{bytes.NewReader(head), answer})
	if err != nil {
		h = nil
		if answer.Len() == 0 {
			answer.WriteString("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
		}
	}
	return h, subprotocol, err
}

// target reads the request's target. The host of an absolute one counts, and not
// the Host field (RFC 9112, section 3.2.2).
func (q *Request) target(uri string) error {
	u, err := url.ParseRequestURI(uri)
	if err != nil {
		return ws.RejectConnectionError(ws.RejectionStatus(http.StatusBadRequest), ws.RejectionReason("malformed request target"))
	}
	q.Path, q.RawQuery, q.Host = u.Path, u.RawQuery, u.Host
	return nil
}

// rejection makes a refusal of an answer.
func (a Answer) rejection() error {
	status := a.Status
	if status < 300 {
		status = http.StatusForbidden
	}
	header := a.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Connection", "close")
	return ws.RejectConnectionError(ws.RejectionStatus(status), ws.RejectionHeader(ws.HandshakeHeaderHTTP(header)), ws.RejectionReason(string(a.Body)))
}
