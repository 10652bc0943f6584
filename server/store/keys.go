package store

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// The keys, by their first byte. Ids are escaped (see appendID), numbers are
// big-endian, so that keys order as what they stand for.
const (
	keyMembers = 'b' // conversation, user → seq from which the user is owed
	keyTable   = 'h' // conversation, user, stream → lowest kept and highest n
	keyMessage = 'm' // conversation, epoch, seq → entry
	keyPadding = 'p' // what fills memtables, see Trim
	keyRef     = 'r' // conversation, user, stream, n → seq, time
	keyState   = 's' // conversation → state
	keyUser    = 'u' // user, and what belongs to the user: see below
	keyVersion = 'v'
)

// What belongs to a user stands together, so that one scan finds all that a hello
// asks for. Behind the user is what it is:
const (
	ofMembership = 'b' // conversation → seq from which the user is owed
	ofRead       = 'c' // conversation → position
	ofDelivered  = 'd' // conversation, device → position
)

// appendID escapes an id so that escaped ids order as ids do, and none is the
// beginning of another: 0 becomes 0 255, and 0 1 ends it.
func appendID[T ~string](dst []byte, id T) []byte {
	for i := range len(id) {
		if dst = append(dst, id[i]); id[i] == 0 {
			dst = append(dst, 0xff)
		}
	}
	return append(dst, 0, 1)
}

var errKey = errors.New("malformed key")

// cutID takes an escaped id from the start of a key.
func cutID(key []byte) (id, rest []byte, err error) {
	for i := 0; i+1 < len(key); i++ {
		if key[i] != 0 {
			id = append(id, key[i])
			continue
		}
		switch key[i+1] {
		case 0xff:
			id = append(id, 0)
			i++
		case 1:
			return id, key[i+2:], nil
		default:
			return nil, nil, errKey
		}
	}
	return nil, nil, errKey
}

func convKey(kind byte, c chat.ConversationID) []byte {
	return appendID(append(make([]byte, 0, len(c)+32), kind), c)
}

func memberKey(kind byte, c chat.ConversationID, u chat.UserID) []byte {
	return appendID(convKey(kind, c), u)
}

func userKey(u chat.UserID, of byte, c chat.ConversationID) []byte {
	key := appendID(append(make([]byte, 0, len(u)+len(c)+32), keyUser), u)
	return appendID(append(key, of), c)
}

func deliveredKey(u chat.UserID, c chat.ConversationID, d chat.DeviceID) []byte {
	return appendID(userKey(u, ofDelivered, c), d)
}

func messageKey(c chat.ConversationID, at chat.Position) []byte {
	return appendPosition(convKey(keyMessage, c), at)
}

func tableKey(kind byte, c chat.ConversationID, u chat.UserID, s chat.StreamID) []byte {
	return append(memberKey(kind, c, u), s[:]...)
}

func refKey(c chat.ConversationID, u chat.UserID, r chat.Ref) []byte {
	return binary.BigEndian.AppendUint64(tableKey(keyRef, c, u, r.Stream), r.N)
}

func appendPosition(dst []byte, at chat.Position) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(dst, uint32(at.Epoch)), uint64(at.Seq))
}

// after is the first key behind all that begin with prefix.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

var errValue = errors.New("malformed value in the log")

func position(v []byte) (chat.Position, error) {
	if len(v) < 12 {
		return chat.Position{}, errValue
	}
	return chat.Position{Epoch: chat.Epoch(binary.BigEndian.Uint32(v)), Seq: chat.Seq(binary.BigEndian.Uint64(v[4:]))}, nil
}

func seqValue(s chat.Seq) []byte { return binary.BigEndian.AppendUint64(nil, uint64(s)) }

func seq(v []byte) (chat.Seq, error) {
	if len(v) != 8 {
		return 0, errValue
	}
	return chat.Seq(binary.BigEndian.Uint64(v)), nil
}

// stored is where and when a ref was stored.
type stored struct {
	at   chat.Position
	time time.Time
}

func (s stored) value() []byte {
	return binary.BigEndian.AppendUint64(appendPosition(nil, s.at), uint64(s.time.UnixMilli()))
}

func storedFrom(v []byte) (s stored, err error) {
	if len(v) != 20 {
		return s, errValue
	}
	s.at, err = position(v)
	s.time = time.UnixMilli(int64(binary.BigEndian.Uint64(v[12:])))
	return s, err
}

func entryValue(e chat.Entry) []byte {
	v := append(make([]byte, 0, 16+len(e.User)+len(e.Body)), byte(e.Change))
	v = binary.BigEndian.AppendUint64(v, uint64(e.Time.UnixMilli()))
	return append(appendID(v, e.User), e.Body...)
}

func entryFrom(at chat.Position, v []byte) (e chat.Entry, err error) {
	if len(v) < 9 {
		return e, errValue
	}
	user, body, err := cutID(v[9:])
	if err != nil {
		return e, errValue
	}
	return chat.Entry{At: at, User: chat.UserID(user), Change: chat.Change(v[0]), Time: time.UnixMilli(int64(binary.BigEndian.Uint64(v[1:]))), Body: body}, nil
}
