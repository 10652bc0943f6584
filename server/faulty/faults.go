package faulty

import (
	"sync/atomic"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

// Faults makes the decorators. Without faults they are what they decorate.
type Faults struct {
	strikes   map[Kind]*strike
	mutate    func([]byte) []byte
	forgotten forgotten
}

// New prepares faults. mutate turns a body into one that nobody sent, for
// Invent; nil puts an x behind it.
func New(faults []Fault, mutate func([]byte) []byte) *Faults {
	if mutate == nil {
		mutate = func(body []byte) []byte { return append(body[:len(body):len(body)], 'x') }
	}
	f := &Faults{strikes: make(map[Kind]*strike), mutate: mutate}
	f.forgotten.entries = make(map[place]bool)
	for _, one := range faults {
		f.strikes[one.Kind] = &strike{every: uint64(one.Every)}
	}
	return f
}

// hits reports whether a fault strikes now. Concurrent.
func (f *Faults) hits(k Kind) bool {
	s := f.strikes[k]
	return s != nil && s.count.Add(1)%s.every == 0
}

type strike struct {
	every uint64
	count atomic.Uint64
}

// place is one entry of one log.
type place struct {
	conversation chat.ConversationID
	seq          chat.Seq
}

// Rooms decorates rooms.
func (f *Faults) Rooms(r conversation.Rooms) conversation.Rooms {
	if len(f.strikes) == 0 {
		return r
	}
	return &rooms{r, f}
}

// Log decorates a log.
func (f *Faults) Log(l conversation.Log) conversation.Log {
	if len(f.strikes) == 0 {
		return l
	}
	return &log{Log: l, faults: f, elsewhere: make(map[chat.ConversationID]chat.UserID)}
}

// Committed decorates what the log tells of its commits.
func (f *Faults) Committed(next conversation.Committed) conversation.Committed {
	if len(f.strikes) == 0 {
		return next
	}
	return func(batch []*conversation.Write) {
		for _, w := range batch {
			if w.Verb == conversation.Append && w.Err == nil && !w.Duplicate && f.hits(Forget) {
				f.forgotten.add(place{w.Conversation, w.At.Seq})
			}
		}
		next(batch)
	}
}
