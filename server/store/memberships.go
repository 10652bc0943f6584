package store

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

// Memberships implements conversation.Log. A user's memberships and both kinds of
// cursors stand by conversation, so one iterator is set on each of the three in
// turn, and what it finds falls into the order that is there already.
func (l *Log) Memberships(user chat.UserID, device chat.DeviceID) ([]conversation.Membership, error) {
	it, err := l.db.NewIter(nil)
	if err != nil {
		return nil, err
	}
	list, err := l.memberships(it, user)
	if err == nil && len(list) > 0 {
		err = errors.Join(readCursors(it, user, list), deliveredCursors(it, user, device, list))
	}
	return list, errors.Join(err, it.Close())
}

func (l *Log) memberships(it *pebble.Iterator, user chat.UserID) (list []conversation.Membership, err error) {
	prefix := appendID([]byte{keyUser}, user)
	err = walk(it, prefix, func(rest, v []byte) error {
		id, _, err := cutID(rest)
		if err != nil {
			return err
		}
		from, err := seq(v)
		if err != nil {
			return err
		}
		m := conversation.Membership{Conversation: chat.ConversationID(id)}
		s, err := l.Conversation(m.Conversation)
		if errors.Is(err, conversation.ErrNotFound) {
			return nil // removed in this moment
		}
		m.Kind, m.Head, m.First = s.Kind, s.Head, max(s.First, from)
		list = append(list, m)
		return err
	})
	return list, err
}

// readCursors fills in how far the user has read.
func readCursors(it *pebble.Iterator, user chat.UserID, list []conversation.Membership) error {
	next := list
	return walk(it, appendID([]byte{keyRead}, user), func(rest, v []byte) (err error) {
		if m := match(&next, rest); m != nil {
			m.Read, err = position(v)
		}
		return err
	})
}

// deliveredCursors fills in how far one of the user's devices has everything.
func deliveredCursors(it *pebble.Iterator, user chat.UserID, device chat.DeviceID, list []conversation.Membership) error {
	next, suffix := list, string(appendID(nil, device))
	return walk(it, appendID([]byte{keyDelivered}, user), func(rest, v []byte) (err error) {
		m := match(&next, rest)
		if m == nil {
			return nil
		}
		if at := len(rest) - len(suffix); at >= 0 && string(rest[at:]) == suffix && len(appendID(nil, m.Conversation)) == at {
			m.Delivered, err = position(v)
		}
		return err
	})
}

// match finds the membership of the conversation that a key goes on with, and
// drops those from the list that lie before it: keys come in their order.
func match(list *[]conversation.Membership, key []byte) *conversation.Membership {
	id, _, err := cutID(key)
	if err != nil {
		return nil
	}
	for ; len(*list) > 0; *list = (*list)[1:] {
		m := &(*list)[0]
		switch {
		case string(m.Conversation) == string(id):
			return m
		case string(m.Conversation) > string(id):
			return nil
		}
	}
	return nil
}

// walk calls yield for what follows prefix in each key that begins with it.
func walk(it *pebble.Iterator, prefix []byte, yield func(rest, value []byte) error) error {
	it.SetBounds(prefix, after(prefix))
	for ok := it.First(); ok; ok = it.Next() {
		if err := yield(it.Key()[len(prefix):], it.Value()); err != nil {
			return err
		}
	}
	return it.Error()
}
