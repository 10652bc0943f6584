package faulty

import (
	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

// swap is two messages in a row that one session gets with their seqs exchanged,
// when another has read them as they are: whoever hears them first decides what the
// checks take for right. What comes meanwhile waits for that session.
type swap struct {
	deceived      conversation.Outbox
	first, second *chat.Message
	behind        []*chat.Message
}

// Push notes who sent last in a conversation: that session is the one to be
// deceived.
func (p *publisher) Push(o conversation.Outbox, e chat.Event) {
	p.Publisher.Push(o, e)
	if ack, ok := e.(*chat.Ack); ok && p.faults.strikes[Swap] != nil {
		p.senders[ack.Conversation] = o
	}
}

// swapped takes a message that one session shall get with another seq, or behind
// such, and tells it to the others. It reports whether that is all that is to be
// done with it. The two behind a message that is struck are not counted.
func (p *publisher) swapped(id chat.ConversationID, m *chat.Message) bool {
	s := p.swaps[id]
	switch {
	case s != nil && s.second == nil:
		s.second = copyOf(m)
	case s != nil && len(s.behind) == 0:
		s.behind = append(s.behind, copyOf(m))
	case p.senders[id] != nil && p.faults.hits(Swap):
		p.deceive(id)
		s = &swap{deceived: p.senders[id], first: copyOf(m)}
		p.swaps[id] = s
	case s != nil:
		s.behind = append(s.behind, copyOf(m))
	default:
		return false
	}
	p.Publisher.Publish(id, m, s.deceived)
	return true
}

// read takes word of a read cursor: what it lies behind has arrived.
func (p *publisher) read(id chat.ConversationID, r *chat.Receipt, reader conversation.Outbox) {
	s := p.swaps[id]
	if s != nil && len(s.behind) > 0 && reader != s.deceived && r.At.Seq >= s.second.At.Seq {
		p.deceive(id)
	}
}

// deceive tells a session what it was to get, if there is anything.
func (p *publisher) deceive(id chat.ConversationID) {
	s := p.swaps[id]
	if s == nil {
		return
	}
	delete(p.swaps, id)
	first, second := *s.first, *s.second
	first.Entry, second.Entry = at(first.At, s.second.Entry), at(second.At, s.first.Entry)
	p.Publisher.Push(s.deceived, &first)
	p.Publisher.Push(s.deceived, &second)
	for _, m := range s.behind {
		p.Publisher.Push(s.deceived, m)
	}
}

// at is an entry in another place.
func at(p chat.Position, e chat.Entry) chat.Entry {
	e.At = p
	return e
}

// copyOf is a message that stays valid.
func copyOf(m *chat.Message) *chat.Message {
	c := *m
	c.Body = append([]byte(nil), m.Body...)
	return &c
}
