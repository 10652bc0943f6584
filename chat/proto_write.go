package chat

import (
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// protoWriter appends one message, a field at a time.
type protoWriter struct{ b []byte }

// open starts a message within the message. Its length is not known yet; the one
// byte kept for it is enough up to 127 bytes.
func (w *protoWriter) open(field protowire.Number) (start int) {
	w.tag(field, protowire.BytesType)
	w.b = append(w.b, 0)
	return len(w.b)
}

// close ends the message that was opened. A longer length moves it.
func (w *protoWriter) close(start int) []byte {
	size := len(w.b) - start
	if more := protowire.SizeVarint(uint64(size)) - 1; more > 0 {
		w.b = append(w.b, make([]byte, more)...)
		copy(w.b[start+more:], w.b[start:start+size])
	}
	protowire.AppendVarint(w.b[:start-1], uint64(size))
	return w.b
}

func (w *protoWriter) tag(field protowire.Number, wire protowire.Type) {
	w.b = protowire.AppendTag(w.b, field, wire)
}

func (w *protoWriter) text(field protowire.Number, s string) {
	if s != "" {
		w.tag(field, protowire.BytesType)
		w.b = protowire.AppendString(w.b, s)
	}
}

func (w *protoWriter) bytes(field protowire.Number, b []byte) {
	if len(b) > 0 {
		w.tag(field, protowire.BytesType)
		w.b = protowire.AppendBytes(w.b, b)
	}
}

func (w *protoWriter) stream(field protowire.Number, s StreamID) {
	if !s.IsZero() {
		w.bytes(field, s[:])
	}
}

func (w *protoWriter) number(field protowire.Number, n uint64) {
	if n != 0 {
		w.tag(field, protowire.VarintType)
		w.b = protowire.AppendVarint(w.b, n)
	}
}

func (w *protoWriter) flag(field protowire.Number, on bool) {
	w.number(field, protowire.EncodeBool(on))
}

func (w *protoWriter) millis(field protowire.Number, d time.Duration) {
	w.number(field, uint64(max(d, 0).Milliseconds()))
}

func (w *protoWriter) time(field protowire.Number, t time.Time) {
	if !t.IsZero() {
		w.number(field, uint64(t.UnixMilli()))
	}
}

// at writes a position as two fields of the message, the second right behind the
// first.
func (w *protoWriter) at(field protowire.Number, p Position) {
	w.number(field, uint64(p.Epoch))
	w.number(field+1, uint64(p.Seq))
}

// position writes a position as a message.
func (w *protoWriter) position(field protowire.Number, p Position) {
	if p != (Position{}) {
		start := w.open(field)
		w.at(1, p)
		w.close(start)
	}
}

// entry writes what Message, Member and Entry have in common.
func (w *protoWriter) entry(e *Entry) {
	w.at(2, e.At)
	w.text(4, string(e.User))
	w.time(5, e.Time)
	if e.Change == None {
		w.bytes(6, e.Body)
	}
	w.number(7, uint64(e.Change))
}

func (w *protoWriter) entries(e *Entries) {
	w.number(1, e.ID)
	w.text(2, string(e.Conversation))
	for i := range e.Entries {
		start := w.open(3)
		w.entry(&e.Entries[i])
		w.close(start)
	}
}

func (w *protoWriter) welcome(e *Welcome) {
	w.text(1, string(e.User))
	w.text(2, string(e.Device))
	w.stream(3, e.Stream)
	w.text(4, e.Node)
	w.number(5, uint64(max(e.Conversations, 0)))
	w.millis(6, e.Heartbeat)
	w.number(7, uint64(max(e.MaxFrame, 0)))
	w.number(8, uint64(max(e.MaxBody, 0)))
	w.millis(9, e.RefMaxAge)
	w.flag(10, e.Resumed)
}

func (w *protoWriter) state(e *State) {
	for i := range e.Conversations {
		c := &e.Conversations[i]
		start := w.open(1)
		w.text(1, string(c.Conversation))
		w.number(2, uint64(c.Kind))
		w.position(3, c.Head)
		w.number(4, uint64(c.First))
		w.position(5, c.Delivered)
		w.position(6, c.Read)
		w.close(start)
	}
	w.flag(2, e.More)
}

func (w *protoWriter) refusal(e *Error) {
	w.text(1, string(e.Code))
	w.text(2, e.Text)
	w.number(3, uint64(e.Re))
	w.number(4, e.ID)
	w.text(5, string(e.Conversation))
	w.stream(6, e.Stream)
	w.number(7, e.N)
	w.millis(8, e.RetryAfter)
	w.number(9, uint64(e.First))
}
