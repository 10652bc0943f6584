package chat

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// protoDecoder reads fields straight into the operation that the envelope's
// field number names. As protobuf wants it, of several operations in one envelope
// the last counts, and one that comes twice in a row is merged.
type protoDecoder struct {
	names   interner
	scratch []byte // bodies of the operation at hand

	hello     Hello
	send      Send
	join      Join
	leave     Leave
	delivered Delivered
	read      Read
	sync      Sync
	heartbeat Heartbeat
	welcome   Welcome
	state     State
	ack       Ack
	message   Message
	member    Member
	receipt   Receipt
	entries   Entries
	synced    Synced
	drain     Drain
	refusal   Error
}

// Request reads what a client says.
func (d *protoDecoder) Request(message []byte) (Request, error) {
	d.scratch = d.scratch[:0]
	var got Request
	r := protoReader{rest: message}
	for r.next() {
		if op, known := r.op(OpHello, OpHeartbeat); known {
			in := r.message()
			got = d.request(op, &in, got != nil && RequestOp(got) == op)
			r.fail(in.err)
		}
	}
	if err := r.operation(got != nil); err != nil {
		return nil, err
	}
	return got, got.fault()
}

// Event reads what a server says.
func (d *protoDecoder) Event(message []byte) (Event, error) {
	d.scratch = d.scratch[:0]
	var got Event
	r := protoReader{rest: message}
	for r.next() {
		if op, known := r.op(OpHeartbeat, OpError); known {
			in := r.message()
			got = d.event(op, &in, got != nil && EventOp(got) == op)
			r.fail(in.err)
		}
	}
	if err := r.operation(got != nil); err != nil {
		return nil, err
	}
	return got, got.fault()
}

// op gives the operation whose message the field is.
func (r *protoReader) op(first, last Op) (op Op, known bool) {
	known = r.field >= protowire.Number(first) && r.field <= protowire.Number(last)
	return Op(r.field), known
}

// operation judges an envelope that was read, and in which an operation was
// found or not.
func (r *protoReader) operation(found bool) error {
	switch {
	case r.err != nil:
		return &SyntaxError{Reason: r.err.Error()}
	case !found && r.field == 0:
		return &SyntaxError{Reason: "op is missing"}
	case !found:
		return &SyntaxError{Reason: fmt.Sprintf("unknown op %d", r.field)}
	}
	return nil
}

// fresh empties an operation, unless it goes on where it stopped.
func fresh[T any](op *T, again bool) *T {
	if !again {
		*op = *new(T)
	}
	return op
}

func (d *protoDecoder) name(r *protoReader) string { return d.names.intern(r.text()) }

func (d *protoDecoder) conversation(r *protoReader) ConversationID { return ConversationID(d.name(r)) }

func (d *protoDecoder) user(r *protoReader) UserID { return UserID(d.name(r)) }

// body copies into the scratch buffer, as the message's bytes are the caller's. A
// buffer that grows moves only later bodies: those read before keep the old one.
func (d *protoDecoder) body(r *protoReader) []byte {
	start := len(d.scratch)
	d.scratch = append(d.scratch, r.bytes()...)
	return d.scratch[start:len(d.scratch):len(d.scratch)]
}

// orEmpty gives a body that did not travel because it is empty.
func orEmpty(body []byte) []byte {
	if body == nil {
		return []byte{}
	}
	return body
}

// settle ends an entry: a message has a body, a change of members has none.
func settle(e *Entry) {
	if e.Change != None {
		e.Body = nil
	} else {
		e.Body = orEmpty(e.Body)
	}
}

// entry reads the field of an entry that it is at.
func (d *protoDecoder) entry(r *protoReader, e *Entry) {
	switch r.field {
	case 2:
		e.At.Epoch = r.epoch()
	case 3:
		e.At.Seq = Seq(r.number())
	case 4:
		e.User = d.user(r)
	case 5:
		e.Time = r.time()
	case 6:
		e.Body = d.body(r)
	case 7:
		e.Change = Change(r.enum("change", uint8(Left)))
	}
}
