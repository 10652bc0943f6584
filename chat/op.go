package chat

import "time"

// Op names an operation on the wire.
type Op uint8

// The operations. The first block is said by clients, the second by servers;
// Heartbeat is said by both.
const (
	OpHello Op = iota + 1
	OpSend
	OpJoin
	OpLeave
	OpDelivered
	OpRead
	OpSync
	OpHeartbeat

	OpWelcome
	OpState
	OpAck
	OpMessage
	OpMember
	OpReceipt
	OpEntries
	OpSynced
	OpDrain
	OpError
)

var opNames = [...]string{
	OpHello: "hello", OpSend: "send", OpJoin: "join", OpLeave: "leave",
	OpDelivered: "delivered", OpRead: "read", OpSync: "sync", OpHeartbeat: "heartbeat",
	OpWelcome: "welcome", OpState: "state", OpAck: "ack", OpMessage: "message",
	OpMember: "member", OpReceipt: "receipt", OpEntries: "entries", OpSynced: "synced",
	OpDrain: "drain", OpError: "error",
}

// String gives the operation's name on the wire.
func (o Op) String() string {
	if int(o) < len(opNames) && o > 0 {
		return opNames[o]
	}
	return "unknown"
}

// Request is what a client says: one of *Hello, *Send, *Join, *Leave,
// *Delivered, *Read, *Sync and *Heartbeat.
type Request interface {
	request() Op
	fault() error
}

// Event is what a server says: one of *Welcome, *State, *Ack, *Message,
// *Member, *Receipt, *Entries, *Synced, *Heartbeat, *Drain and *Error.
type Event interface {
	event() Op
	fault() error
}

// Hello is a connection's first request. With a token the user comes from it
// (and a User beside it must be the same); a server without authentication
// believes User.
type Hello struct {
	User   UserID
	Device DeviceID
	Token  string
	Stream StreamID // the session's stream, to keep it; zero asks for a new one
}

// Send stores a message. It is answered by an Ack or an Error with the same ref.
type Send struct {
	Conversation ConversationID
	Stream       StreamID // zero: the session's stream, as the Welcome named it
	N            uint64
	Body         []byte // opaque
}

// Join makes the user a member of a channel or group that lets it in. Answered
// by an Ack with ID, and told to all members as a Member entry.
type Join struct {
	ID           uint64
	Conversation ConversationID
}

// Leave ends the user's membership. Answered as Join is.
type Leave struct {
	ID           uint64
	Conversation ConversationID
}

// Delivered moves the session's delivered cursor forward. Not answered.
type Delivered struct {
	Conversation ConversationID
	At           Position
}

// Read moves the user's read cursor forward. Not answered; the other members
// hear a Receipt.
type Read struct {
	Conversation ConversationID
	At           Position
}

// Sync asks for the entries From … To of a conversation, both included. It is
// answered by Entries events and one Synced (or one Error), all with ID.
type Sync struct {
	ID           uint64
	Conversation ConversationID
	Epoch        Epoch // the epoch of the client's cursor; 0 if it has none
	From         Seq   // at least 1
	To           Seq   // 0: up to the head
}

// Heartbeat asks for a sign of life; the server answers with the same ID.
// Browsers cannot see WebSocket pings.
type Heartbeat struct{ ID uint64 }

// Welcome accepts a Hello. Conversations of the session follow in State events.
type Welcome struct {
	User          UserID
	Device        DeviceID
	Stream        StreamID // what the session's refs carry from now on
	Node          string
	Conversations int           // how many conversations the State events will name
	Heartbeat     time.Duration // the interval of silence after which the server pings; 0: never
	MaxFrame      int           // bytes
	MaxBody       int           // bytes
	RefMaxAge     time.Duration
	Resumed       bool // the stream that the client named goes on
}

// State names conversations that the session is a member of. Live messages may
// come between the State events; each of them lies behind its conversation's
// Head or was counted in it.
type State struct {
	Conversations []ConversationState
	More          bool // another State event follows; false ends the connect
}

// ConversationState is where a session stands in one conversation.
type ConversationState struct {
	Conversation ConversationID
	Kind         Kind
	Head         Position // the last entry of the log
	First        Seq      // the first entry that the user is owed and the log still has
	Delivered    Position // the session's delivered cursor
	Read         Position // the user's read cursor
}

// Ack says that a send, join or leave is in the log, as durable as the server
// promises.
type Ack struct {
	Conversation ConversationID
	ID           uint64   // of a Join or Leave; 0 for a send
	Stream       StreamID // of a send
	N            uint64
	At           Position
	Time         time.Time // when the log took it, to the millisecond; for people, not for order
	Duplicate    bool      // stored before: At is the first time's
}

// Entry is one entry of a conversation's log: a message, or a change of members.
type Entry struct {
	At     Position
	User   UserID // who sent it; who joined or left
	Time   time.Time
	Change Change // None for a message
	Body   []byte // of a message
}

// Change says what a log entry does to the members.
type Change uint8

// The changes.
const (
	None Change = iota
	Joined
	Left
)

// Message is a live message: dense and increasing per conversation on one
// connection.
type Message struct {
	Conversation ConversationID
	Entry
}

// Member is a live change of members; it takes a seq as a message does.
type Member struct {
	Conversation ConversationID
	Entry
}

// Receipt tells that User has read up to At. Receipts are coalesced: only the
// newest counts.
type Receipt struct {
	Conversation ConversationID
	User         UserID
	At           Position
}

// Entries carries a part of the answer to a Sync, in order. It lies outside the
// live order.
type Entries struct {
	ID           uint64
	Conversation ConversationID
	Entries      []Entry
}

// Synced ends the answer to a Sync: all that was asked for, up to To, was sent.
type Synced struct {
	ID           uint64
	Conversation ConversationID
	To           Position // the last entry of the answer's range
	Head         Position // the log's end when the answer was made
}

// Drain asks the client to reconnect at a moment of its own choosing within
// Within; until then the server goes on serving it.
type Drain struct {
	Within time.Duration
	Reason string
	Hint   string // where to go; empty: the same address
}

// Error refuses a request, which ID or (Stream, N) names, and says why.
type Error struct {
	Code         Code
	Text         string // for people
	Re           Op     // the operation refused
	ID           uint64
	Conversation ConversationID
	Stream       StreamID
	N            uint64
	RetryAfter   time.Duration // 0: do not retry unchanged
	First        Seq           // of Gone: the first seq that can still be had
}

// Code says why a request was refused.
type Code string

// The codes.
const (
	BadRequest   Code = "bad_request"   // malformed; the connection is closed as well
	Unauthorized Code = "unauthorized"  // the token was refused; the connection is closed as well
	NotMember    Code = "not_member"    // the conversation is unknown, or the user is no member of it
	NotAllowed   Code = "not_allowed"   // e.g. leaving a direct conversation
	BodyTooBig   Code = "body_too_big"  // above Welcome.MaxBody
	RefTooOld    Code = "ref_too_old"   // past the window within which duplicates are known; not stored
	RefInFuture  Code = "ref_in_future" // the stream lies more than RefMaxAhead ahead
	RefUnknown   Code = "ref_unknown"   // the stream is not one that this server could have issued
	Gone         Code = "gone"          // the range asked for is no longer kept; First can be had
	RateLimited  Code = "rate_limited"  // RetryAfter says when
	Overloaded   Code = "overloaded"    // RetryAfter says when
	Unavailable  Code = "unavailable"   // the log cannot be reached or written; RetryAfter says when
)

func (*Hello) request() Op     { return OpHello }
func (*Send) request() Op      { return OpSend }
func (*Join) request() Op      { return OpJoin }
func (*Leave) request() Op     { return OpLeave }
func (*Delivered) request() Op { return OpDelivered }
func (*Read) request() Op      { return OpRead }
func (*Sync) request() Op      { return OpSync }
func (*Heartbeat) request() Op { return OpHeartbeat }

func (*Welcome) event() Op   { return OpWelcome }
func (*State) event() Op     { return OpState }
func (*Ack) event() Op       { return OpAck }
func (*Message) event() Op   { return OpMessage }
func (*Member) event() Op    { return OpMember }
func (*Receipt) event() Op   { return OpReceipt }
func (*Entries) event() Op   { return OpEntries }
func (*Synced) event() Op    { return OpSynced }
func (*Heartbeat) event() Op { return OpHeartbeat }
func (*Drain) event() Op     { return OpDrain }
func (*Error) event() Op     { return OpError }

// RequestOp gives a request's operation.
func RequestOp(r Request) Op { return r.request() }

// EventOp gives an event's operation.
func EventOp(e Event) Op { return e.event() }
