package conversation

import (
	"sync/atomic"

	"github.com/seed886cd727/throng/chat"
)

// Outbox is the way to a session's client. Its methods may be called
// concurrently and never wait for the client.
type Outbox interface {
	// Push queues an event behind those that were queued before. The event is
	// valid during the call only.
	Push(chat.Event)
	// Flush writes what was queued.
	Flush()
	// Hold keeps back what rooms have for the session until Release, so that
	// nothing live overtakes the answer to a hello.
	Hold()
	// Release queues what was held, in order, without the entries that told says
	// the client was told of: it will ask for those. It reports false when that was
	// too much to keep: then some of it is lost, and the connection must be.
	Release(told func(chat.ConversationID, chat.Position) bool) bool
	// Backlog is how many bytes wait for the client.
	Backlog() int
	// Shutdown ends the connection, behind what was queued.
	Shutdown(code uint16, reason string)
}

// Topic is a conversation as those refer to it who listen: one pointer instead
// of an id each. It is 32 bytes and must not be copied.
type Topic struct {
	long  *byte
	flags atomic.Uint32 // the kind, and removed
	n     uint8         // bytes of the id
	short [19]byte
}

const removed = 1 << 31

// Name sets what the topic is, before anyone refers to it.
func (t *Topic) Name(id chat.ConversationID, kind chat.Kind) {
	t.long, t.n = keep(t.short[:], string(id)), uint8(len(id))
	t.flags.Store(uint32(kind))
}

// ID is the conversation's. It keeps the topic in memory.
func (t *Topic) ID() chat.ConversationID {
	return chat.ConversationID(kept(t.short[:], t.long, int(t.n)))
}

// Kind is the conversation's.
func (t *Topic) Kind() chat.Kind { return chat.Kind(t.flags.Load() &^ removed) }

// Remove marks the conversation as deleted: whoever still refers to it is a
// member no more.
func (t *Topic) Remove() { t.flags.Or(removed) }

// Removed reports whether the conversation was deleted.
func (t *Topic) Removed() bool { return t.flags.Load()&removed != 0 }

// Rooms knows who on this node listens to which conversation. Its methods may
// be called concurrently.
type Rooms interface {
	// Subscribe makes o hear what is published from now on. An outbox subscribes
	// to a conversation once.
	Subscribe(id chat.ConversationID, kind chat.Kind, o Outbox) *Topic
	// Unsubscribe ends that. gone says that the connection is no more, so that
	// the room may put off tidying up.
	Unsubscribe(t *Topic, o Outbox, gone bool)
	// Drop forgets a conversation that was deleted, and marks its topic.
	Drop(id chat.ConversationID)
	// Publisher gives a publisher for the use of one goroutine at a time.
	Publisher() Publisher
}

// Publisher tells events to sessions. They are valid during the call only.
// Nothing is written before Flush: so an acknowledgement, the sender's own copy
// and whatever else came in the meantime leave in one write.
type Publisher interface {
	// Publish tells everyone who listens to the conversation, except one (or nil).
	Publish(id chat.ConversationID, e chat.Event, except Outbox)
	// Push tells one session, in order with what is published to it.
	Push(o Outbox, e chat.Event)
	// Flush writes what was queued since the last Flush, once per connection.
	Flush()
}
