package client

import (
	"bytes"
	"fmt"
)

// The handshake's key is the same for all: the example of RFC 6455, section 1.3,
// with its answer.
const (
	key    = "dGhlIHNhbXBsZSBub25jZQ=="
	accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

func (l *loop) request() []byte {
	b := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n", l.dialect.path(), l.to, key)
	if p := l.dialect.subprotocol(); p != "" {
		b = fmt.Appendf(b, "Sec-WebSocket-Protocol: %s\r\n", p)
	}
	return append(b, "\r\n"...)
}

// upgraded judges an answer's head, and greets.
func (l *loop) upgraded(c *conn, head []byte) error {
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")) || !bytes.Contains(head, []byte(accept)) {
		return fmt.Errorf("not upgraded: %.200q", head)
	}
	c.upgraded = true
	greeting := l.dialect.greet(int(c.index))
	if len(greeting) == 0 {
		l.isReady(c)
		return nil
	}
	return l.say(c, greeting...)
}
