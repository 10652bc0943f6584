package chat

import "google.golang.org/protobuf/encoding/protowire"

// Proto is the codec of throng.v1.proto: one Protocol Buffers message a binary
// frame, as throng.v1.proto describes it. It is written by hand, for speed: the
// numbers here and in the decoder are those of that file. Fields go out in the
// order of their numbers, and those that are zero are left out, as protobuf
// libraries do.
type Proto struct{}

// Subprotocol is throng.v1.proto.
func (Proto) Subprotocol() string { return SubprotocolProto }

// Binary is true: the encoding is not text.
func (Proto) Binary() bool { return true }

// NewDecoder gives a decoder with buffers of its own.
func (Proto) NewDecoder() Decoder { return &protoDecoder{} }

// AppendRequest appends the request's message to dst.
func (Proto) AppendRequest(dst []byte, r Request) []byte {
	w := protoWriter{dst}
	start := w.open(protowire.Number(RequestOp(r)))
	switch r := r.(type) {
	case *Hello:
		w.text(1, string(r.User))
		w.text(2, string(r.Device))
		w.text(3, r.Token)
		w.stream(4, r.Stream)
	case *Send:
		w.text(1, string(r.Conversation))
		w.stream(2, r.Stream)
		w.number(3, r.N)
		w.bytes(4, r.Body)
	case *Join:
		w.number(1, r.ID)
		w.text(2, string(r.Conversation))
	case *Leave:
		w.number(1, r.ID)
		w.text(2, string(r.Conversation))
	case *Delivered:
		w.text(1, string(r.Conversation))
		w.at(2, r.At)
	case *Read:
		w.text(1, string(r.Conversation))
		w.at(2, r.At)
	case *Sync:
		w.number(1, r.ID)
		w.text(2, string(r.Conversation))
		w.number(3, uint64(r.Epoch))
		w.number(4, uint64(r.From))
		w.number(5, uint64(r.To))
	case *Heartbeat:
		w.number(1, r.ID)
	}
	return w.close(start)
}

// AppendEvent appends the event's message to dst.
func (Proto) AppendEvent(dst []byte, e Event) []byte {
	w := protoWriter{dst}
	start := w.open(protowire.Number(EventOp(e)))
	switch e := e.(type) {
	case *Message:
		w.text(1, string(e.Conversation))
		w.entry(&e.Entry)
	case *Ack:
		w.text(1, string(e.Conversation))
		w.at(2, e.At)
		w.time(4, e.Time)
		w.number(5, e.ID)
		w.stream(6, e.Stream)
		w.number(7, e.N)
		w.flag(8, e.Duplicate)
	case *Receipt:
		w.text(1, string(e.Conversation))
		w.text(2, string(e.User))
		w.at(3, e.At)
	case *Member:
		w.text(1, string(e.Conversation))
		w.entry(&e.Entry)
	case *Entries:
		w.entries(e)
	case *Synced:
		w.number(1, e.ID)
		w.text(2, string(e.Conversation))
		w.position(3, e.To)
		w.position(4, e.Head)
	case *Heartbeat:
		w.number(1, e.ID)
	case *Welcome:
		w.welcome(e)
	case *State:
		w.state(e)
	case *Drain:
		w.millis(1, e.Within)
		w.text(2, e.Reason)
		w.text(3, e.Hint)
	case *Error:
		w.refusal(e)
	}
	return w.close(start)
}
