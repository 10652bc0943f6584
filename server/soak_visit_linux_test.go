package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/gobwas/ws"
)

// visitor is a client of a soak, a socket of its own.
type visitor struct {
	conn *net.TCPConn
	in   *bufio.Reader
}

// leaving is a way to end a connection.
type leaving struct {
	name     string
	stranger bool // it says no hello before
	leave    func(*visitor) error
}

var leavings = []leaving{
	{"closing handshake", false, func(v *visitor) error {
		return errors.Join(v.write(ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusNormalClosure, "bye"))), v.untilClosed())
	}},
	{"end without a word", false, func(v *visitor) error { return v.conn.CloseWrite() }},
	{"reset", false, func(v *visitor) error { return v.reset() }},
	{"reset within a frame", false, func(v *visitor) error {
		return errors.Join(v.raw(frameStart), v.reset())
	}},
	{"end within a frame", false, func(v *visitor) error { return v.raw(frameStart) }},
	{"end within a fragmented message", false, func(v *visitor) error {
		return v.write(ws.NewFrame(ws.OpText, false, []byte(`{"op":`)))
	}},
	{"unmasked frame", false, func(v *visitor) error {
		return errors.Join(v.raw([]byte{0x81, 2, '{', '}'}), v.untilClosed())
	}},
	{"not JSON", false, func(v *visitor) error {
		return errors.Join(v.write(ws.NewTextFrame([]byte("{"))), v.untilClosed())
	}},
	{"end within the upgrade", true, func(v *visitor) error { return v.raw(upgrade[:len(upgrade)/2]) }},
	{"reset within the upgrade", true, func(v *visitor) error { return errors.Join(v.raw(upgrade[:len(upgrade)/2]), v.reset()) }},
	{"end right after the upgrade", true, func(v *visitor) error { return v.raw(upgrade) }},
	{"reset behind a hello", true, func(v *visitor) error {
		hello := ws.MustCompileFrame(ws.MaskFrameInPlace(ws.NewTextFrame([]byte(`{"op":"hello","user":"u0","device":"else"}`))))
		return errors.Join(v.raw(upgrade), v.raw(hello), v.reset())
	}},
	{"plain HTTP", true, func(v *visitor) error {
		_, err := v.conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
		return errors.Join(err, v.untilClosed())
	}},
}

// frameStart begins a masked text frame of 100 bytes, and has two of them.
var frameStart = []byte{0x81, 0x80 | 100, 1, 2, 3, 4, 'x', 'y'}

var upgrade = []byte("GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")

// come connects, from one of many addresses: each port that was used rests for a
// minute.
func (k *soak) come(user int) (*visitor, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+user%50))}, Timeout: patience}
	c, err := d.Dial("tcp", k.listen.String())
	if err != nil {
		return nil, err
	}
	v := &visitor{conn: c.(*net.TCPConn), in: bufio.NewReaderSize(c, 1<<10)}
	return v, v.conn.SetDeadline(time.Now().Add(2 * patience))
}

// greet upgrades and says hello.
func (v *visitor) greet(user string) error {
	if err := v.raw(upgrade); err != nil {
		return err
	}
	for line := []byte("-"); len(bytes.TrimSpace(line)) > 0; {
		var err error
		if line, err = v.in.ReadSlice('\n'); err != nil {
			return fmt.Errorf("read the answer to the upgrade: %w", err)
		}
	}
	if err := v.write(ws.NewTextFrame(fmt.Appendf(nil, `{"op":"hello","user":%q,"device":"d"}`, user))); err != nil {
		return err
	}
	return v.hear("state")
}

// talk says hello and sends, and hears the acknowledgements.
func (v *visitor) talk(user, messages int) error {
	if err := v.greet(fmt.Sprint("u", user)); err != nil {
		return err
	}
	for n := range messages {
		if err := v.send(fmt.Sprint("r", user%soakRooms), n+1, "hello, everyone"); err != nil {
			return err
		}
	}
	return nil
}

func (v *visitor) send(conv string, n int, body string) error {
	err := v.write(ws.NewTextFrame(fmt.Appendf(nil, `{"op":"send","conv":%q,"n":%d,"body":%q}`, conv, n, body)))
	if err != nil {
		return err
	}
	return v.hear("ack")
}

// hear reads until an operation comes.
func (v *visitor) hear(op string) error {
	for {
		h, err := ws.ReadHeader(v.in)
		payload := make([]byte, min(h.Length, 1<<20))
		if err == nil {
			_, err = io.ReadFull(v.in, payload)
		}
		if err != nil {
			return fmt.Errorf("wait for %s: %w", op, err)
		}
		var said struct{ Op, Text string }
		switch err := json.Unmarshal(payload, &said); {
		case h.OpCode != ws.OpText:
			return fmt.Errorf("wait for %s: a frame %v came: %q", op, h.OpCode, payload)
		case err != nil || said.Op == "error":
			return fmt.Errorf("wait for %s: %s, %v", op, payload, err)
		case said.Op == op:
			return nil
		}
	}
}

func (v *visitor) write(f ws.Frame) error { return ws.WriteFrame(v.conn, ws.MaskFrame(f)) }

func (v *visitor) raw(b []byte) error {
	_, err := v.conn.Write(b)
	return err
}

func (v *visitor) reset() error { return errors.Join(v.conn.SetLinger(0), v.conn.Close()) }

// untilClosed reads until the server closes.
func (v *visitor) untilClosed() error {
	_, err := io.Copy(io.Discard, v.in)
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
		return fmt.Errorf("it was not closed: %w", err)
	}
	return nil
}

// flood has clients that do not read, and sends to them until the server has
// closed all of them.
func (k *soak) flood(end time.Time) {
	var slow []*visitor
	defer func() {
		for _, v := range slow {
			_ = v.conn.Close()
		}
	}()
	for i := range 3 {
		v, err := k.come(i)
		if err == nil {
			slow = append(slow, v)
			err = errors.Join(v.conn.SetReadBuffer(64<<10), v.greet(fmt.Sprint("slow", i)))
		}
		if err != nil {
			k.Errorf("slow%d: %v", i, err)
			return
		}
	}
	sender, err := k.come(0)
	if err == nil {
		defer func() { _ = sender.conn.Close() }()
		err = sender.greet("flood")
	}
	body := string(bytes.Repeat([]byte("x"), 30<<10))
	for n := 1; err == nil && n <= 50; n++ { // 1.5 MB: half as much again as may wait
		err = sender.send("flood", n, body)
	}
	for _, v := range slow {
		err = errors.Join(err, v.untilClosed())
	}
	if err != nil {
		k.Errorf("flood: %v", err)
	}
	time.Sleep(min(time.Until(end), 5*time.Second)) // the log keeps it all
}
