package netio

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestDeadlines compares with a plain list.
func TestDeadlines(t *testing.T) {
	conns := make([]*Conn, 6)
	for i := range conns {
		conns[i] = new(Conn)
	}
	rapid.Check(t, func(t *rapid.T) {
		type entry struct {
			owner
			at    uint32
			bytes int
		}
		var d deadlines
		var list []entry // in the order in which they were set
		drop := func(drops func(entry) bool) (dropped []entry) {
			var kept []entry
			for _, e := range list {
				if drops(e) {
					dropped = append(dropped, e)
				} else {
					kept = append(kept, e)
				}
			}
			list = kept
			return dropped
		}
		clock := uint32(0)
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			o := owner{rapid.SampledFrom(conns).Draw(t, "conn"), due(rapid.IntRange(0, int(dues)-1).Draw(t, "what"))}
			switch rapid.SampledFrom([]string{"set", "set", "forget", "all", "weigh", "pass"}).Draw(t, "step") {
			case "set":
				drop(func(e entry) bool { return e.owner == o })
				list = append(list, entry{o, clock + 10, 0})
				d.set(o, clock+10)
			case "forget":
				drop(func(e entry) bool { return e.owner == o })
				d.forget(o.conn, o.what)
			case "all":
				drop(func(e entry) bool { return e.conn == o.conn })
				d.forgetAll(o.conn)
			case "weigh":
				bytes, sum := rapid.IntRange(0, 100).Draw(t, "bytes"), 0
				for i := range list {
					if list[i].owner == o {
						list[i].bytes = bytes
					}
					if list[i].what == o.what {
						sum += list[i].bytes
					}
				}
				known := false
				for _, e := range list {
					known = known || e.owner == o
				}
				want := drop(func(e entry) bool {
					goes := known && e.what == o.what && sum > 150
					if goes {
						sum -= e.bytes
					}
					return goes
				})
				got := d.weigh(o, bytes, 150)
				if len(got) != len(want) {
					t.Fatalf("%d are in excess, want %d", len(got), len(want))
				}
				for i := range got {
					if got[i] != want[i].conn {
						t.Fatal("another than the oldest goes first")
					}
				}
			case "pass":
				clock += uint32(rapid.IntRange(0, 15).Draw(t, "ticks"))
				want := drop(func(e entry) bool { return clock >= e.at })
				if got := d.passed(clock); len(got) != len(want) {
					t.Fatalf("%d are late, want %d", len(got), len(want))
				}
			}
			if len(d.of) != len(list) {
				t.Fatalf("%d are kept, want %d", len(d.of), len(list))
			}
		}
	})
}

// BenchmarkDeadlines takes an upgrade's deadline while many others wait for
// theirs, and looks for who is late when nobody is.
func BenchmarkDeadlines(b *testing.B) {
	for _, waiting := range []int{0, 500_000} {
		var d deadlines
		for range waiting {
			d.set(owner{new(Conn), dueHandshake}, never)
		}
		b.Run(fmt.Sprint("handshake/waiting=", waiting), func(b *testing.B) {
			c := new(Conn)
			for b.Loop() {
				d.set(owner{c, dueHandshake}, never)
				d.forget(c, dueHandshake)
			}
		})
		b.Run(fmt.Sprint("sweep/waiting=", waiting), func(b *testing.B) {
			for b.Loop() {
				d.passed(1)
			}
		})
	}
}
