package netio

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"
)

func parseResponse(t *testing.T, wire []byte) *http.Response {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(wire)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestALateMessage(t *testing.T) {
	for _, tt := range []struct{ name, start, more string }{
		{"half a header", "\x81", ""},
		{"half a frame", "\x81\xfe\x10\x00\x01\x02\x03\x04", "x"},
		{"a fragmented message", string(frame(0x01, "a")), string(frame(0x00, "b"))},
		{"pings between fragments", string(frame(0x01, "a")), string(frame(0x89, ""))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := open(t, func(c *Config) { c.MessageTimeout, c.CloseTimeout = 300*time.Millisecond, 100*time.Millisecond })
			c := dialRaw(t, listen(t, r, echoing))
			c.write([]byte(request+tt.start), 1<<20)
			c.upgraded()
			go func() { // it dribbles on, and is late all the same
				for range 100 {
					time.Sleep(20 * time.Millisecond)
					if _, err := c.Write([]byte(tt.more)); err != nil {
						return
					}
				}
			}()
			start, words := time.Now(), c.frames()
			if len(words) == 0 || words[len(words)-1] != "close 1008" || time.Since(start) < 250*time.Millisecond {
				t.Fatalf("after %v: %q", time.Since(start), words)
			}
			if s := r.Stats(); s.LateMessages != 1 || s.Malformed != 0 {
				t.Fatalf("%+v", s)
			}
		})
	}
}

// TestABusySenderIsNotLate has something incomplete at all times, but never the
// same for long.
func TestABusySenderIsNotLate(t *testing.T) {
	r := open(t, func(c *Config) { c.MessageTimeout = 300 * time.Millisecond })
	c := dialRaw(t, listen(t, r, echoing))
	one := frame(0x81, "busy")
	c.write(append([]byte(request), one[:3]...), 1<<20)
	c.upgraded()
	for range 40 {
		time.Sleep(20 * time.Millisecond)
		c.write(append(one[3:len(one):len(one)], one[:3]...), 1<<20)
	}
	c.write(append(one[3:len(one):len(one)], frame(0x88, closing(1000, ""))...), 1<<20)
	if words := c.frames(); len(words) != 42 || words[41] != "close 1000" {
		t.Fatalf("%q", words)
	}
}

func TestHalfHeadsAreBounded(t *testing.T) {
	r := open(t, func(c *Config) { c.Pollers, c.MaxHead, c.HeadBytes = 1, 4<<10, 16<<10 })
	l := listen(t, r, echoing)
	half := request[:len(request)-2] + "X: " + strings.Repeat("x", 3000)
	var all []*raw
	for range 12 {
		c := dialRaw(t, l)
		before := r.Stats().BytesIn
		c.write([]byte(half), 1<<20)
		eventually(t, "it was read", func() bool { return r.Stats().BytesIn == before+uint64(len(half)) })
		all = append(all, c)
	}
	eventually(t, "the bound is kept", func() bool { return r.Stats().Evicted >= 12-5 })
	if resp, err := http.ReadResponse(all[0].r, nil); err != nil || resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
		t.Fatalf("the oldest: %v %v", resp, err)
	}
	last := all[len(all)-1]
	last.write([]byte("\r\n\r\n"), 1<<20)
	last.upgraded()
	if n := r.Stats().Evicted; n > 12-3 {
		t.Fatalf("%d had to go", n)
	}
}

func TestHalfMessagesAreBounded(t *testing.T) {
	r := open(t, func(c *Config) { c.Pollers, c.MaxMessage, c.PartialBytes = 1, 64<<10, 128<<10 })
	l := listen(t, r, echoing)
	message := frame(0x82, strings.Repeat("m", 60_000))
	var all []*raw
	for range 6 {
		c := dialRaw(t, l)
		c.write([]byte(request), 1<<20)
		c.upgraded()
		before := r.Stats().BytesIn
		c.write(message[:50_000], 1<<20)
		eventually(t, "it was read", func() bool { return r.Stats().BytesIn == before+50_000 })
		all = append(all, c)
	}
	for i, c := range all[:4] {
		if got := c.frames(); len(got) != 1 || got[0] != "close 1013" {
			t.Fatalf("number %d: %q", i, got)
		}
	}
	last := all[5]
	last.write(append(message[50_000:len(message):len(message)], frame(0x88, closing(1000, ""))...), 1<<20)
	if got := last.frames(); len(got) != 2 || len(got[0]) != 60_000 {
		t.Fatalf("the last: %d words", len(got))
	}
}
