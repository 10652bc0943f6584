package netio

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func TestSlowReaderOverTLS(t *testing.T) {
	server, client := authority(t)
	for _, tt := range []struct {
		name   string
		change func(*Config)
	}{
		{"bytes", func(c *Config) { c.OutboxBytes = 256 << 10; c.OutboxAge = time.Minute }},
		{"age", func(c *Config) { c.OutboxBytes = 64 << 20; c.OutboxAge = 200 * time.Millisecond }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newEar()
			r := open(t, func(c *Config) { tt.change(c); c.SlowCode = 4410; c.CloseTimeout = 200 * time.Millisecond })
			l := listenTLS(t, r, server, func(*Request) (Handler, Answer) { return e, Answer{} })
			c := dialTLS(t, l, client, 1<<20)
			c.write([]byte(request), 1<<20)
			c.upgraded()
			s := wait(t, e.opened, "upgrade")
			f, most := BinaryFrame(make([]byte, 10<<10)), 0
			for range 1600 {
				s.Send(f)
				most = max(most, s.Queued())
			}
			if code := wait(t, e.closed, "end"); code != 4410 || !errors.Is(e.err, ErrSlowReader) {
				t.Fatalf("code %d, error %v", code, e.err)
			}
			if r.Stats().Slow != 1 || tt.name == "bytes" && most > 256<<10+20<<10 {
				t.Fatalf("slow is %d, %d bytes waited", r.Stats().Slow, most)
			}
		})
	}
}

// TestTrickleOverTLS reads all the time, and too slowly.
func TestTrickleOverTLS(t *testing.T) {
	server, client := authority(t)
	e := newEar()
	r := open(t, func(c *Config) {
		c.OutboxBytes, c.OutboxAge, c.SlowCode, c.CloseTimeout = 64<<20, 500*time.Millisecond, 4410, 200*time.Millisecond
	})
	l := listenTLS(t, r, server, func(*Request) (Handler, Answer) { return e, Answer{} })
	c := dialTLS(t, l, client, 1<<20)
	c.write([]byte(request), 1<<20)
	c.upgraded()
	s := wait(t, e.opened, "upgrade")
	f := BinaryFrame(make([]byte, 10<<10))
	for range 3200 {
		s.Send(f)
	}
	stop := time.After(patience)
	for {
		select {
		case code := <-e.closed:
			if code != 4410 {
				t.Fatalf("code %d, error %v", code, e.err)
			}
			return
		case <-stop:
			t.Fatal("it may read as slowly as it likes")
		case <-time.After(5 * time.Millisecond):
			_, _ = io.CopyN(io.Discard, c.r, 10<<10)
		}
	}
}

func TestSlowReaderOverTLSIsToldWhenItReadsAgain(t *testing.T) {
	server, client := authority(t)
	e := newEar()
	r := open(t, func(c *Config) { c.OutboxBytes = 64 << 10; c.SlowCode = 4410; c.CloseTimeout = patience })
	l := listenTLS(t, r, server, func(*Request) (Handler, Answer) { return e, Answer{} })
	c := dialTLS(t, l, client, 1<<20)
	c.write([]byte(request), 1<<20)
	c.upgraded()
	s := wait(t, e.opened, "upgrade")
	f := BinaryFrame(make([]byte, 50<<10)) // several records each: one is always half sealed
	for r.Stats().Slow == 0 {
		s.Send(f)
	}
	got := c.frames()
	if got[len(got)-1] != "close 4410" {
		t.Fatalf("%d frames, and no word of it", len(got))
	}
}

func TestManyWritersOverTLSKeepFramesWhole(t *testing.T) {
	server, client := authority(t)
	r := open(t, func(c *Config) { c.OutboxBytes = 64 << 20; c.SendBuffer = 4 << 10 })
	l := listenTLS(t, r, server, echoing)
	e := newEar()
	if err := r.Dial(Dial{Addr: addrOf(l), TLS: client}, e); err != nil {
		t.Fatal(err)
	}
	c := wait(t, e.opened, "upgrade")
	const writers, each = 8, 300
	for w := range writers {
		go func() {
			for i := range each {
				c.Send(TextFrame([]byte(fmt.Sprintf("%d %d %s", w, i, strings.Repeat("-", 37*i)))))
			}
		}()
	}
	next := make([]int, writers)
	for range writers * each {
		var w, i int
		if _, err := fmt.Sscanf(wait(t, e.messages, "echo"), "%d %d", &w, &i); err != nil || next[w] != i {
			t.Fatalf("writer %d: got %d, want %d (%v)", w, i, next[w], err)
		}
		next[w]++
	}
}
