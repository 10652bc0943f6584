package bench

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
	"github.com/seed886cd727/throng/server/conversation"
	"github.com/seed886cd727/throng/server/room"
)

// ours is the same server on netio. It has one poller, as the floor has one.
type ours struct {
	listener *netio.Listener
	mu       sync.Mutex
	conns    []*netio.Conn
}

func (o *ours) Open(c *netio.Conn, _ netio.Info) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.conns = append(o.conns, c)
}
func (o *ours) Message(c *netio.Conn, _ bool, p []byte)   { c.Send(netio.BinaryFrame(p)) }
func (o *ours) Close(*netio.Conn, netio.CloseCode, error) {}

func newOurs(b *testing.B) *ours {
	b.Helper()
	c := netio.DefaultConfig()
	c.Pollers = 1
	r, err := netio.New(c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = r.Close() })
	o := &ours{}
	if o.listener, err = r.Listen("127.0.0.1:0", func(*netio.Request) (netio.Handler, netio.Answer) { return o, netio.Answer{} }); err != nil {
		b.Fatal(err)
	}
	return o
}

// pair starts both servers, each with clients of its own.
func pair(b *testing.B, role string, conns int) (o *ours, f *floor, ofOurs, ofFloor *child) {
	b.Helper()
	o, f = newOurs(b), newFloor(b)
	accepted := make(chan error, 1)
	go func() { accepted <- f.accept(conns) }()
	ofFloor = startChild(b, role, f.listener.Addr(), conns)
	if err := <-accepted; err != nil {
		b.Fatal(err)
	}
	ofOurs = startChild(b, role, o.listener.Addr(), conns)
	return o, f, ofOurs, ofFloor
}

func BenchmarkEcho(b *testing.B) {
	const conns, times = 1000, 40
	_, f, ofOurs, ofFloor := pair(b, "echo", conns)
	go f.echo()
	var v versus
	for b.Loop() {
		a, _ := ofOurs.round(times, nil)
		c, _ := ofFloor.round(times, nil)
		v.add(conns*times/a.Seconds(), conns*times/c.Seconds())
	}
	v.report(b, "msgs/cpu-s")
}

// BenchmarkFanout publishes messages to a room, a burst of them before each flush,
// in the codec that the case names. The floor sends a burst of the same bytes in one
// system call to each.
func BenchmarkFanout(b *testing.B) {
	for _, codec := range chat.Codecs() {
		for _, members := range []int{1, 10, 100, 1000, 9000} {
			for _, burst := range []int{1, 8} {
				name := fmt.Sprintf("codec=%s/members=%d/burst=%d", strings.TrimPrefix(codec.Subprotocol(), "throng.v1."), members, burst)
				b.Run(name, func(b *testing.B) { fanout(b, codec, members, burst) })
			}
		}
	}
}

// seat is a connection's place in a room.
type seat struct {
	conversation.Outbox
	room.Listener
}

func (s *seat) Hold() { s.Listener.Hold(0) }
func (s *seat) Release(told func(chat.ConversationID, chat.Position) bool) bool {
	return s.Listener.Release(told)
}

func fanout(b *testing.B, codec chat.Codec, members, burst int) {
	messages := 48 // with what the kernel adds to each, less than a send buffer: nobody has to wait
	if members > 1000 {
		messages = 16 // nor does all of it together reach the kernel's bound for sockets
	}
	o, f, ofOurs, ofFloor := pair(b, "hear", members)
	rooms := room.New([]chat.Codec{codec})
	for _, conn := range o.conns {
		s := &seat{}
		s.Conn = conn
		rooms.Subscribe("c", chat.Channel, s)
	}
	publisher := rooms.Publisher()
	message := &chat.Message{Conversation: "c", Entry: chat.Entry{
		At: chat.Position{Epoch: 1, Seq: 1}, User: "u", Time: time.UnixMilli(1), Body: bytes.Repeat([]byte("x"), payload),
	}}
	kind := ws.OpText
	if codec.Binary() {
		kind = ws.OpBinary
	}
	wire := ws.MustCompileFrame(ws.NewFrame(kind, true, codec.AppendEvent(nil, message)))
	glued := bytes.Repeat(wire, burst)
	repeats := max(1, 50_000/(members*messages)) // a round of some length, whatever the members
	var v versus
	for b.Loop() {
		var a, c float64
		for range repeats {
			cpu, _ := ofOurs.round(messages*len(wire), func() {
				for range messages / burst {
					for range burst {
						publisher.Publish("c", message, nil)
					}
					publisher.Flush()
				}
			})
			a += cpu.Seconds()
			cpu, _ = ofFloor.round(messages*len(wire), func() {
				for range messages / burst {
					for _, fd := range f.fds {
						if !sendto(fd, glued) {
							b.Fatal("the floor was told to wait")
						}
					}
				}
			})
			c += cpu.Seconds()
		}
		sent := float64(members * messages * repeats)
		v.add(sent/a, sent/c)
	}
	v.report(b, "deliveries/cpu-s")
}
