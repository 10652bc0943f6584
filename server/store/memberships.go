package store

import (
	"errors"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

// Memberships implements conversation.Log. One scan finds a user's memberships,
// and then the cursors, in the order of the memberships.
func (l *Log) Memberships(user chat.UserID, device chat.DeviceID) ([]conversation.Membership, error) {
	found := memberships{log: l, device: string(appendID(nil, device)), list: make([]conversation.Membership, 0, 8)}
	err := scan(l.db, appendID([]byte{keyUser}, user), found.take)
	return found.list, err
}

type memberships struct {
	log             *Log
	device          string // as it ends a key
	list            []conversation.Membership
	read, delivered int // those before it have their cursor
}

// take takes one key of the user's.
func (f *memberships) take(key, value []byte) (err error) {
	if len(key) == 0 {
		return errKey
	}
	of, key := key[0], key[1:]
	switch of {
	case ofMembership:
		return f.membership(key, value)
	case ofRead:
		if m, _ := f.match(&f.read, key); m != nil {
			m.Read, err = position(value)
		}
	case ofDelivered:
		if m, rest := f.match(&f.delivered, key); m != nil && string(rest) == f.device {
			m.Delivered, err = position(value)
		}
	}
	return err
}

func (f *memberships) membership(key, value []byte) error {
	id, _, err := cutID(key)
	if err != nil {
		return err
	}
	from, err := seq(value)
	if err != nil {
		return err
	}
	m := conversation.Membership{Conversation: chat.ConversationID(id)}
	s, err := f.log.Conversation(m.Conversation)
	if errors.Is(err, conversation.ErrNotFound) {
		return nil // removed in this moment
	}
	m.Kind, m.Head, m.First = s.Kind, s.Head, max(s.First, from)
	f.list = append(f.list, m)
	return err
}

// match finds the membership of the conversation that a key goes on with, from
// one on: keys come in their order. rest is what stands behind it.
func (f *memberships) match(from *int, key []byte) (m *conversation.Membership, rest []byte) {
	id, rest, err := cutID(key)
	if err != nil {
		return nil, nil
	}
	for ; *from < len(f.list); *from++ {
		m := &f.list[*from]
		switch {
		case string(m.Conversation) == string(id):
			return m, rest
		case string(m.Conversation) > string(id):
			return nil, nil
		}
	}
	return nil, nil
}
