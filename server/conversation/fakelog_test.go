package conversation

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// fakeLog keeps the contract of Log in memory, as plainly as can be. It commits
// at once, or when it is told to.
type fakeLog struct {
	mu        sync.Mutex
	convs     map[chat.ConversationID]*fakeConversation
	delivered map[fakeCursor]chat.Position
	read      map[fakeCursor]chat.Position
	waiting   []*Write
	waits     bool  // for commit
	refuses   error // of Submit
	fails     error // of writes and reads
	committed Committed
	now       func() time.Time
}

type fakeConversation struct {
	kind    chat.Kind
	entries []chat.Entry
	first   chat.Seq
	members map[chat.UserID]chat.Seq
	refs    map[fakeRef]chat.Entry
}

type fakeRef struct {
	user chat.UserID
	ref  chat.Ref
}

type fakeCursor struct {
	conversation chat.ConversationID
	user         chat.UserID
	device       chat.DeviceID
}

func newFakeLog(committed Committed) *fakeLog {
	return &fakeLog{
		convs: make(map[chat.ConversationID]*fakeConversation), delivered: make(map[fakeCursor]chat.Position),
		read: make(map[fakeCursor]chat.Position), committed: committed, now: time.Now,
	}
}

func (l *fakeLog) Submit(writes ...*Write) error {
	l.mu.Lock()
	if l.refuses != nil {
		l.mu.Unlock()
		return l.refuses
	}
	l.waiting = append(l.waiting, writes...)
	waits := l.waits
	l.mu.Unlock()
	if !waits {
		l.commit()
	}
	return nil
}

func (l *fakeLog) commit() {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch := l.waiting
	l.waiting = nil
	for _, w := range batch {
		if w.Err = l.fails; w.Err == nil {
			w.Err = l.take(w)
		}
	}
	if len(batch) > 0 {
		l.committed(batch)
	}
}

func (l *fakeLog) take(w *Write) error {
	c := l.convs[w.Conversation]
	if c == nil {
		return ErrNotFound
	}
	_, member := c.members[w.User]
	switch w.Verb {
	case Append:
		key := fakeRef{w.User, w.Ref}
		if old, ok := c.refs[key]; ok {
			w.At, w.Time, w.Duplicate = old.At, old.Time, true
			return nil
		}
		c.refs[key] = c.append(w, chat.None, l.now())
	case Join:
		if w.Duplicate = member; member {
			w.At = c.head()
			return nil
		}
		c.members[w.User] = c.append(w, chat.Joined, l.now()).At.Seq
	case Leave:
		if w.Duplicate = !member; !member {
			w.At = c.head()
			return nil
		}
		c.append(w, chat.Left, l.now())
		delete(c.members, w.User)
	case Delivered:
		return move(l.delivered, fakeCursor{w.Conversation, w.User, w.Device}, w, c.head())
	case Read:
		return move(l.read, fakeCursor{w.Conversation, w.User, ""}, w, c.head())
	}
	return nil
}

func move(cursors map[fakeCursor]chat.Position, key fakeCursor, w *Write, head chat.Position) error {
	if w.Cursor.Epoch != head.Epoch || w.Cursor.Seq > head.Seq {
		return ErrCursor
	}
	if w.Cursor.Compare(cursors[key]) <= 0 {
		w.Duplicate = true
	} else {
		cursors[key] = w.Cursor
	}
	w.At = cursors[key]
	return nil
}

func (c *fakeConversation) head() chat.Position {
	return chat.Position{Epoch: 1, Seq: chat.Seq(len(c.entries))}
}

func (c *fakeConversation) append(w *Write, change chat.Change, now time.Time) chat.Entry {
	w.At, w.Time = chat.Position{Epoch: 1, Seq: chat.Seq(len(c.entries) + 1)}, now
	e := chat.Entry{At: w.At, User: w.User, Time: w.Time, Change: change, Body: w.Body}
	c.entries = append(c.entries, e)
	return e
}

func (l *fakeLog) Range(id chat.ConversationID, from, to chat.Seq, yield func(chat.Entry) bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.convs[id]
	switch {
	case l.fails != nil:
		return l.fails
	case c == nil:
		return ErrNotFound
	case from < c.first:
		return &GoneError{c.first}
	}
	for _, e := range c.entries[from-1 : to] {
		if !yield(e) {
			break
		}
	}
	return nil
}

func (l *fakeLog) Memberships(user chat.UserID, device chat.DeviceID) (list []Membership, _ error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, c := range l.convs {
		if first, ok := c.members[user]; ok {
			list = append(list, Membership{
				Conversation: id, Kind: c.kind, Head: c.head(), First: max(first, c.first),
				Delivered: l.delivered[fakeCursor{id, user, device}], Read: l.read[fakeCursor{id, user, ""}],
			})
		}
	}
	slices.SortFunc(list, func(a, b Membership) int { return compareID(a.Conversation, b.Conversation) })
	return list, l.fails
}

func compareID(a, b chat.ConversationID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (l *fakeLog) Conversation(id chat.ConversationID) (State, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.convs[id]
	if c == nil {
		return State{}, ErrNotFound
	}
	return State{Kind: c.kind, Head: c.head(), First: c.first, Members: len(c.members)}, l.fails
}

func (l *fakeLog) Members(chat.ConversationID, func(chat.UserID) bool) error { return nil }

func (l *fakeLog) Provision(_ context.Context, specs []Spec) (created, existing int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range specs {
		c := &fakeConversation{kind: s.Kind, first: 1, members: make(map[chat.UserID]chat.Seq), refs: make(map[fakeRef]chat.Entry)}
		for _, u := range s.Members {
			c.members[u] = 1
		}
		l.convs[s.ID] = c
	}
	return len(specs), 0, nil
}

func (l *fakeLog) Remove(_ context.Context, ids []chat.ConversationID) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		delete(l.convs, id)
	}
	return len(ids), nil
}

func (l *fakeLog) Stats() LogStats { return LogStats{} }

func (l *fakeLog) Close() error { return nil }
