package server

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

// TestSlowMembersDelayNobody has a room of 200 with a fast sender, in which one
// member reads too slowly and one not at all. While their messages wait, all the
// others get theirs. Both are closed with the code that says to reconnect and to
// resume, and then have everything.
func TestSlowMembersDelayNobody(t *testing.T) {
	const members = 200
	n := start(t, func(c *Config) {
		c.Network.OutboxBytes, c.Network.OutboxAge, c.Network.CloseTimeout = 256<<10, time.Minute, time.Minute
		c.Network.SendBuffer = 16 << 10
	})
	n.provisionRoom(members)
	slow, dead := n.reader("u0"), n.reader("u1")
	late := n.sessions()
	var others []*client
	for i := 2; i < members; i++ {
		c, _, _ := n.connect(chat.UserID(fmt.Sprint("u", i)), chat.StreamID{})
		others = append(others, c)
	}
	r := &roomOf{node: n, sender: others[0], others: others}

	// Their sockets are full, and their messages wait: the others have all.
	for late[0].Out.Backlog() == 0 || late[1].Out.Backlog() == 0 {
		r.round()
	}
	if got := n.reactor.Stats().Slow; got != 0 {
		t.Fatalf("%d were closed before anything was tried", got)
	}
	// On to the bound and beyond it, with the slow one reading a little.
	for n.reactor.Stats().Slow < 2 {
		r.round()
		if n.reactor.Stats().Slow == 0 {
			slow.frame()
		}
	}
	r.round()

	r.comesBack(slow, "u0")
	r.comesBack(dead, "u1")
}

func (n *node) provisionRoom(members int) {
	n.Helper()
	names := make([]string, members)
	for i := range names {
		names[i] = fmt.Sprintf("%q", fmt.Sprint("u", i))
	}
	if status, body := n.admin("POST", "/v1/conversations", `{"conv":"room","kind":"channel","members":[`+strings.Join(names, ",")+"]}\n"); status != 200 {
		n.Fatal(status, body)
	}
}

// reader connects a user that reads only what the test asks for.
func (n *node) reader(user string) *stranger {
	n.Helper()
	c := meet(n, documentedFields(n.T), make(map[string]bool))
	_ = c.conn.(*net.TCPConn).SetReadBuffer(8 << 10)
	_ = c.conn.SetDeadline(time.Time{})
	c.say(fmt.Sprintf(`{"op":"hello","user":%q,"device":"d"}`, user))
	c.hear("welcome")
	c.hear("state")
	return c
}

// sessions lists those that are connected.
func (n *node) sessions() (all []*conversation.Session) {
	for s := range n.users.All {
		all = append(all, s)
	}
	return all
}

// roomOf are those who read, and what was sent.
type roomOf struct {
	*node
	sender *client
	others []*client
	last   chat.Seq
}

// round sends some messages, and ends when all the others have them.
func (r *roomOf) round() {
	r.Helper()
	const each = 4
	body := bytes.Repeat([]byte("x"), 16<<10)
	for i := range uint64(each) {
		r.sender.say(&chat.Send{Conversation: "room", N: uint64(r.last) + i + 1, Body: body})
	}
	for _, c := range r.others {
		for next := r.last + 1; next <= r.last+each; {
			switch e := await[chat.Event](c).(type) {
			case *chat.Message:
				if e.At.Seq != next {
					r.Fatalf("%d came instead of %d", e.At.Seq, next)
				}
				next++
			case *chat.Ack:
			default:
				r.Fatalf("%T came", e)
			}
		}
	}
	r.last += each
}

// comesBack reads what a member that was given up still gets, and has it resume.
func (r *roomOf) comesBack(c *stranger, user chat.UserID) {
	r.Helper()
	_ = c.conn.SetDeadline(time.Now().Add(patience))
	for {
		first, payload := c.frame()
		if first != 0x88 {
			continue
		}
		if code := int(payload[0])<<8 | int(payload[1]); code != chat.CloseSlowReader {
			r.Fatalf("%s was closed with %d, %q", user, code, payload[2:])
		}
		break
	}
	again, _, states := r.connect(user, chat.StreamID{})
	if states["room"].Head.Seq != r.last {
		r.Fatalf("%+v", states)
	}
	again.say(&chat.Sync{ID: 1, Conversation: "room", From: 1})
	next := chat.Seq(1)
	for {
		switch e := await[chat.Event](again).(type) {
		case *chat.Entries:
			for _, one := range e.Entries {
				if one.At.Seq != next || len(one.Body) != 16<<10 {
					r.Fatalf("%d came instead of %d", one.At.Seq, next)
				}
				next++
			}
		case *chat.Synced:
			if next != r.last+1 {
				r.Fatalf("synced after %d of %d", next-1, r.last)
			}
			return
		}
	}
}
