package client

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/centrifugal/protocol"

	"github.com/seed886cd727/throng/bench/peers/wire"
)

// centrifuge speaks Centrifuge's protocol: JSON, a command a line, or Protobuf,
// each with its length before it. Several commands or replies travel in one
// frame.
type centrifuge struct {
	protobuf bool
	of       [][]string // channels, by user
	greeted  []int      // answers to greetings, by user
	body     []byte
	id       uint32
}

func newCentrifuge(name, role string, n int) *centrifuge {
	return &centrifuge{protobuf: name == "centrifuge-protobuf", of: wire.Memberships(role, n), greeted: make([]int, n), body: wire.Echo()}
}

func (*centrifuge) path() string   { return "/" }
func (d *centrifuge) binary() bool { return d.protobuf }
func (*centrifuge) answers() int   { return 1 }

func (d *centrifuge) subprotocol() string {
	if d.protobuf {
		return "centrifuge-protobuf"
	}
	return ""
}

func (d *centrifuge) greet(i int) [][]byte {
	commands := []*protocol.Command{{Connect: &protocol.ConnectRequest{}}}
	for _, channel := range d.of[i] {
		commands = append(commands, &protocol.Command{Subscribe: &protocol.SubscribeRequest{Channel: channel}})
	}
	return [][]byte{d.frame(commands)}
}

func (d *centrifuge) send(i int) []byte { return d.frame([]*protocol.Command{d.publish(i)}) }

// burst is one frame, as its SDKs batch commands.
func (d *centrifuge) burst(size int) [][]byte {
	commands := make([]*protocol.Command, size)
	for i := range commands {
		commands[i] = d.publish(0)
	}
	return [][]byte{d.frame(commands)}
}

func (d *centrifuge) publish(i int) *protocol.Command {
	data := protocol.Raw(d.body)
	if !d.protobuf {
		data = fmt.Appendf(nil, "%q", d.body)
	}
	return &protocol.Command{Publish: &protocol.PublishRequest{Channel: d.of[i][0], Data: data}}
}

func (d *centrifuge) frame(commands []*protocol.Command) (frame []byte) {
	for i, c := range commands {
		d.id++
		c.Id = d.id
		encoded, err := c.MarshalCF()
		if !d.protobuf {
			encoded, err = json.Marshal(c)
		}
		if err != nil {
			panic(err) // it fails for data that is no JSON only
		}
		switch {
		case d.protobuf:
			frame = binary.AppendUvarint(frame, uint64(len(encoded)))
		case i > 0:
			frame = append(frame, '\n')
		}
		frame = append(frame, encoded...)
	}
	return frame
}

func (d *centrifuge) hear(i int, message []byte) (heard, error) {
	var all heard
	for rest := message; len(rest) > 0; {
		var reply []byte
		var err error
		if reply, rest, err = d.next(rest); err != nil {
			return heard{}, err
		}
		if err := d.reply(i, reply, &all); err != nil {
			return heard{}, err
		}
	}
	return all, nil
}

// next takes one reply out of a frame.
func (d *centrifuge) next(b []byte) (reply, rest []byte, err error) {
	if !d.protobuf {
		reply, rest, _ = bytes.Cut(b, []byte("\n"))
		return reply, rest, nil
	}
	length, n := binary.Uvarint(b)
	if n <= 0 || length > uint64(len(b)-n) {
		return nil, nil, errors.New("a reply without its length")
	}
	return b[n : n+int(length)], b[n+int(length):], nil
}

// reply adds one to what was heard. Pushes are known by their first field, so
// that receiving them is fast.
func (d *centrifuge) reply(i int, b []byte, all *heard) error {
	switch {
	case d.protobuf && len(b) == 0:
		all.pong = []byte{0}
		return nil
	case string(b) == "{}":
		all.pong = b
		return nil
	case d.protobuf && b[0] == 4<<3|2, bytes.HasPrefix(b, []byte(`{"push":`)):
		if !bytes.Contains(b, d.body) {
			return fmt.Errorf("a push without the message: %.200q", b)
		}
		all.delivered++
		return nil
	}
	var r protocol.Reply
	if err := d.decode(b, &r); err != nil {
		return err
	}
	if r.Error != nil {
		return fmt.Errorf("refused: %d: %s", r.Error.Code, r.Error.Message)
	}
	if r.Publish != nil {
		all.answered++
		return nil
	}
	d.greeted[i]++
	all.ready = d.greeted[i] == 1+len(d.of[i])
	return nil
}

func (d *centrifuge) decode(b []byte, r *protocol.Reply) error {
	if d.protobuf {
		return r.UnmarshalCF(b)
	}
	return json.Unmarshal(b, r)
}
