package chat

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// talk gives what a chat mostly consists of, with a body of 128 bytes.
func talk() (*Send, *Ack, *Message) {
	body, at := bytes.Repeat([]byte("x"), 128), time.UnixMilli(1_700_000_000_123)
	return &Send{Conversation: "c-12345", N: 17, Body: body},
		&Ack{Conversation: "c-12345", Stream: stream, N: 17, At: Position{1, 1234}, Time: at},
		&Message{Conversation: "c-12345", Entry: Entry{At: Position{1, 1234}, User: "u-1234", Time: at, Body: body}}
}

// BenchmarkCodec encodes and decodes what a chat mostly consists of; B/msg is what
// one takes on the wire, without the frame.
func BenchmarkCodec(b *testing.B) {
	send, ack, message := talk()
	for _, c := range Codecs() {
		name, d := "codec="+strings.TrimPrefix(c.Subprotocol(), "throng.v1.")+"/", c.NewDecoder()
		operation(b, name+"op=send", func(to []byte) []byte { return c.AppendRequest(to, send) },
			func(wire []byte) error { _, err := d.Request(wire); return err })
		operation(b, name+"op=ack", func(to []byte) []byte { return c.AppendEvent(to, ack) },
			func(wire []byte) error { _, err := d.Event(wire); return err })
		operation(b, name+"op=message", func(to []byte) []byte { return c.AppendEvent(to, message) },
			func(wire []byte) error { _, err := d.Event(wire); return err })
	}
}

func operation(b *testing.B, name string, encode func(to []byte) []byte, decode func(wire []byte) error) {
	wire := encode(nil)
	b.Run(name+"/do=encode", func(b *testing.B) {
		b.ReportAllocs()
		buf := make([]byte, 0, 1024)
		for b.Loop() {
			buf = encode(buf[:0])
		}
		b.ReportMetric(float64(len(wire)), "B/msg")
	})
	b.Run(name+"/do=decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := decode(wire); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(wire)), "B/msg")
	})
}
