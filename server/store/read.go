package store

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

// errStop ends a scan early.
var errStop = errors.New("enough")

// scan calls yield for what follows prefix in each key that begins with it.
func scan(db *pebble.DB, prefix []byte, yield func(rest, value []byte) error) error {
	return scanBetween(db, prefix, after(prefix), len(prefix), yield)
}

func scanBetween(db *pebble.DB, from, to []byte, skip int, yield func(rest, value []byte) error) error {
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: to})
	if err != nil {
		return err
	}
	for ok := it.First(); ok; ok = it.Next() {
		if err := yield(it.Key()[skip:], it.Value()); err != nil {
			if errors.Is(err, errStop) {
				err = nil
			}
			return errors.Join(err, it.Close())
		}
	}
	return errors.Join(it.Error(), it.Close())
}

// Range implements conversation.Log. Everything is of one epoch: an embedded log
// never loses its tail.
func (l *Log) Range(id chat.ConversationID, from, to chat.Seq, yield func(chat.Entry) bool) error {
	s, err := l.Conversation(id)
	if err != nil {
		return err
	}
	if from < s.First {
		return &conversation.GoneError{First: s.First}
	}
	if to = min(to, s.Head.Seq); from > to {
		return nil
	}
	prefix := convKey(keyMessage, id)
	end := messageKey(id, chat.Position{Epoch: s.Head.Epoch, Seq: to + 1})
	return scanBetween(l.db, messageKey(id, chat.Position{Epoch: s.Head.Epoch, Seq: from}), end, len(prefix), func(rest, v []byte) error {
		at, err := position(rest)
		if err != nil {
			return err
		}
		e, err := entryFrom(at, v)
		if err != nil {
			return err
		}
		if !yield(e) {
			return errStop
		}
		return nil
	})
}

// Conversation implements conversation.Log.
func (l *Log) Conversation(id chat.ConversationID) (conversation.State, error) {
	return l.states.read(id, func(key []byte) ([]byte, error) { return get(l.db, key) })
}

// Members implements conversation.Log.
func (l *Log) Members(id chat.ConversationID, yield func(chat.UserID) bool) error {
	if _, err := l.Conversation(id); err != nil {
		return err
	}
	return scan(l.db, convKey(keyMembers, id), func(rest, _ []byte) error {
		user, _, err := cutID(rest)
		if err != nil {
			return err
		}
		if !yield(chat.UserID(user)) {
			return errStop
		}
		return nil
	})
}
