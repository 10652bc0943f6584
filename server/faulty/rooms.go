package faulty

import (
	"sync"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

type rooms struct {
	conversation.Rooms
	faults *Faults
}

func (r *rooms) Publisher() conversation.Publisher {
	return &publisher{Publisher: r.Rooms.Publisher(), late: r.Rooms.Publisher(), faults: r.faults, held: make(map[chat.ConversationID]*chat.Message),
		senders: make(map[chat.ConversationID]conversation.Outbox), swaps: make(map[chat.ConversationID]*swap)}
}

// publisher tells things that are not so. A conversation has one publisher, so
// what it holds back of it meets the next message here.
type publisher struct {
	conversation.Publisher
	faults *Faults

	senders map[chat.ConversationID]conversation.Outbox // of each conversation, who sent last
	swaps   map[chat.ConversationID]*swap               // under way

	mu   sync.Mutex // of what follows, which a timer may come to as well
	late conversation.Publisher
	held map[chat.ConversationID]*chat.Message
}

// patience is how long a message that is to be overtaken waits for another.
const patience = 5 * time.Second

func (p *publisher) Publish(id chat.ConversationID, e chat.Event, except conversation.Outbox) {
	switch e := e.(type) {
	case *chat.Message:
		p.message(id, e)
	case *chat.Receipt:
		p.Publisher.Publish(id, e, except)
		p.read(id, e, except)
		if p.faults.hits(StaleReceipt) && e.At.Seq > 1 {
			stale := *e
			stale.At.Seq--
			p.Publisher.Publish(id, &stale, except)
		}
	default:
		p.Publisher.Publish(id, e, except)
	}
}

func (p *publisher) message(id chat.ConversationID, m *chat.Message) {
	if p.faults.forgotten.has(place{id, m.At.Seq}) || p.faults.hits(Drop) || p.swapped(id, m) {
		return
	}
	overtaken := p.take(id, nil)
	if overtaken == nil && p.faults.hits(Reorder) {
		p.hold(id, *m)
		return
	}
	p.push(id, *m)
	if overtaken != nil {
		p.push(id, *overtaken)
	}
}

// push takes a copy of the message, since it may change it.
func (p *publisher) push(id chat.ConversationID, m chat.Message) {
	if n := len(m.Body); n > 0 && p.faults.hits(Corrupt) {
		m.Body = append([]byte(nil), m.Body...)
		m.Body[n-1] ^= 1
	}
	p.Publisher.Publish(id, &m, nil)
	if p.faults.hits(Duplicate) {
		p.Publisher.Publish(id, &m, nil)
	}
}

func (p *publisher) hold(id chat.ConversationID, m chat.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held[id] = &m
	time.AfterFunc(patience, func() { p.giveUp(id, &m) })
}

// take takes what is held of a conversation; a message only if it is still that.
func (p *publisher) take(id chat.ConversationID, only *chat.Message) *chat.Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.held[id]
	if only != nil && m != only {
		return nil
	}
	delete(p.held, id)
	return m
}

// giveUp pushes a message that nothing has overtaken, with a publisher that only
// timers use.
func (p *publisher) giveUp(id chat.ConversationID, m *chat.Message) {
	if p.take(id, m) == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.late.Publish(id, m, nil)
	p.late.Flush()
}
