package store

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

// How many sends of a stream keep their refs at least, and how long.
const (
	keptRefs = 1024
	keptFor  = 24 * time.Hour
	trimStep = 256 // sends between two looks at what may go
)

// batch is what a commit gathers. Reads through it see its own writes, so that
// the writes of one batch are judged one after the other; nothing of it counts
// before it is committed.
type batch struct {
	db  *pebble.DB
	b   *pebble.Batch
	own map[string][]byte // keys that this batch wrote; nil: deleted
	now time.Time

	recall  *recall
	removes bool // ranges of keys, of which own knows nothing
}

// newBatch needs commits.
func (l *Log) newBatch() *batch {
	return &batch{db: l.db, b: l.db.NewBatch(), own: make(map[string][]byte), now: l.config.Clock().Truncate(time.Millisecond), recall: &l.recall}
}

// get reads a key; nil if there is none.
func (b *batch) get(key []byte) ([]byte, error) {
	if v, ok := b.own[string(key)]; ok {
		return v, nil
	}
	if v, ok := b.recall.get(key); ok {
		return v, nil
	}
	v, err := get(b.db, key)
	if one := string(key); err == nil && recalls(one) {
		b.recall.put(one, v)
	}
	return v, err
}

func get(r pebble.Reader, key []byte) ([]byte, error) {
	v, done, err := r.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v = append([]byte{}, v...)
	return v, done.Close()
}

func (b *batch) set(key, value []byte) error {
	b.own[string(key)] = value
	return b.b.Set(key, value, nil)
}

func (b *batch) drop(key []byte) error {
	b.own[string(key)] = nil
	return b.b.Delete(key, nil)
}

// take judges one write and adds it to the batch. An error for the writer is in
// w.Err; an error that is returned spoils the batch.
func (b *batch) take(w *conversation.Write) error {
	s, err := b.state(w.Conversation)
	if err == nil {
		err = b.dispatch(w, s)
	}
	switch {
	case errors.Is(err, conversation.ErrNotFound), errors.Is(err, conversation.ErrNotMember),
		errors.Is(err, conversation.ErrRefTooOld), errors.Is(err, conversation.ErrCursor):
		w.Err = err
		return nil
	}
	return err
}

func (b *batch) dispatch(w *conversation.Write, s conversation.State) error {
	since, err := b.get(memberKey(keyMembers, w.Conversation, w.User))
	if err != nil {
		return err
	}
	member := since != nil
	switch w.Verb {
	case conversation.Join:
		if w.Duplicate = member; member {
			w.At = s.Head
			return nil
		}
		return b.join(w, s)
	case conversation.Leave:
		if w.Duplicate = !member; !member {
			w.At = s.Head
			return nil
		}
		return b.leave(w, s)
	}
	if !member {
		return conversation.ErrNotMember
	}
	switch w.Verb {
	case conversation.Append:
		return b.send(w, s)
	case conversation.Delivered:
		return b.move(w, s, deliveredKey(w.User, w.Conversation, w.Device))
	case conversation.Read:
		return b.move(w, s, userKey(w.User, ofRead, w.Conversation))
	}
	return errors.New("unknown verb")
}

// send stores a message, unless its ref was stored before.
func (b *batch) send(w *conversation.Write, s conversation.State) error {
	t, err := b.table(w)
	if err != nil {
		return err
	}
	if w.Ref.N < t.low {
		return conversation.ErrRefTooOld
	}
	if w.Ref.N <= t.high {
		v, err := b.get(refKey(w.Conversation, w.User, w.Ref))
		if err != nil {
			return err
		}
		if v != nil {
			old, err := storedFrom(v)
			w.At, w.Time, w.Duplicate = old.at, old.time, true
			return err
		}
	}
	if err := b.append(w, s, chat.None); err != nil {
		return err
	}
	if err := b.set(refKey(w.Conversation, w.User, w.Ref), stored{w.At, w.Time}.value()); err != nil {
		return err
	}
	t.high = max(t.high, w.Ref.N)
	t.kept++
	if t.kept >= keptRefs+trimStep && t.kept%trimStep == 0 {
		if err := b.trim(w, &t); err != nil {
			return err
		}
	}
	return b.set(tableKey(keyTable, w.Conversation, w.User, w.Ref.Stream), t.value())
}

// append adds an entry at the head.
func (b *batch) append(w *conversation.Write, s conversation.State, change chat.Change) error {
	s.Head.Seq++
	w.At, w.Time = s.Head, b.now
	e := chat.Entry{At: w.At, User: w.User, Time: w.Time, Change: change, Body: w.Body}
	switch change {
	case chat.Joined:
		s.Members++
	case chat.Left:
		s.Members--
	}
	return errors.Join(
		b.b.Set(messageKey(w.Conversation, w.At), entryValue(e), nil),
		b.set(convKey(keyState, w.Conversation), stateValue(s)))
}

func (b *batch) join(w *conversation.Write, s conversation.State) error {
	w.Body = nil
	if err := b.append(w, s, chat.Joined); err != nil {
		return err
	}
	return b.enrol(w.Conversation, w.User, w.At.Seq)
}

// enrol makes a user a member who is owed everything from a seq on.
func (b *batch) enrol(c chat.ConversationID, u chat.UserID, from chat.Seq) error {
	return errors.Join(b.set(memberKey(keyMembers, c, u), seqValue(from)), b.b.Set(userKey(u, ofMembership, c), seqValue(from), nil))
}

func (b *batch) leave(w *conversation.Write, s conversation.State) error {
	w.Body = nil
	cursors := convKeyRange(userKey(w.User, ofDelivered, w.Conversation))
	return errors.Join(
		b.append(w, s, chat.Left),
		b.drop(memberKey(keyMembers, w.Conversation, w.User)),
		b.b.Delete(userKey(w.User, ofMembership, w.Conversation), nil),
		b.drop(userKey(w.User, ofRead, w.Conversation)),
		b.b.DeleteRange(cursors[0], cursors[1], nil))
}

func convKeyRange(prefix []byte) [2][]byte { return [2][]byte{prefix, after(prefix)} }

// move moves a cursor forward.
func (b *batch) move(w *conversation.Write, s conversation.State, key []byte) error {
	if w.Cursor.Epoch != s.Head.Epoch || w.Cursor.Seq > s.Head.Seq {
		return conversation.ErrCursor
	}
	v, err := b.get(key)
	if err != nil {
		return err
	}
	if v != nil {
		now, err := position(v)
		if err != nil {
			return err
		}
		if w.Cursor.Compare(now) <= 0 {
			w.At, w.Duplicate = now, true
			return nil
		}
	}
	w.At = w.Cursor
	return b.set(key, appendPosition(nil, w.Cursor))
}

// state reads a conversation's state, or ErrNotFound.
func (b *batch) state(c chat.ConversationID) (conversation.State, error) {
	v, err := b.get(convKey(keyState, c))
	if err != nil {
		return conversation.State{}, err
	}
	return stateFrom(v)
}

func stateValue(s conversation.State) []byte {
	v := appendPosition([]byte{byte(s.Kind)}, s.Head)
	v = binary.BigEndian.AppendUint64(v, uint64(s.First))
	return binary.BigEndian.AppendUint32(v, uint32(s.Members))
}

func stateFrom(v []byte) (s conversation.State, err error) {
	if v == nil {
		return s, conversation.ErrNotFound
	}
	if len(v) != 25 {
		return s, errValue
	}
	s.Kind = chat.Kind(v[0])
	s.Head, err = position(v[1:])
	s.First = chat.Seq(binary.BigEndian.Uint64(v[13:]))
	s.Members = int(binary.BigEndian.Uint32(v[21:]))
	return s, err
}

// table is what is kept of a stream's refs in one conversation. Every n from low
// on that was ever stored is kept; what lies below is refused.
type table struct {
	low, high uint64
	kept      uint32
}

func (b *batch) table(w *conversation.Write) (table, error) {
	v, err := b.get(tableKey(keyTable, w.Conversation, w.User, w.Ref.Stream))
	if err != nil || v == nil {
		return table{low: 1}, err
	}
	if len(v) != 20 {
		return table{}, errValue
	}
	return table{binary.BigEndian.Uint64(v), binary.BigEndian.Uint64(v[8:]), binary.BigEndian.Uint32(v[16:])}, nil
}

func (t table) value() []byte {
	v := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, t.low), t.high)
	return binary.BigEndian.AppendUint32(v, t.kept)
}

// trim forgets the lowest refs that are beyond the number and older than the
// time for which they are kept. It reads what is committed; a ref of this very
// batch is too young to go.
func (b *batch) trim(w *conversation.Write, t *table) error {
	bounds := convKeyRange(tableKey(keyRef, w.Conversation, w.User, w.Ref.Stream))
	it, err := b.db.NewIter(&pebble.IterOptions{LowerBound: bounds[0], UpperBound: bounds[1]})
	if err != nil {
		return err
	}
	for ok := it.First(); ok && t.kept > keptRefs; ok = it.Next() {
		old, err := storedFrom(it.Value())
		if err != nil {
			return errors.Join(err, it.Close())
		}
		if b.now.Sub(old.time) < keptFor {
			break
		}
		key := append([]byte(nil), it.Key()...)
		t.low = binary.BigEndian.Uint64(key[len(key)-8:]) + 1
		t.kept--
		if err := b.drop(key); err != nil {
			return errors.Join(err, it.Close())
		}
	}
	return it.Close()
}
