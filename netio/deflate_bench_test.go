package netio

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

// spoken is a chat message of so many bytes: the fields of one, and words.
func spoken(size int) []byte {
	words := strings.Fields(`the quick deploy went out before lunch and nobody saw latency rise on channel
		servers today please review my change when you have time thanks I will look at it after this meeting tomorrow
		works better for everyone else who wants to join ok great see you there`)
	random := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	fmt.Fprintf(&b, `{"op":"message","conv":"team-%d","epoch":1,"seq":%d,"at":1795562751123,"user":"user-%d","device":"phone","stream":"01a20e5b-7361-7668-b462-b41bea8a2685","n":%d,"body":"`,
		random.IntN(1e6), random.IntN(1e5), random.IntN(1e6), random.IntN(1e4))
	for b.Len() < size {
		b.WriteString(words[random.IntN(len(words))] + " ")
	}
	return []byte(b.String()[:size-2] + `"}`)
}

func BenchmarkDeflate(b *testing.B) {
	for _, size := range []int{300, 512, 1 << 10, 10 << 10} {
		for _, level := range []int{1, 3, 6, 9} {
			b.Run(fmt.Sprintf("bytes=%d/level=%d", size, level), func(b *testing.B) {
				r := &Reactor{config: Config{Compression: Compression{Level: level}}}
				text := spoken(size)
				b.ReportAllocs()
				for b.Loop() {
					TextFrame(text).deflate(r)
				}
				n := r.compression.stats()
				ratio := 1.0
				if n.Deflated > 0 {
					ratio = float64(n.DeflateOut) / float64(n.DeflateIn)
				}
				b.ReportMetric(ratio, "ratio")
			})
		}
	}
}

func BenchmarkInflate(b *testing.B) {
	for _, size := range []int{512, 10 << 10} {
		b.Run(fmt.Sprintf("bytes=%d", size), func(b *testing.B) {
			r := &Reactor{config: Config{Compression: Compression{Level: 6}}}
			small := TextFrame(spoken(size)).deflate(r).Payload()
			b.ReportAllocs()
			for b.Loop() {
				i := inflaters.Get().(*inflater)
				if got, err := i.inflate(small, 1<<20); err != nil || len(got) != size {
					b.Fatal(len(got), err)
				}
				i.release()
			}
		})
	}
}

// BenchmarkHeld says how many bytes a deflater and an inflater hold.
func BenchmarkHeld(b *testing.B) {
	const many = 8
	for _, level := range []int{1, 3, 6, 9} {
		b.Run(fmt.Sprintf("deflater/level=%d", level), func(b *testing.B) {
			r := &Reactor{config: Config{Compression: Compression{Level: level}}}
			held(b, many, func() any {
				d := r.newDeflater()
				d.compress(spoken(10 << 10))
				return d
			})
		})
	}
	small := []byte(shrunk(string(spoken(10 << 10))))
	b.Run("inflater", func(b *testing.B) {
		held(b, many, func() any {
			i := inflaters.New().(*inflater)
			if _, err := i.inflate(small, 1<<20); err != nil {
				b.Fatal(err)
			}
			return i
		})
	})
}

func held(b *testing.B, many int, one func() any) {
	var all []any
	var before, after runtime.MemStats
	for b.Loop() {
		all = nil
		runtime.GC()
		runtime.ReadMemStats(&before)
		for range many {
			all = append(all, one())
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(many), "B/held")
	runtime.KeepAlive(all)
}
