package bench

import (
	"fmt"
	"testing"

	"github.com/seed886cd727/throng/netio"
)

// newOursTLS is newOurs with TLS.
func newOursTLS(b *testing.B, kind string) *ours {
	b.Helper()
	config, err := certify(kind)
	if err != nil {
		b.Fatal(err)
	}
	c := netio.DefaultConfig()
	c.Pollers = 1
	r, err := netio.New(c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = r.Close() })
	o := &ours{}
	if o.listener, err = r.ListenTLS("127.0.0.1:0", config, func(*netio.Request) (netio.Handler, netio.Answer) { return o, netio.Answer{} }); err != nil {
		b.Fatal(err)
	}
	return o
}

// BenchmarkEchoTLS compares netio with TLS to netio without: the floor is plain.
func BenchmarkEchoTLS(b *testing.B) {
	const conns, times = 1000, 40
	plain, secure := newOurs(b), newOursTLS(b, "P-256")
	ofPlain := startChild(b, "echo", plain.listener.Addr(), conns)
	ofSecure := startChild(b, "echotls", secure.listener.Addr(), conns)
	var v versus
	for b.Loop() {
		a, _ := ofSecure.round(times, nil)
		c, _ := ofPlain.round(times, nil)
		v.add(conns*times/a.Seconds(), conns*times/c.Seconds())
	}
	v.report(b, "msgs/cpu-s")
}

// BenchmarkFanoutTLS sends messages to everyone, burst of them at a time; the
// floor is netio without TLS.
func BenchmarkFanoutTLS(b *testing.B) {
	for _, burst := range []int{1, 8} {
		b.Run(fmt.Sprintf("members=1000/burst=%d", burst), func(b *testing.B) {
			const members, messages = 1000, 80
			frame := netio.BinaryFrame(make([]byte, payload))
			size := messages * (len(frame.Payload()) + 4)
			plain, secure := newOurs(b), newOursTLS(b, "P-256")
			ofPlain := startChild(b, "hear", plain.listener.Addr(), members)
			ofSecure := startChild(b, "heartls", secure.listener.Addr(), members)
			var v versus
			for b.Loop() {
				a, _ := ofSecure.round(size, func() { secure.tell(frame, messages, burst) })
				c, _ := ofPlain.round(size, func() { plain.tell(frame, messages, burst) })
				v.add(members*messages/a.Seconds(), members*messages/c.Seconds())
			}
			v.report(b, "deliveries/cpu-s")
		})
	}
}

// tell sends everyone so many messages, burst of them to a flush.
func (o *ours) tell(f *netio.Frame, messages, burst int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for range messages / burst {
		for _, c := range o.conns {
			for range burst {
				c.Queue(f)
			}
			c.Flush()
		}
	}
}

// BenchmarkHandshakeTLS says what a server's CPU does in a second, the upgrade
// with it.
func BenchmarkHandshakeTLS(b *testing.B) {
	for _, kind := range []string{"P-256", "RSA-2048"} {
		b.Run(kind, func(b *testing.B) {
			const each = 500
			clients := startChild(b, "shake", newOursTLS(b, kind).listener.Addr())
			var all []float64
			for b.Loop() {
				cpu, _ := clients.round(each, nil)
				all = append(all, each/cpu.Seconds())
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(all), "handshakes/cpu-s")
		})
	}
}

// BenchmarkIdleTLS says what a silent connection costs a server: on netio, on
// netio with TLS, and with crypto/tls and a goroutine for each.
func BenchmarkIdleTLS(b *testing.B) {
	const conns = 4000
	for _, kind := range []string{"plain", "tls", "goroutine"} {
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				server := startChild(b, "hold", kind)
				var before, after weight
				before.scan(b, server)
				clients := startChild(b, "idletls", server.ready, conns, kind)
				after.scan(b, server)
				clients.stop()
				server.stop()
				b.ReportMetric((after.rss-before.rss)/conns, "RSS-B/conn")
				b.ReportMetric((after.heap-before.heap)/conns, "heap-B/conn")
				b.ReportMetric((after.objects-before.objects)/conns, "objects/conn")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

type weight struct{ rss, heap, objects float64 }

func (w *weight) scan(b *testing.B, server *child) {
	b.Helper()
	_, answer := server.round("weigh", nil)
	if _, err := fmt.Sscan(answer, &w.rss, &w.heap, &w.objects); err != nil {
		b.Fatal(err)
	}
}
