package conversation

import (
	"context"
	"errors"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// Log is the message log and what is kept beside it: the truth about
// conversations, members, refs and cursors. Drivers live in server/store. All
// methods may be called concurrently.
//
// 1. seqs of a conversation are 1, 2, 3 … without a hole, in the order in which
// the log took the writes.
// 2. A write is handed to Committed only when it is as durable as the log
// promises.
// 3. The same (user, conversation, ref) is stored once; see [Write].
type Log interface {
	// Submit queues writes and returns at once. What became of them is told to
	// the Committed function that the log was opened with. Writes that one
	// goroutine submits to one conversation are taken in that order. It fails
	// with ErrOverloaded, and takes none of them, when too much is queued.
	Submit(writes ...*Write) error

	// Range calls yield for the entries from … to of a conversation, in order,
	// until yield returns false. The entry and its body are valid during the
	// call. It fails with ErrNotFound for an unknown conversation, and with a
	// *GoneError when entries from `from` on were removed. It may block on disk.
	Range(id chat.ConversationID, from, to chat.Seq, yield func(chat.Entry) bool) error

	// Memberships lists what user is a member of, with the cursors of the user
	// and of device. It may block on disk.
	Memberships(user chat.UserID, device chat.DeviceID) ([]Membership, error)

	// Conversation gives a conversation's state, or ErrNotFound.
	Conversation(id chat.ConversationID) (State, error)

	// Members calls yield for the conversation's present members.
	Members(id chat.ConversationID, yield func(chat.UserID) bool) error

	// Provision creates conversations with their first members, who are owed
	// everything from seq 1 on. One that exists with the same kind and members
	// is left as it is and counted as existing; with others it fails with
	// ErrConflict. It is as durable as the log promises when it returns.
	Provision(ctx context.Context, specs []Spec) (created, existing int, err error)

	// Remove deletes conversations with all that belongs to them. Unknown ones
	// are passed over. It returns how many there were.
	Remove(ctx context.Context, ids []chat.ConversationID) (int, error)

	// Stats counts since the log was opened.
	Stats() LogStats

	// Close takes no more writes, finishes those that were submitted, and closes
	// the files.
	Close() error
}

// Committed is told what became of a batch of writes, in the order in which the
// log took them. It is called on the log's own goroutine, one call at a time:
// it must be quick and must not call back into the log's Submit while blocking.
// The slice is only valid during the call; the writes belong to the callee.
type Committed func(batch []*Write)

// Verb says what a write does.
type Verb uint8

// The writes.
const (
	Append    Verb = iota + 1 // a message of User with Ref and Body
	Join                      // User becomes a member: an entry of the log
	Leave                     // User is no member any more: an entry of the log
	Delivered                 // the cursor of (User, Device) moves to Cursor
	Read                      // the cursor of User moves to Cursor
)

// Write is one thing for the log to do, and then what became of it.
//
// For Append: with Ref.N above the highest of its (conversation, user, stream)
// it is new. Between the lowest kept and the highest: the stored seq with
// Duplicate, or new if that N was never stored. Below: ErrRefTooOld. Streams
// are judged by age before they are submitted, by the rules, not by the log.
//
// Join of a member and Leave of another are duplicates that store nothing:
// Duplicate is set, At is the head. A cursor only moves forward within an epoch
// and not past the head: else Err is ErrCursor, or Duplicate is set when it
// would not move.
type Write struct {
	Verb         Verb
	Conversation chat.ConversationID
	User         chat.UserID
	Device       chat.DeviceID
	Ref          chat.Ref
	Body         []byte // owned by the log from Submit to Committed, and unchanged
	Cursor       chat.Position
	From         any // the submitter's own mark, untouched by the log

	At        chat.Position // of the entry; the cursor's value for cursors
	Time      time.Time     // the log's clock, to the millisecond; of the first time for a duplicate
	Duplicate bool
	Err       error
}

// Spec provisions one conversation.
type Spec struct {
	ID      chat.ConversationID
	Kind    chat.Kind
	Members []chat.UserID
}

// State is what a log knows of a conversation.
type State struct {
	Kind    chat.Kind
	Head    chat.Position // Epoch 1, Seq 0 when nothing was appended yet
	First   chat.Seq      // the first entry still kept
	Members int
}

// Membership is one conversation of a user.
type Membership struct {
	Conversation chat.ConversationID
	Kind         chat.Kind
	Head         chat.Position
	First        chat.Seq // the first entry that the user is owed and the log still has
	Delivered    chat.Position
	Read         chat.Position
}

// LogStats counts what a log did.
type LogStats struct {
	Appends, Duplicates, Refused uint64
	Batches                      uint64 // commits, each with one fsync where the durability asks for it
	StoreWrites, LogicalBytes    uint64 // keys, and bytes of keys and values, written for them
	StoreBytes                   uint64 // bytes that went to files: the write-ahead log, flushes and compactions
	Queued                       int    // writes that wait now
	FsyncSeconds                 float64
}

// GoneError says that a range is no longer kept, and what is.
type GoneError struct{ First chat.Seq }

func (e *GoneError) Error() string { return "the range is no longer kept" }

// Why a log refuses.
var (
	ErrNotFound   = errors.New("no such conversation")
	ErrNotMember  = errors.New("not a member of the conversation")
	ErrConflict   = errors.New("exists with another kind or other members")
	ErrRefTooOld  = errors.New("the ref lies below what is kept")
	ErrCursor     = errors.New("the cursor lies behind the head or in an unknown epoch")
	ErrOverloaded = errors.New("too many writes wait")
	ErrClosed     = errors.New("the log is closed")
)
