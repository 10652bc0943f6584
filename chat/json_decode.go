package chat

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-faster/jx"
	"github.com/google/uuid"
)

// jsonDecoder reads an object's members into fields, in whatever order they
// stand, and then makes the operation that "op" names.
type jsonDecoder struct {
	d       jx.Decoder
	f       fields
	names   interner
	scratch []byte // bodies of the operation at hand
	entries []Entry
	states  []ConversationState

	hello     Hello
	send      Send
	join      Join
	leave     Leave
	delivered Delivered
	read      Read
	sync      Sync
	heartbeat Heartbeat
	ack       Ack
	message   Message
	member    Member
	receipt   Receipt
}

// fields is what the members of one object said. A bit in seen stands for each
// member that was there.
type fields struct {
	seen                                       uint64
	op, user, device, token, conv, node, kind  string
	reason, hint, code, text, re               string
	stream                                     StreamID
	id, n, epoch, seq, from, to, conversations uint64
	maxFrame, maxBody                          uint64
	first                                      uint64
	heartbeat, refMaxAge, within, retryAfter   time.Duration
	toAt, head, deliveredAt, readAt            Position
	at                                         int64
	duplicate, resumed, more                   bool
	change                                     Change
	body                                       []byte
}

const (
	sawBody = 1 << iota
	sawB64
	sawEntries
	sawStates
)

// Request reads what a client says.
func (d *jsonDecoder) Request(message []byte) (Request, error) {
	if err := d.object(message); err != nil {
		return nil, err
	}
	r, err := d.request()
	if err != nil {
		return nil, err
	}
	return r, r.fault()
}

func (d *jsonDecoder) request() (Request, error) {
	f := &d.f
	switch f.op {
	case "hello":
		d.hello = Hello{User: UserID(f.user), Device: DeviceID(f.device), Token: f.token, Stream: f.stream}
		return &d.hello, nil
	case "send":
		d.send = Send{Conversation: ConversationID(f.conv), Stream: f.stream, N: f.n, Body: f.body}
		return &d.send, f.hasBody()
	case "join":
		d.join = Join{ID: f.id, Conversation: ConversationID(f.conv)}
		return &d.join, nil
	case "leave":
		d.leave = Leave{ID: f.id, Conversation: ConversationID(f.conv)}
		return &d.leave, nil
	case "delivered":
		d.delivered = Delivered{Conversation: ConversationID(f.conv), At: f.position()}
		return &d.delivered, nil
	case "read":
		d.read = Read{Conversation: ConversationID(f.conv), At: f.position()}
		return &d.read, nil
	case "sync":
		d.sync = Sync{ID: f.id, Conversation: ConversationID(f.conv), Epoch: Epoch(f.epoch), From: Seq(f.from), To: Seq(f.to)}
		return &d.sync, nil
	case "heartbeat":
		d.heartbeat = Heartbeat{ID: f.id}
		return &d.heartbeat, nil
	}
	return nil, unknownOp(f.op)
}

// Event reads what a server says.
func (d *jsonDecoder) Event(message []byte) (Event, error) {
	if err := d.object(message); err != nil {
		return nil, err
	}
	e, err := d.event()
	if err != nil {
		return nil, err
	}
	return e, e.fault()
}

func (d *jsonDecoder) event() (Event, error) {
	f := &d.f
	switch f.op {
	case "message":
		d.message = Message{Conversation: ConversationID(f.conv), Entry: f.entry()}
		return &d.message, f.hasBody()
	case "ack":
		d.ack = Ack{Conversation: ConversationID(f.conv), ID: f.id, Stream: f.stream, N: f.n, At: f.position(), Time: moment(f.at), Duplicate: f.duplicate}
		return &d.ack, nil
	case "member":
		d.member = Member{Conversation: ConversationID(f.conv), Entry: f.entry()}
		return &d.member, nil
	case "receipt":
		d.receipt = Receipt{Conversation: ConversationID(f.conv), User: UserID(f.user), At: f.position()}
		return &d.receipt, nil
	case "entries":
		return &Entries{ID: f.id, Conversation: ConversationID(f.conv), Entries: d.entries}, nil
	case "synced":
		return &Synced{ID: f.id, Conversation: ConversationID(f.conv), To: f.toAt, Head: f.head}, nil
	case "heartbeat":
		d.heartbeat = Heartbeat{ID: f.id}
		return &d.heartbeat, nil
	case "state":
		return &State{Conversations: d.states, More: f.more}, nil
	case "welcome":
		return &Welcome{User: UserID(f.user), Device: DeviceID(f.device), Stream: f.stream, Node: f.node,
			Conversations: int(f.conversations), Heartbeat: f.heartbeat, MaxFrame: int(f.maxFrame), MaxBody: int(f.maxBody),
			RefMaxAge: f.refMaxAge, Resumed: f.resumed}, nil
	case "drain":
		return &Drain{Within: f.within, Reason: f.reason, Hint: f.hint}, nil
	case "error":
		return &Error{Code: Code(f.code), Text: f.text, Re: opByName(f.re), ID: f.id, Conversation: ConversationID(f.conv),
			Stream: f.stream, N: f.n, RetryAfter: f.retryAfter, First: Seq(f.first)}, nil
	}
	return nil, unknownOp(f.op)
}

func (d *jsonDecoder) object(message []byte) error {
	d.f = fields{}
	d.scratch, d.entries, d.states = d.scratch[:0], d.entries[:0], d.states[:0]
	d.d.ResetBytes(message)
	err := d.d.ObjBytes(func(dec *jx.Decoder, key []byte) error { return d.member1(dec, key, &d.f) })
	if err != nil {
		return &SyntaxError{Reason: err.Error()}
	}
	if err := d.d.Skip(); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return &SyntaxError{Reason: "something follows the object"}
	}
	return nil
}

// member1 reads one member of an object into f; members that it does not know
// are skipped, so that the protocol can grow.
func (d *jsonDecoder) member1(dec *jx.Decoder, key []byte, f *fields) (err error) {
	switch string(key) {
	case "op":
		f.op, err = d.name(dec)
	case "conv":
		f.conv, err = d.name(dec)
	case "user":
		f.user, err = d.name(dec)
	case "device":
		f.device, err = d.name(dec)
	case "token":
		f.token, err = dec.Str()
	case "stream":
		f.stream, err = d.streamID(dec)
	case "id":
		f.id, err = number(dec)
	case "n":
		f.n, err = number(dec)
	case "epoch":
		if f.epoch, err = number(dec); err == nil {
			err = inEpoch(f.epoch)
		}
	case "seq":
		f.seq, err = number(dec)
	case "from":
		f.from, err = number(dec)
	case "to":
		if dec.Next() == jx.Object {
			f.toAt, err = d.position(dec)
		} else {
			f.to, err = number(dec)
		}
	case "at":
		f.at, err = dec.Int64()
	case "body":
		f.seen |= sawBody
		f.body, err = d.bytes(dec)
	case "b64":
		f.seen |= sawB64
		f.body, err = d.base64(dec)
	case "change":
		f.change, err = d.change(dec)
	case "duplicate":
		f.duplicate, err = dec.Bool()
	default:
		return d.rare(dec, key, f)
	}
	return err
}

// rare reads the members that stand in connects and refusals only.
func (d *jsonDecoder) rare(dec *jx.Decoder, key []byte, f *fields) (err error) {
	switch string(key) {
	case "entries":
		err = d.entryArray(dec)
	case "states":
		err = d.stateArray(dec)
	case "kind":
		f.kind, err = d.name(dec)
	case "head":
		f.head, err = d.position(dec)
	case "delivered":
		f.deliveredAt, err = d.position(dec)
	case "read":
		f.readAt, err = d.position(dec)
	case "first":
		f.first, err = number(dec)
	case "more":
		f.more, err = dec.Bool()
	case "node":
		f.node, err = d.name(dec)
	case "conversations":
		f.conversations, err = number(dec)
	case "heartbeat_ms":
		f.heartbeat, err = duration(dec)
	case "max_frame":
		f.maxFrame, err = number(dec)
	case "max_body":
		f.maxBody, err = number(dec)
	case "ref_max_age_ms":
		f.refMaxAge, err = duration(dec)
	case "resumed":
		f.resumed, err = dec.Bool()
	case "within_ms":
		f.within, err = duration(dec)
	case "retry_after_ms":
		f.retryAfter, err = duration(dec)
	case "reason":
		f.reason, err = dec.Str()
	case "hint":
		f.hint, err = dec.Str()
	case "code":
		f.code, err = dec.Str()
	case "text":
		f.text, err = dec.Str()
	case "re":
		f.re, err = d.name(dec)
	default:
		return dec.Skip()
	}
	return err
}

func (d *jsonDecoder) entryArray(dec *jx.Decoder) error {
	return dec.Arr(func(dec *jx.Decoder) error {
		if len(d.entries) == MaxEntries {
			return tooMany("entries", MaxEntries)
		}
		var f fields
		err := dec.ObjBytes(func(dec *jx.Decoder, key []byte) error { return d.flat(dec, key, &f) })
		d.entries = append(d.entries, f.entry())
		return err
	})
}

func (d *jsonDecoder) stateArray(dec *jx.Decoder) error {
	return dec.Arr(func(dec *jx.Decoder) error {
		if len(d.states) == MaxStates {
			return tooMany("conversations", MaxStates)
		}
		var f fields
		err := dec.ObjBytes(func(dec *jx.Decoder, key []byte) error { return d.flat(dec, key, &f) })
		if err != nil {
			return err
		}
		kind, ok := ParseKind(f.kind)
		if !ok {
			return fmt.Errorf("unknown kind %q", f.kind)
		}
		d.states = append(d.states, ConversationState{Conversation: ConversationID(f.conv), Kind: kind,
			Head: f.head, First: Seq(f.first), Delivered: f.deliveredAt, Read: f.readAt})
		return nil
	})
}

// flat reads a member of an object that stands in an array: such objects hold no
// arrays of their own.
func (d *jsonDecoder) flat(dec *jx.Decoder, key []byte, f *fields) error {
	if k := string(key); k == "entries" || k == "states" {
		return errors.New("arrays do not nest")
	}
	return d.member1(dec, key, f)
}

func (d *jsonDecoder) position(dec *jx.Decoder) (Position, error) {
	var f fields
	err := dec.ObjBytes(func(dec *jx.Decoder, key []byte) error {
		switch string(key) {
		case "epoch", "seq":
			return d.member1(dec, key, &f)
		}
		return dec.Skip()
	})
	return f.position(), err
}

// bytes reads a string into the scratch buffer. A buffer that grows moves only
// later strings: those read before keep the old one.
func (d *jsonDecoder) bytes(dec *jx.Decoder) ([]byte, error) {
	start := len(d.scratch)
	buf, err := dec.StrAppend(d.scratch)
	if err != nil {
		return nil, err
	}
	d.scratch = buf
	return buf[start:len(buf):len(buf)], nil
}

func (d *jsonDecoder) base64(dec *jx.Decoder) ([]byte, error) {
	b, err := d.bytes(dec)
	if err != nil {
		return nil, err
	}
	n, err := base64.StdEncoding.Strict().Decode(b, b)
	return b[:n], err
}

func (d *jsonDecoder) name(dec *jx.Decoder) (string, error) {
	b, err := d.bytes(dec)
	if err != nil {
		return "", err
	}
	return d.names.intern(b), nil
}

func (d *jsonDecoder) streamID(dec *jx.Decoder) (StreamID, error) {
	b, err := d.bytes(dec)
	if err != nil {
		return StreamID{}, err
	}
	if len(b) != 36 { // uuid.ParseBytes takes other forms too
		return StreamID{}, errors.New("a stream is a UUID of 36 characters")
	}
	id, err := uuid.ParseBytes(b)
	return StreamID(id), err
}

func (d *jsonDecoder) change(dec *jx.Decoder) (Change, error) {
	switch s, err := d.name(dec); {
	case err != nil:
		return None, err
	case s == "joined":
		return Joined, nil
	case s == "left":
		return Left, nil
	default:
		return None, fmt.Errorf("unknown change %q", s)
	}
}

func number(dec *jx.Decoder) (uint64, error) {
	n, err := dec.UInt64()
	if err != nil {
		return 0, err
	}
	return n, exact(n)
}

// duration reads milliseconds.
func duration(dec *jx.Decoder) (time.Duration, error) {
	ms, err := number(dec)
	if err != nil {
		return 0, err
	}
	return millis(ms)
}

func (f *fields) position() Position { return Position{Epoch: Epoch(f.epoch), Seq: Seq(f.seq)} }

func (f *fields) entry() Entry {
	return Entry{At: f.position(), User: UserID(f.user), Time: moment(f.at), Change: f.change, Body: f.body}
}

func (f *fields) hasBody() error {
	switch f.seen & (sawBody | sawB64) {
	case sawBody, sawB64:
		return nil
	case 0:
		return &SyntaxError{Reason: "body or b64 is missing"}
	}
	return &SyntaxError{Reason: "both body and b64 are given"}
}

func opByName(name string) Op {
	for op, n := range opNames {
		if n == name && op > 0 {
			return Op(op)
		}
	}
	return 0
}

func unknownOp(op string) error {
	if op == "" {
		return &SyntaxError{Reason: "op is missing"}
	}
	return &SyntaxError{Reason: fmt.Sprintf("unknown op %.40q", op)}
}
