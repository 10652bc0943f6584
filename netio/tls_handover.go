package netio

import (
	"bytes"
	"net"
	"time"
)

// release prepares a connection for who takes it over: all that is decrypted
// goes to the end of first, what is incomplete stays with conn, and what still
// waits for the peer is returned. It needs mu.
func (t *tlsLink) release(first []byte) (all, unsent []byte) {
	plain := plainRecords.Get().(*[plainRecord]byte)
	defer plainRecords.Put(plain)
	for {
		n, err := t.open(plain[:])
		first = append(first, plain[:n]...)
		if err != nil { // conn will say it again, unless it is errAgain
			break
		}
	}
	t.settle()
	if t.c.out != nil {
		unsent = bytes.Clone(t.c.out.sealed)
		t.c.discard()
	}
	return first, unsent
}

// onto puts conn on a socket that blocks.
func (t *tlsLink) onto(socket net.Conn, unsent []byte, within time.Duration) (net.Conn, error) {
	if len(unsent) > 0 {
		_ = socket.SetWriteDeadline(time.Now().Add(within))
		if _, err := socket.Write(unsent); err != nil {
			return nil, err
		}
		_ = socket.SetWriteDeadline(time.Time{})
	}
	t.handed = socket
	return t.conn, nil
}
