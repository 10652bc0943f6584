package faulty

import (
	"sync"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

// forgotten is which entries nobody may get. It may be used concurrently.
type forgotten struct {
	mu      sync.Mutex
	entries map[place]bool
}

func (f *forgotten) add(p place) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entries[p] = true
}

func (f *forgotten) has(p place) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.entries[p]
}

// log stores what it should not, and forgets what it should know.
type log struct {
	conversation.Log
	faults *Faults

	mu        sync.Mutex
	elsewhere map[chat.ConversationID]chat.UserID // the last sender in each of two conversations
}

func (l *log) Submit(writes ...*conversation.Write) error {
	all := writes
	for _, w := range writes {
		if w.Verb != conversation.Append {
			continue
		}
		if l.faults.hits(Invent) {
			all = append(all[:len(all):len(all)], again(w, w.Conversation, w.User, l.faults.mutate(w.Body)))
		}
		if l.faults.hits(Reassign) {
			all = append(all[:len(all):len(all)], again(w, w.Conversation, w.User, w.Body))
		}
		if id, user, ok := l.other(w); ok && l.faults.hits(Misdeliver) {
			all = append(all[:len(all):len(all)], again(w, id, user, w.Body))
		}
	}
	return l.Log.Submit(all...)
}

// again is a write that nobody asked for, and that nobody waits for.
func again(w *conversation.Write, id chat.ConversationID, user chat.UserID, body []byte) *conversation.Write {
	stream, err := chat.NewStream()
	if err != nil {
		stream = w.Ref.Stream // then it is a duplicate, which does no harm
	}
	return &conversation.Write{Verb: conversation.Append, Conversation: id, User: user, Ref: chat.Ref{Stream: stream, N: 1}, Body: body}
}

// other remembers the write's conversation and names another, with one of its
// members.
func (l *log) other(w *conversation.Write) (chat.ConversationID, chat.UserID, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.elsewhere[w.Conversation]; known || len(l.elsewhere) < 2 {
		l.elsewhere[w.Conversation] = w.User
	}
	for id, user := range l.elsewhere {
		if id != w.Conversation {
			return id, user, true
		}
	}
	return "", "", false
}

func (l *log) Range(id chat.ConversationID, from, to chat.Seq, yield func(chat.Entry) bool) error {
	return l.Log.Range(id, from, to, func(e chat.Entry) bool {
		if l.faults.forgotten.has(place{id, e.At.Seq}) {
			e.Change, e.Body = chat.Joined, nil
		}
		return yield(e)
	})
}

// Healthy asks the log.
func (l *log) Healthy() error {
	if h, ok := l.Log.(interface{ Healthy() error }); ok {
		return h.Healthy()
	}
	return nil
}
