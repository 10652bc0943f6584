package server

import (
	"bytes"
	"fmt"
	"net"
	"testing"

	"github.com/seed886cd727/throng/chat"
)

// Members of a conversation speak different codecs; what one says all hear.
func TestCodecsMeet(t *testing.T) {
	n := start(t, nil)
	n.admin("POST", "/v1/conversations", `{"conv":"c","kind":"group","members":["u0","u1"]}`+"\n")
	var clients []*client
	for i, codec := range chat.Codecs() {
		c := dialIn(t, codec, n.clients, n.Addr().(*net.TCPAddr).AddrPort())
		_, states := c.hello(&chat.Hello{User: chat.UserID(fmt.Sprint("u", i)), Device: "d"})
		if states["c"].Kind != chat.Group {
			t.Fatalf("%s: %v", codec.Subprotocol(), states)
		}
		clients = append(clients, c)
	}
	for i, sender := range clients {
		seq, body := chat.Seq(i+1), []byte{byte(i), 0xff}
		sender.say(&chat.Send{Conversation: "c", N: 1, Body: body})
		for _, c := range clients {
			c.hears(seq, body, c == sender)
		}
	}
	for _, c := range clients {
		c.say(&chat.Sync{ID: 1, Conversation: "c", Epoch: 1, From: 1})
		if e := await[*chat.Entries](c); len(e.Entries) != 2 || !bytes.Equal(e.Entries[1].Body, []byte{1, 0xff}) {
			t.Errorf("%+v", e)
		}
		if s := await[*chat.Synced](c); s.To.Seq != 2 {
			t.Errorf("%+v", s)
		}
	}
}

// hears takes a message and, of an own one, the acknowledgement before or after it.
func (c *client) hears(seq chat.Seq, body []byte, own bool) {
	c.Helper()
	acked := !own
	for heard := false; !heard || !acked; {
		switch e := await[chat.Event](c).(type) {
		case *chat.Message:
			heard = true
			if e.At.Seq != seq || !bytes.Equal(e.Body, body) {
				c.Errorf("%+v", e)
			}
		case *chat.Ack:
			acked = true
			if e.At.Seq != seq || e.N != 1 || !own {
				c.Errorf("%+v", e)
			}
		default:
			c.Fatalf("%+v", e)
		}
	}
}
