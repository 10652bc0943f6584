package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

func TestRecallIsBounded(t *testing.T) {
	var r recall
	value := []byte(strings.Repeat("v", 100))
	var highest int
	for i := range 200_000 {
		r.put(fmt.Sprint("s", i), value)
		if v, ok := r.get([]byte("s0")); !ok || len(v) != 100 {
			t.Fatalf("after %d more, what is used all the time is forgotten", i)
		}
		highest = max(highest, len(r.young)+len(r.old))
	}
	if limit := 2 * maxRecall / (100 + recallEntry); highest > limit || highest < limit/2 {
		t.Fatalf("%d values were kept; at most %d fit", highest, limit)
	}
	if _, ok := r.get([]byte("s1")); ok {
		t.Fatal("what was not used for long is still there")
	}
}

func TestAnIdleLogRecallsNothing(t *testing.T) {
	c := DefaultConfig()
	c.Driver = Memory
	b := openBox(t, c)
	l := b.Log.(*Log)
	b.provision("c", "ann")
	for n := range uint64(3) {
		if w := b.send("ann", n+1); w.Err != nil {
			t.Fatal(w.Err)
		}
	}
	kept := func() int {
		l.commits.Lock()
		defer l.commits.Unlock()
		return len(l.recall.young)
	}
	if kept() != 3 { // the state, the member, the ref table
		t.Fatalf("%d values are kept", kept())
	}
	l.rest()
	if kept() != 0 {
		t.Fatalf("%d values are kept by an idle log", kept())
	}
	if w := b.send("ann", 2); !w.Duplicate || w.At.Seq != 2 {
		t.Fatalf("%+v", w)
	}
}

// TestRecallIsTrue lets members come, go and send, over conversations that are
// removed and made again, and compares what the log recalls with what it holds.
func TestRecallIsTrue(t *testing.T) {
	c := DefaultConfig()
	c.Driver, c.Clock = Memory, func() time.Time { return time.UnixMilli(1) }
	b := openBox(t, c)
	l := b.Log.(*Log)
	b.provision("c", "ann", "bob")
	for i := range uint64(300) {
		switch i % 10 {
		case 3:
			b.do(conversation.Write{Verb: conversation.Leave, Conversation: "c", User: "bob"})
		case 5:
			b.do(conversation.Write{Verb: conversation.Join, Conversation: "c", User: "bob"})
		case 9:
			if _, err := b.Remove(t.Context(), []chat.ConversationID{"c"}); err != nil {
				t.Fatal(err)
			}
			if i%20 == 9 {
				b.provision("c", "ann", "bob")
			}
		default:
			b.send("ann", i)
			b.send("bob", i)
		}
		for key, value := range l.recall.young {
			held, err := get(l.db, []byte(key))
			if err != nil || string(held) != string(value) || (held == nil) != (value == nil) {
				t.Fatalf("step %d: %q is % x; recalled is % x (%v)", i, key, held, value, err)
			}
		}
		if i%20 == 19 {
			b.provision("c", "ann", "bob")
		}
	}
}
