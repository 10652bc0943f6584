package check

import (
	"sync"
	"sync/atomic"
	"time"
)

// Seq is a message's number in its conversation, from 1 on.
type Seq = uint64

// Position is a place in a conversation's log.
type Position struct {
	Epoch uint32
	Seq   Seq
}

// Sender is a session that sends. Counters are per sender and conversation: the
// order of one user's two devices is not promised.
type Sender struct {
	User   uint32
	Device uint8
}

// Receiver is a session's place in one conversation, from 0 up to
// Config.Places of it: the member's index times Config.Devices, plus the device.
type Receiver struct{ Conversation, Place uint32 }

// Config is what a checker must know of a run.
type Config struct {
	Run    uint32
	Places []uint32 // how many receivers each conversation has

	// Report takes the evidence of what was found, at most 1,000 findings of each
	// figure. It may be called concurrently, and must not call the checker: a
	// conversation is locked meanwhile. Nil: none is wanted.
	Report func(Finding)

	// Devices is how many places each member has; 0: 1.
	Devices uint32

	// ReceiptMembers is up to how many places a conversation may have for its read
	// receipts to be followed, which takes 8 bytes for each pair of a place and a
	// member. 0: none is followed.
	ReceiptMembers int

	// Window is how many of a conversation's newest seqs are remembered with their
	// messages, which takes 12 bytes each; it is rounded up to a power of two. 0:
	// 1,024. A seq that changes its message when it lies further back than that is
	// not noticed.
	Window int
}

// How is in what way an entry arrived.
type How uint8

// An entry is pushed live unless it is Synced.
const (
	Live           How = 0
	Synced         How = 1 << 0 // the answer to a request for a range
	AfterReconnect How = 1 << 1 // between a new connection and its synced: holes are no gaps
)

// Arrival is what an entry was to its receiver.
type Arrival struct {
	Header Header // what the body claims; sound if OK
	// OK: a message of this run and this conversation, sent and intact: a latency
	// may be taken from Header.Due if it is the First.
	OK    bool
	First bool // this receiver had nothing of that seq before
	Gap   bool // it left a hole before it that was not there before: something was lost or overtaken
	// Healed is how many gaps it closed, 0 or 1, and HealedAfter how long that one
	// was open.
	Healed      int
	HealedAfter time.Duration
}

// Checker judges a run. All of its methods may be called concurrently. A receiver,
// conversation or member that Config.Places does not have is a fault of the caller
// and panics; what a server tells never does.
//
// Times are since the run's start.
type Checker struct {
	config        Config
	window        uint64
	conversations []conversation
	// The next two have no conversation of ours that they belong to.
	foreign, misdelivered atomic.Int64
	reported              [figures]atomic.Int64
	raw                   sync.Pool // of *[rawSize]byte, for parse
}

// New prepares for a run.
func New(c Config) *Checker {
	c.Devices = max(c.Devices, 1)
	if c.Window <= 0 {
		c.Window = 1024
	}
	k := &Checker{config: c, window: powerOfTwo(uint64(c.Window)), conversations: make([]conversation, len(c.Places))}
	var total int
	for _, n := range c.Places {
		total += int(n)
	}
	places := make([]place, total)
	for i := range places {
		places[i].first = 1
	}
	for i, n := range c.Places {
		k.conversations[i].places, places = places[:n:n], places[n:]
	}
	return k
}

// Deliveries is how many messages arrived so far, duplicates among them.
func (c *Checker) Deliveries() int64 {
	var n int64
	c.each(func(_ uint32, v *conversation) { n += int64(v.deliveries) })
	return n
}

// lock locks a conversation in which nothing may have been said.
func (c *Checker) lock(conversation uint32) *conversation {
	v := &c.conversations[conversation]
	v.mu.Lock()
	return v
}

// at locks a conversation in which something is said now.
func (c *Checker) at(conversation uint32) *conversation {
	v := c.lock(conversation)
	if v.talk == nil {
		v.talk = new(talk)
	}
	return v
}

// each calls f with each conversation in which something was said, locked.
func (c *Checker) each(f func(number uint32, v *conversation)) {
	for i := range c.conversations {
		v := c.lock(uint32(i))
		if v.talk != nil {
			f(uint32(i), v)
		}
		v.mu.Unlock()
	}
}

// parse is ParseBody without its allocation.
func (c *Checker) parse(body []byte) (Header, error) {
	raw, ok := c.raw.Get().(*[rawSize]byte)
	if !ok {
		raw = new([rawSize]byte)
	}
	defer c.raw.Put(raw)
	return parse(body, raw)
}
