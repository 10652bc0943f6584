// Package target holds the protocols of the systems under test, one driver
// each. A [Protocol] turns what a simulated user wants to say into the payload of
// a WebSocket message, and what it hears into calls of a [Hearer]. The reference
// server's protocol is one of them.
package target

import (
	"fmt"
	"time"
)

// Position is a place in a conversation's log.
type Position struct {
	Epoch uint32
	Seq   uint64
}

// Stream names the sender's counter of sends; the target issues it.
type Stream [16]byte

// Hello is who connects.
type Hello struct {
	User, Device string
	Token        string // empty without authentication
	Stream       Stream // zero on the first connection
}

// Send is a message to be stored.
type Send struct {
	Conversation string
	Stream       Stream // zero: that of the connection's welcome
	N            uint64
	Body         []byte
}

// Sync asks for the entries of a conversation from one seq on, up to another; To
// is 0 for all there are. The answer carries ID, which is above 0.
type Sync struct {
	ID           uint64
	Conversation string
	Epoch        uint32 // of the client's cursor; 0 if it has none
	From, To     uint64
}

// Welcome is the answer to a hello.
type Welcome struct {
	Stream  Stream
	MaxBody int // bytes
}

// State is where the session stands in one conversation.
type State struct {
	Conversation string
	Head         Position
	First        uint64 // the first seq that is owed
	Read         Position
}

// Ack says that a send is stored.
type Ack struct {
	Conversation string
	Stream       Stream // zero: that of the welcome
	N            uint64
	At           Position
	Duplicate    bool
}

// Entry is one of a conversation's log: a message, or a change of members.
type Entry struct {
	Conversation string
	At           Position
	Change       bool
	Synced       bool // it answers a Sync, and was not pushed
	Body         []byte
}

// Receipt says how far a user has read.
type Receipt struct {
	Conversation, User string
	At                 Position
}

// Refusal is the answer to a request that the target declined.
type Refusal struct {
	Code, Text   string
	Send         bool // it was a send, namely N of Stream
	Sync         bool // it was a sync, with ID
	Conversation string
	Stream       Stream // zero: that of the welcome
	N, ID        uint64
	First        uint64        // of a sync: the first seq that can still be had
	RetryAfter   time.Duration // when the same may be asked again; 0: never
}

// Hearer hears what a message says. What is handed over is valid during the call.
type Hearer interface {
	Welcome(Welcome)
	State(State)
	// Listed says that all states were told: the connection is usable.
	Listed()
	Ack(Ack)
	Entry(*Entry)
	// Synced ends the answer to the sync of a conversation with that id.
	Synced(conversation string, id uint64)
	Receipt(Receipt)
	Refused(Refusal)
	// Drain asks to reconnect at a moment within a time.
	Drain(within time.Duration)
}

// Protocol is one protocol. Its methods may be called concurrently.
type Protocol interface {
	Subprotocols() []string
	Path() string // where the target has it, unless a URL says otherwise
	Binary() bool // whether payloads travel in binary frames
	AppendHello(dst []byte, h Hello) []byte
	AppendSend(dst []byte, s *Send) []byte
	AppendSync(dst []byte, s Sync) []byte
	AppendRead(dst []byte, conversation string, at Position) []byte
	NewDecoder() Decoder
}

// Decoder reads payloads; one goroutine at a time uses it.
type Decoder interface {
	// Decode tells h what the payload says.
	Decode(payload []byte, h Hearer) error
}

// New finds a protocol by its name in scenarios.
func New(protocol, codec string) (Protocol, error) {
	if protocol != "throng" {
		return nil, fmt.Errorf("protocol %q: this version speaks throng", protocol)
	}
	return newThrong(codec)
}
