package check

import (
	"fmt"
	"runtime"
	"testing"
	"time"
	"unsafe"
)

// BenchmarkMessage is what one delivery costs: a message of 100 bytes that arrives
// at each member of a conversation in turn.
func BenchmarkMessage(b *testing.B) {
	for _, members := range []uint32{10, 10_000} {
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) {
			c := New(Config{Run: 1, Places: []uint32{members}})
			s, h := Sender{User: 1}, Header{Run: 1, Sender: 1}
			var body []byte
			place := members
			b.ReportAllocs()
			for b.Loop() {
				if place == members {
					place = 0
					h.Counter++
					c.Sent(0, s, h.Counter)
					c.Acked(0, s, h.Counter, Position{1, uint64(h.Counter)}, false, 0)
					body = AppendBody(body[:0], h, 100)
				}
				c.Message(Receiver{0, place}, Position{1, uint64(h.Counter)}, body, Live, time.Second)
				place++
			}
			b.StopTimer()
			if bad := c.Counts()["duplicates.wire"]; bad != 0 {
				b.Fatalf("%d duplicates", bad)
			}
		})
	}
}

// BenchmarkMessageParallel is the same from two goroutines with conversations of
// their own in turn.
func BenchmarkMessageParallel(b *testing.B) {
	const conversations, members = 100, 1000
	places := make([]uint32, conversations)
	for i := range places {
		places[i] = members
	}
	c := New(Config{Run: 1, Places: places})
	bodies := make([][]byte, conversations)
	for i := range bodies {
		c.Sent(uint32(i), Sender{}, 1)
		bodies[i] = AppendBody(nil, Header{Run: 1, Conversation: uint32(i), Counter: 1}, 100)
	}
	b.RunParallel(func(pb *testing.PB) {
		for i := uint32(0); pb.Next(); i++ {
			at := i % conversations
			c.Message(Receiver{at, i / conversations % members}, Position{1, 1}, bodies[at], Live, 0)
		}
	})
}

func BenchmarkAppendBody(b *testing.B) {
	for _, size := range []int{100, 16384} {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			dst := make([]byte, 0, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				dst = AppendBody(dst[:0], Header{Run: 1}, size)
			}
		})
	}
}

func BenchmarkParseBody(b *testing.B) {
	body := AppendBody(nil, Header{Run: 1}, 100)
	b.SetBytes(100)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseBody(body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOwed is what the wait for the end of a run costs, four times a second.
func BenchmarkOwed(b *testing.B) {
	c := New(Config{Run: 1, Places: []uint32{100_000}})
	c.Acked(0, Sender{}, 1, Position{1, 1}, false, 0)
	for b.Loop() {
		if c.Owed() != 100_000 {
			b.Fatal("not all are owed")
		}
	}
}

// BenchmarkMemory is the bytes of a place, all in all.
func BenchmarkMemory(b *testing.B) {
	for _, test := range []struct {
		members, messages uint32
	}{{2, 0}, {2, 5}, {2, 100}, {20, 100}, {10_000, 100}} {
		b.Run(fmt.Sprintf("members=%d/messages=%d", test.members, test.messages), func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(perPlace(test.members, test.messages), "B/place")
			}
		})
	}
}

// perPlace measures 100,000 places in conversations of so many members, whose
// first two send so many messages in turn.
func perPlace(members, messages uint32) float64 {
	before := heap()
	places := make([]uint32, 100_000/members)
	for i := range places {
		places[i] = members
	}
	c := New(Config{Run: 1, Places: places})
	for v := range places {
		for m := range messages {
			h := Header{Run: 1, Conversation: uint32(v), Sender: m % 2, Counter: m/2 + 1}
			c.Sent(uint32(v), h.from(), h.Counter)
			body := AppendBody(nil, h, 0)
			p := Position{1, uint64(m + 1)}
			for place := range members {
				c.Message(Receiver{uint32(v), place}, p, body, Live, 0)
			}
			c.Acked(uint32(v), h.from(), h.Counter, p, false, 0)
		}
	}
	after := heap()
	runtime.KeepAlive(c)
	return float64(after-before) / 100_000
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestSizes(t *testing.T) {
	for name, size := range map[string][2]uintptr{
		"place":  {unsafe.Sizeof(place{}), 64},
		"sender": {unsafe.Sizeof(sender{}), 64},
		"entry":  {unsafe.Sizeof(entry{}), 12},
	} {
		if size[0] > size[1] {
			t.Errorf("a %s has %d bytes, want at most %d", name, size[0], size[1])
		}
	}
}
