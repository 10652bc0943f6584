package client

import (
	"fmt"

	"github.com/seed886cd727/throng/bench/peers/wire"
	"github.com/seed886cd727/throng/chat"
)

// throng speaks this project's own protocol, in any of its codecs.
type throng struct {
	codec   chat.Codec
	decoder chat.Decoder
	of      [][]string // conversations, by user
	sent    []uint64   // by user
}

func newThrong(codec chat.Codec, role string, n int) *throng {
	return &throng{codec: codec, decoder: codec.NewDecoder(), of: wire.Memberships(role, n), sent: make([]uint64, n)}
}

func (*throng) path() string          { return "/ws" }
func (d *throng) subprotocol() string { return d.codec.Subprotocol() }
func (d *throng) binary() bool        { return d.codec.Binary() }
func (*throng) answers() int          { return 1 }

func (d *throng) greet(i int) [][]byte {
	return [][]byte{d.codec.AppendRequest(nil, &chat.Hello{User: chat.UserID(wire.User(i)), Device: "d"})}
}

func (d *throng) send(i int) []byte {
	d.sent[i]++
	return d.codec.AppendRequest(nil, &chat.Send{Conversation: chat.ConversationID(d.of[i][0]), N: d.sent[i], Body: wire.Echo()})
}

func (d *throng) burst(size int) (all [][]byte) {
	for range size {
		all = append(all, d.send(0))
	}
	return all
}

func (d *throng) hear(i int, message []byte) (heard, error) {
	event, err := d.decoder.Event(message)
	if err != nil {
		return heard{}, err
	}
	switch e := event.(type) {
	case *chat.State:
		if got := len(e.Conversations); got != len(d.of[i]) {
			return heard{}, fmt.Errorf("told of %d conversations, %d expected", got, len(d.of[i]))
		}
		return heard{ready: true}, nil
	case *chat.Message:
		if len(e.Body) != wire.Payload {
			return heard{}, fmt.Errorf("a message of %d bytes, %d expected", len(e.Body), wire.Payload)
		}
		return heard{delivered: 1}, nil
	case *chat.Ack:
		return heard{answered: 1}, nil
	case *chat.Error:
		return heard{}, fmt.Errorf("refused: %s: %s", e.Code, e.Text)
	}
	return heard{}, nil
}
