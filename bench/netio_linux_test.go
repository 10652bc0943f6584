package bench

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/seed886cd727/throng/netio"
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

// BenchmarkFanout sends messages to everyone, burst of them at a time. The floor
// sends a burst in one system call.
func BenchmarkFanout(b *testing.B) {
	for _, members := range []int{1, 10, 100, 1000, 9000} {
		for _, burst := range []int{1, 8} {
			b.Run(fmt.Sprintf("members=%d/burst=%d", members, burst), func(b *testing.B) { fanout(b, members, burst) })
		}
	}
}

func fanout(b *testing.B, members, burst int) {
	messages := 48 // with what the kernel adds to each, less than a send buffer: nobody has to wait
	if members > 1000 {
		messages = 16 // nor does all of it together reach the kernel's bound for sockets
	}
	o, f, ofOurs, ofFloor := pair(b, "hear", members)
	frame := netio.BinaryFrame(make([]byte, payload))
	wire := append([]byte{0x82, 126, 0, payload}, make([]byte, payload)...)
	glued := []byte(strings.Repeat(string(wire), burst))
	repeats := max(1, 50_000/(members*messages)) // a round of some length, whatever the members
	var v versus
	for b.Loop() {
		var a, c float64
		for range repeats {
			cpu, _ := ofOurs.round(messages*len(wire), func() {
				for range messages / burst {
					for _, conn := range o.conns {
						for range burst {
							conn.Queue(frame)
						}
						conn.Flush()
					}
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
