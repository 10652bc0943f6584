package chat

import (
	"encoding/base64"
	"time"
	"unicode/utf8"

	"github.com/go-faster/jx"
)

// JSON is the codec of throng.v1.json: one JSON object a text frame, readable in
// a browser's console. A body that is UTF-8 travels as "body", any other as
// base64 in "b64". Members of an object that are zero are left out.
type JSON struct{}

// Subprotocol is throng.v1.json.
func (JSON) Subprotocol() string { return SubprotocolJSON }

// Binary is false: JSON travels in text frames.
func (JSON) Binary() bool { return false }

// NewDecoder gives a decoder with buffers of its own.
func (JSON) NewDecoder() Decoder { return &jsonDecoder{} }

// AppendRequest appends the request's JSON to dst.
func (JSON) AppendRequest(dst []byte, r Request) []byte {
	w := begin(dst, RequestOp(r))
	switch r := r.(type) {
	case *Hello:
		w.text("user", string(r.User))
		w.text("device", string(r.Device))
		w.text("token", r.Token)
		w.stream(r.Stream)
	case *Send:
		w.text("conv", string(r.Conversation))
		w.stream(r.Stream)
		w.number("n", r.N)
		w.body(r.Body)
	case *Join:
		w.number("id", r.ID)
		w.text("conv", string(r.Conversation))
	case *Leave:
		w.number("id", r.ID)
		w.text("conv", string(r.Conversation))
	case *Delivered:
		w.text("conv", string(r.Conversation))
		w.at(r.At)
	case *Read:
		w.text("conv", string(r.Conversation))
		w.at(r.At)
	case *Sync:
		w.number("id", r.ID)
		w.text("conv", string(r.Conversation))
		w.number("epoch", uint64(r.Epoch))
		w.number("from", uint64(r.From))
		w.number("to", uint64(r.To))
	case *Heartbeat:
		w.number("id", r.ID)
	}
	return w.end()
}

// AppendEvent appends the event's JSON to dst.
func (JSON) AppendEvent(dst []byte, e Event) []byte {
	w := begin(dst, EventOp(e))
	switch e := e.(type) {
	case *Welcome:
		w.welcome(e)
	case *State:
		w.state(e)
	case *Ack:
		w.text("conv", string(e.Conversation))
		w.number("id", e.ID)
		w.stream(e.Stream)
		w.number("n", e.N)
		w.at(e.At)
		w.time(e.Time)
		w.flag("duplicate", e.Duplicate)
	case *Message:
		w.text("conv", string(e.Conversation))
		w.entry(&e.Entry)
	case *Member:
		w.text("conv", string(e.Conversation))
		w.entry(&e.Entry)
	case *Receipt:
		w.text("conv", string(e.Conversation))
		w.text("user", string(e.User))
		w.at(e.At)
	case *Entries:
		w.entries(e)
	case *Synced:
		w.number("id", e.ID)
		w.text("conv", string(e.Conversation))
		w.position("to", e.To)
		w.position("head", e.Head)
	case *Heartbeat:
		w.number("id", e.ID)
	case *Drain:
		w.millis("within_ms", e.Within)
		w.text("reason", e.Reason)
		w.text("hint", e.Hint)
	case *Error:
		w.refusal(e)
	}
	return w.end()
}

// jsonWriter appends one object, a member at a time.
type jsonWriter struct{ w jx.Writer }

func begin(dst []byte, op Op) jsonWriter {
	w := jsonWriter{jx.Writer{Buf: dst}}
	w.w.RawStr(`{"op":"`)
	w.w.RawStr(op.String())
	w.w.RawStr(`"`)
	return w
}

func (w *jsonWriter) end() []byte {
	w.w.RawStr("}")
	return w.w.Buf
}

// key starts a member, with the comma that separates it from the one before.
// Keys need no escaping.
func (w *jsonWriter) key(name string) {
	if last := w.w.Buf[len(w.w.Buf)-1]; last != '{' {
		w.w.RawStr(`,`)
	}
	w.w.RawStr(`"`)
	w.w.RawStr(name)
	w.w.RawStr(`":`)
}

func (w *jsonWriter) text(name, s string) {
	if s != "" {
		w.key(name)
		w.w.Str(s)
	}
}

func (w *jsonWriter) number(name string, n uint64) {
	if n != 0 {
		w.key(name)
		w.w.UInt64(n)
	}
}

func (w *jsonWriter) flag(name string, on bool) {
	if on {
		w.key(name)
		w.w.True()
	}
}

func (w *jsonWriter) millis(name string, d time.Duration) {
	w.number(name, uint64(max(d, 0).Milliseconds()))
}

func (w *jsonWriter) time(t time.Time) {
	if !t.IsZero() {
		w.key("at")
		w.w.Int64(t.UnixMilli())
	}
}

func (w *jsonWriter) stream(s StreamID) {
	if !s.IsZero() {
		w.key("stream")
		w.w.Str(s.String())
	}
}

func (w *jsonWriter) at(p Position) {
	w.number("epoch", uint64(p.Epoch))
	w.number("seq", uint64(p.Seq))
}

func (w *jsonWriter) position(name string, p Position) {
	if p == (Position{}) {
		return
	}
	w.key(name)
	w.w.RawStr("{")
	w.at(p)
	w.w.RawStr("}")
}

func (w *jsonWriter) body(b []byte) {
	if utf8.Valid(b) {
		w.key("body")
		w.w.ByteStr(b)
		return
	}
	w.key("b64")
	w.w.RawStr(`"`)
	w.w.Buf = base64.StdEncoding.AppendEncode(w.w.Buf, b)
	w.w.RawStr(`"`)
}

func (w *jsonWriter) entry(e *Entry) {
	w.at(e.At)
	w.text("user", string(e.User))
	w.time(e.Time)
	switch e.Change {
	case Joined:
		w.text("change", "joined")
	case Left:
		w.text("change", "left")
	case None:
		w.body(e.Body)
	}
}

func (w *jsonWriter) entries(e *Entries) {
	w.number("id", e.ID)
	w.text("conv", string(e.Conversation))
	w.key("entries")
	w.w.RawStr("[")
	for i := range e.Entries {
		w.element(i)
		w.entry(&e.Entries[i])
		w.w.RawStr("}")
	}
	w.w.RawStr("]")
}

// element starts object i of an array.
func (w *jsonWriter) element(i int) {
	if i > 0 {
		w.w.RawStr(",")
	}
	w.w.RawStr("{")
}

func (w *jsonWriter) welcome(e *Welcome) {
	w.text("user", string(e.User))
	w.text("device", string(e.Device))
	w.stream(e.Stream)
	w.text("node", e.Node)
	w.number("conversations", uint64(max(e.Conversations, 0)))
	w.millis("heartbeat_ms", e.Heartbeat)
	w.number("max_frame", uint64(max(e.MaxFrame, 0)))
	w.number("max_body", uint64(max(e.MaxBody, 0)))
	w.millis("ref_max_age_ms", e.RefMaxAge)
	w.flag("resumed", e.Resumed)
}

func (w *jsonWriter) state(e *State) {
	w.key("states")
	w.w.RawStr("[")
	for i := range e.Conversations {
		c := &e.Conversations[i]
		w.element(i)
		w.text("conv", string(c.Conversation))
		w.text("kind", c.Kind.String())
		w.position("head", c.Head)
		w.number("first", uint64(c.First))
		w.position("delivered", c.Delivered)
		w.position("read", c.Read)
		w.w.RawStr("}")
	}
	w.w.RawStr("]")
	w.flag("more", e.More)
}

func (w *jsonWriter) refusal(e *Error) {
	w.text("code", string(e.Code))
	w.text("text", e.Text)
	if e.Re != 0 {
		w.text("re", e.Re.String())
	}
	w.number("id", e.ID)
	w.text("conv", string(e.Conversation))
	w.stream(e.Stream)
	w.number("n", e.N)
	w.millis("retry_after_ms", e.RetryAfter)
	w.number("first", uint64(e.First))
}
