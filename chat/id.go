// Package chat is the chat protocol that both ends share: its operations, the
// codecs that carry them, close codes and limits. It does no I/O.
//
// A client speaks [Request]s (Hello, Send, Join, Leave, Delivered, Read, Sync,
// Heartbeat) and hears [Event]s (Welcome, State, Ack, Message, Member, Receipt,
// Entries, Synced, Heartbeat, Drain, Error). docs/protocol.md tells the whole
// conversation, with a transcript of each operation.
package chat

import (
	"time"

	"github.com/google/uuid"
)

type (
	// UserID names a person. 1 to [MaxID] bytes of UTF-8.
	UserID string
	// DeviceID names one device of a user. 1 to [MaxID] bytes of UTF-8.
	DeviceID string
	// ConversationID names a conversation. 1 to [MaxID] bytes of UTF-8.
	ConversationID string
	// Seq is a message's number in its conversation: 1, 2, 3 …, dense.
	Seq uint64
	// Epoch is a conversation's life in its log. It starts at 1 and changes only
	// when a log lost its tail.
	Epoch uint32
	// StreamID is the first part of a ref: a UUIDv7 that the server issued, so
	// that its age stands in it.
	StreamID uuid.UUID
)

// Position is a place in a conversation. Positions order by (Epoch, Seq). The
// zero Position lies before everything.
type Position struct {
	Epoch Epoch
	Seq   Seq
}

// Compare returns -1, 0 or +1 as p lies before, at or behind q.
func (p Position) Compare(q Position) int {
	switch {
	case p.Epoch != q.Epoch && p.Epoch < q.Epoch, p.Epoch == q.Epoch && p.Seq < q.Seq:
		return -1
	case p == q:
		return 0
	}
	return 1
}

// Ref is the sender's own name for a send: a retry with the same Ref stores
// nothing twice. N counts up over all conversations of the stream, from 1.
type Ref struct {
	Stream StreamID
	N      uint64
}

// NewStream issues a stream id that carries the present time.
func NewStream() (StreamID, error) {
	id, err := uuid.NewV7()
	return StreamID(id), err
}

// IsZero reports whether the stream was never issued.
func (s StreamID) IsZero() bool { return s == StreamID{} }

// String gives the canonical form, 36 characters.
func (s StreamID) String() string { return uuid.UUID(s).String() }

// Time is the moment at which the stream was issued, to the millisecond. It is
// only meaningful for a UUIDv7 (RFC 9562, section 5.7), see [StreamID.Valid].
func (s StreamID) Time() time.Time {
	ms := int64(s[0])<<40 | int64(s[1])<<32 | int64(s[2])<<24 | int64(s[3])<<16 | int64(s[4])<<8 | int64(s[5])
	return time.UnixMilli(ms)
}

// Valid reports whether the id has the version and variant of a UUIDv7.
func (s StreamID) Valid() bool {
	u := uuid.UUID(s)
	return u.Version() == 7 && u.Variant() == uuid.RFC4122
}

// Kind says how a conversation is used and fanned out.
type Kind uint8

// The kinds of conversation.
const (
	Direct  Kind = iota + 1 // two members
	Group                   // small
	Channel                 // up to many thousand members
)

var kindNames = [...]string{Direct: "direct", Group: "group", Channel: "channel"}

// String gives the kind's name in the protocol.
func (k Kind) String() string {
	if int(k) < len(kindNames) && k > 0 {
		return kindNames[k]
	}
	return "unknown"
}

// ParseKind reads a kind's name.
func ParseKind(name string) (Kind, bool) {
	for k, n := range kindNames {
		if n == name && k > 0 {
			return Kind(k), true
		}
	}
	return 0, false
}
