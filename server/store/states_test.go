package store

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

func TestStatesAreBounded(t *testing.T) {
	s := newStates()
	loads := 0
	load := func([]byte) ([]byte, error) {
		loads++
		return stateValue(conversation.State{Kind: chat.Group}), nil
	}
	const many = 10 * stateShards * shardStates
	for i := range many {
		_, _ = s.read(chat.ConversationID(fmt.Sprint(i)), load)
		_, _ = s.read("used all the time", load)
	}
	if loads != many+1 {
		t.Fatalf("%d loads; what is used all the time was forgotten", loads)
	}
	kept := 0
	for i := range s.shards {
		kept += len(s.shards[i].young) + len(s.shards[i].old)
	}
	if kept > 2*stateShards*shardStates {
		t.Fatalf("%d states are kept", kept)
	}
	s.forget()
	if _, _ = s.read("used all the time", load); loads != many+2 {
		t.Fatal("what was forgotten is still there")
	}
}

// TestStatesAreTrue lets conversations grow, go and come again while others read
// them: nobody is given less than was learned before, nor less than before.
func TestStatesAreTrue(t *testing.T) {
	c := DefaultConfig()
	c.Driver = Memory
	b := openBox(t, c)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	defer readers.Wait()
	defer close(stop)
	b.provision("c", "ann")
	for range 2 {
		readers.Go(func() {
			for last := chat.Seq(0); ; {
				s, err := b.Conversation("c")
				if err != nil || s.Head.Seq < last {
					t.Errorf("head %d after %d (%v)", s.Head.Seq, last, err)
				}
				last = s.Head.Seq
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for n := range uint64(2000) {
		w := b.send("ann", n+1)
		if s, err := b.Conversation("c"); err != nil || s.Head != w.At {
			t.Fatalf("head %v after %v was committed (%v)", s.Head, w.At, err)
		}
		if n%100 == 0 {
			b.Log.(*Log).states.forget()
		}
	}
}

// TestAStaleReadIsNotKept has a commit learned while a reader reads what was
// there before.
func TestAStaleReadIsNotKept(t *testing.T) {
	s := newStates()
	value := func(head chat.Seq) []byte {
		return stateValue(conversation.State{Head: chat.Position{Epoch: 1, Seq: head}})
	}
	key := string(convKey(keyState, "c"))
	_, _ = s.read("c", func([]byte) ([]byte, error) {
		s.learn(map[string][]byte{key: value(2)})
		return value(1), nil
	})
	if now, _ := s.read("c", func([]byte) ([]byte, error) { return value(2), nil }); now.Head.Seq != 2 {
		t.Fatalf("head %d", now.Head.Seq)
	}
	// A commit is visible before it is learned: who reads it then is given what
	// others were given before.
	s.forget()
	now, _ := s.read("c", func([]byte) ([]byte, error) {
		_, _ = s.read("c", func([]byte) ([]byte, error) { return value(2), nil })
		return value(3), nil
	})
	if now.Head.Seq != 2 {
		t.Fatalf("head %d, and the next reader is given 2", now.Head.Seq)
	}
	s.learn(map[string][]byte{key: nil})
	if _, err := s.read("c", func([]byte) ([]byte, error) { return nil, nil }); !errors.Is(err, conversation.ErrNotFound) {
		t.Fatalf("a removed conversation: %v", err)
	}
}

// TestMembershipsFindTheirCursors has a user with two devices in conversations
// whose names begin alike, with a cursor in some of them.
func TestMembershipsFindTheirCursors(t *testing.T) {
	suite(t, func(t *testing.T, c Config) {
		b := openBox(t, c)
		ids := []chat.ConversationID{"a", "a\x00", "a\x00b", "ab", "b", "c"}
		want := make(map[chat.ConversationID]conversation.Membership)
		for i, id := range ids {
			b.provision(id, "ann", "bob", "ann\x00")
			for n := range uint64(4) {
				b.do(conversation.Write{Verb: conversation.Append, Conversation: id, User: "bob", Ref: chat.Ref{Stream: chat.StreamID{1}, N: n + 1}})
			}
			m := conversation.Membership{Conversation: id, Kind: chat.Group, First: 1, Head: chat.Position{Epoch: 1, Seq: 4}}
			set := func(verb conversation.Verb, user chat.UserID, device chat.DeviceID, seq int) chat.Position {
				at := chat.Position{Epoch: 1, Seq: chat.Seq(seq)}
				if w := b.do(conversation.Write{Verb: verb, Conversation: id, User: user, Device: device, Cursor: at}); w.Err != nil {
					t.Fatal(w.Err)
				}
				return at
			}
			set(conversation.Delivered, "ann", "e", 4)
			set(conversation.Read, "ann\x00", "", 4)
			if i%2 == 0 {
				m.Delivered = set(conversation.Delivered, "ann", "d", 1+i/2)
			}
			if i%3 == 0 {
				m.Read = set(conversation.Read, "ann", "", 1+i/3)
			}
			want[id] = m
		}
		list, err := b.Memberships("ann", "d")
		if err != nil || len(list) != len(ids) {
			t.Fatalf("%d memberships (%v)", len(list), err)
		}
		for i, m := range list {
			if m != want[ids[i]] {
				t.Errorf("%+v, want %+v", m, want[ids[i]])
			}
		}
		if _, err := b.Remove(t.Context(), ids); err != nil {
			t.Fatal(err)
		}
		_ = scan(b.Log.(*Log).db, nil, func(key, _ []byte) error {
			if key[0] != keyVersion {
				t.Errorf("%q stayed behind", key)
			}
			return nil
		})
	})
}

// FuzzMemberships reads keys and values that no program of ours has written.
func FuzzMemberships(f *testing.F) {
	at := appendPosition(nil, chat.Position{Epoch: 1, Seq: 1})
	f.Add([]byte("ca\x00\x01"), at)
	f.Add([]byte("da\x00\xff\x00\x01d\x00\x01"), at)
	f.Add([]byte("da\x00\x01d\x00\x01"), at)
	f.Add([]byte("b\x00"), []byte{1})
	c := DefaultConfig()
	c.Driver = Memory
	l, err := Open(c, func([]*conversation.Write) {})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = l.Close() })
	f.Fuzz(func(t *testing.T, key, value []byte) {
		found := memberships{log: l.(*Log), device: "d\x00\x01", list: []conversation.Membership{{Conversation: "a"}, {Conversation: "a\x00"}, {Conversation: "b"}}}
		err := found.take(key, value)
		for _, m := range found.list {
			set := m.Read != chat.Position{} || m.Delivered != chat.Position{}
			if set && (err != nil || !bytes.HasPrefix(key[1:], appendID(nil, m.Conversation))) {
				t.Fatalf("%q set a cursor of %q (%v)", key, m.Conversation, err)
			}
		}
	})
}
