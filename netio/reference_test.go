package netio

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestAnyStreamGivesItsMessages draws messages, cuts them into fragments with
// control frames in between, and the stream into pieces. Whatever was drawn must
// be heard, at either end.
func TestAnyStreamGivesItsMessages(t *testing.T) {
	r := &Reactor{config: DefaultConfig()}
	rapid.Check(t, func(t *rapid.T) {
		client := rapid.Bool().Draw(t, "client")
		want, wire := drawStream(t, !client)
		heard := new(hearer)
		c := mockConn(r)
		c.handler, c.client = heard, client
		for len(wire) > 0 {
			n := rapid.IntRange(1, len(wire)).Draw(t, "piece")
			c.feed(slices.Clone(wire[:n])) // unmasked in place, so never the same bytes again
			wire = wire[n:]
		}
		if !slices.EqualFunc(heard.words, want, bytes.Equal) {
			t.Fatalf("heard %.200q, said %.200q", heard.words, want)
		}
		if c.in != nil && (len(c.in.partial) > 0 || c.in.fragment) {
			t.Fatal("something is left over")
		}
		_ = sentBy(c) // takes its deadline out
		c.dropInbox()
	})
}

// hearer keeps a copy of every message.
type hearer struct {
	echo
	words [][]byte
}

func (h *hearer) Message(_ *Conn, binary bool, p []byte) {
	kind := byte('t')
	if binary {
		kind = 'b'
	}
	h.words = append(h.words, append([]byte{kind}, p...))
}

// drawStream is the reference: it knows the messages because it made the frames.
func drawStream(t *rapid.T, toServer bool) (messages [][]byte, wire []byte) {
	control := rapid.SampledFrom([]byte{0, pingFin, pongFin})
	for range rapid.IntRange(0, 5).Draw(t, "messages") {
		kind, payload := byte('t'), []byte(rapid.StringN(0, 100, 400).Draw(t, "text"))
		first := byte(textMore)
		if rapid.Bool().Draw(t, "binary") {
			kind, first = 'b', binaryMore
			payload = rapid.SliceOfN(rapid.Byte(), 0, 70_000).Draw(t, "bytes")
		}
		messages = append(messages, append([]byte{kind}, payload...))
		for {
			if flags := control.Draw(t, "control"); flags != 0 {
				wire = append(wire, f(flags, rapid.StringN(0, 30, 125).Draw(t, "payload")).bytes(toServer)...)
			}
			n := rapid.IntRange(0, len(payload)).Draw(t, "fragment")
			if n == len(payload) {
				wire = append(wire, f(first|0x80, string(payload)).bytes(toServer)...)
				break
			}
			wire = append(wire, f(first, string(payload[:n])).bytes(toServer)...)
			first, payload = more, payload[n:]
		}
	}
	return messages, wire
}
