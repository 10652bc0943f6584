package conversation

import (
	"slices"
	"sync"

	"github.com/seed886cd727/throng/chat"
)

// fakeRooms hands events straight to outboxes.
type fakeRooms struct {
	mu    sync.Mutex
	rooms map[chat.ConversationID]*fakeRoom
}

type fakeRoom struct {
	Topic
	outboxes []Outbox
}

// hearer is an outbox that can tell what comes from a room.
type hearer interface{ hear(chat.Event) }

func newFakeRooms() *fakeRooms { return &fakeRooms{rooms: make(map[chat.ConversationID]*fakeRoom)} }

func (r *fakeRooms) Subscribe(id chat.ConversationID, kind chat.Kind, o Outbox) *Topic {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rooms[id] == nil {
		r.rooms[id] = new(fakeRoom)
		r.rooms[id].Name(id, kind)
	}
	if slices.Contains(r.rooms[id].outboxes, o) {
		panic("subscribed twice")
	}
	r.rooms[id].outboxes = append(slices.Clip(r.rooms[id].outboxes), o)
	return &r.rooms[id].Topic
}

func (r *fakeRooms) Unsubscribe(t *Topic, o Outbox, _ bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if found := r.rooms[t.ID()]; found != nil && &found.Topic == t {
		found.outboxes = slices.DeleteFunc(slices.Clone(found.outboxes), func(other Outbox) bool { return other == o })
	}
}

func (r *fakeRooms) Drop(id chat.ConversationID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if found := r.rooms[id]; found != nil {
		found.Remove()
		delete(r.rooms, id)
	}
}

func (r *fakeRooms) Publisher() Publisher { return fakePublisher{r} }

type fakePublisher struct{ *fakeRooms }

func (p fakePublisher) Publish(id chat.ConversationID, e chat.Event, except Outbox) {
	p.mu.Lock()
	var outboxes []Outbox
	if found := p.rooms[id]; found != nil {
		outboxes = found.outboxes
	}
	p.mu.Unlock()
	for _, o := range outboxes {
		if o != except {
			o.(hearer).hear(e)
		}
	}
}

func (p fakePublisher) Push(o Outbox, e chat.Event) { o.(hearer).hear(e) }

func (p fakePublisher) Flush() {}
