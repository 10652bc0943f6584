package conversation

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/seed886cd727/throng/chat"
)

// Session is what one connection may do: who speaks, and what it is a member of.
// Its zero value, with Out set, waits for a hello. There is one for each
// connection, so it is kept small.
//
// 1. user, device and stream are set before the session is known to anyone but
// its hello, and do not change.
// 2. What stands in memberships is subscribed to, and nothing else is.
// 3. A closed session has no memberships and gets none.
type Session struct {
	Out Outbox

	stream chat.StreamID
	limit  *allowance // shared by the user's sessions; nil without a limit
	next   *Session   // in the directory's bucket

	phase atomic.Uint32
	syncs atomic.Int32 // unanswered

	mu          sync.Mutex
	memberships []membership // by conversation id
	departed    map[chat.ConversationID]chat.Seq
	known       bool // to the directory

	// The user's id and the device's behind it, see keep.
	users uint8  // bytes of the user's id
	names uint16 // of both
	short [28]byte
	long  *byte
}

type membership struct {
	topic *Topic
	first chat.Seq // the first entry owed
}

// The phases of a session.
const (
	expecting uint32 = iota // a hello
	welcoming               // the hello is being answered
	open
	ending // its last word was said: what still comes is not heard
	closed
)

// name sets who speaks.
func (c *Session) name(user chat.UserID, device chat.DeviceID) {
	both := string(user) + string(device)
	c.users, c.names, c.long = uint8(len(user)), uint16(len(both)), keep(c.short[:], both)
}

// user is the session's user. The string keeps the session in memory.
func (c *Session) user() chat.UserID {
	return chat.UserID(kept(c.short[:], c.long, int(c.names))[:c.users])
}

// device is the user's device that the session is of.
func (c *Session) device() chat.DeviceID {
	return chat.DeviceID(kept(c.short[:], c.long, int(c.names))[c.users:])
}

// Expecting reports whether the session still waits for its hello.
func (c *Session) Expecting() bool { return c.phase.Load() == expecting }

// Live reports whether the session was welcomed and has not ended.
func (c *Session) Live() bool { return c.phase.Load() == open }

// Ended reports whether the last word was said, by either side.
func (c *Session) Ended() bool { return c.phase.Load() >= ending }

// End says the last word to the client: nothing that it sends is heard any more.
func (c *Session) End(code uint16, reason string) {
	for {
		switch p := c.phase.Load(); {
		case p >= ending:
			return
		case c.phase.CompareAndSwap(p, ending):
			c.Out.Shutdown(code, reason)
			return
		}
	}
}

// member finds the session's membership of a conversation.
func (c *Session) member(id chat.ConversationID) (membership, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, ok := c.find(id)
	if !ok || c.memberships[i].topic.Removed() {
		return membership{}, false
	}
	return c.memberships[i], true
}

func (c *Session) find(id chat.ConversationID) (int, bool) {
	return slices.BinarySearchFunc(c.memberships, id, func(m membership, id chat.ConversationID) int {
		return strings.Compare(string(m.topic.ID()), string(id))
	})
}

// enter makes the session a member from first on, and subscribes it. It reports
// false where there is nothing to do: it is one already, it is closed, or it has
// left since.
func (c *Session) enter(rooms Rooms, id chat.ConversationID, kind chat.Kind, first chat.Seq) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase.Load() == closed || c.departed[id] > first {
		return false
	}
	i, ok := c.find(id)
	switch {
	case !ok:
		c.memberships = slices.Insert(c.memberships, i, membership{rooms.Subscribe(id, kind, c.Out), first})
	case c.memberships[i].topic.Removed():
		c.memberships[i] = membership{rooms.Subscribe(id, kind, c.Out), first}
	default:
		return false
	}
	return true
}

// expectMemberships makes room for n memberships.
func (c *Session) expectMemberships(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.memberships = slices.Grow(c.memberships, n)
}

// depart ends the session's membership by the log's entry at seq. While the
// hello is being answered the departure is remembered: the hello may have read
// its memberships before.
func (c *Session) depart(rooms Rooms, id chat.ConversationID, seq chat.Seq) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase.Load() == welcoming {
		if c.departed == nil {
			c.departed = make(map[chat.ConversationID]chat.Seq)
		}
		c.departed[id] = seq
	}
	i, ok := c.find(id)
	if !ok || c.memberships[i].first > seq {
		return
	}
	rooms.Unsubscribe(c.memberships[i].topic, c.Out, false)
	c.memberships = slices.Delete(c.memberships, i, i+1)
}

// welcomed opens the session. It reports false when it ended meanwhile.
func (c *Session) welcomed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.departed = nil
	return c.phase.CompareAndSwap(welcoming, open)
}

// close ends all memberships, for good, and reports whether the directory knows
// the session.
func (c *Session) close(rooms Rooms) (known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase.Store(closed)
	for _, m := range c.memberships {
		rooms.Unsubscribe(m.topic, c.Out, true)
	}
	c.memberships, c.departed = nil, nil
	return c.known
}
