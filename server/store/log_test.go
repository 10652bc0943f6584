package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

// box is a log whose writes can be waited for.
type box struct {
	*testing.T
	conversation.Log
	config Config
	told   chan *conversation.Write
}

func openBox(t *testing.T, c Config) *box {
	t.Helper()
	b := &box{T: t, config: c, told: make(chan *conversation.Write, 1<<16)}
	l, err := Open(c, func(batch []*conversation.Write) {
		for _, w := range batch {
			b.told <- w
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Log = l
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func (b *box) do(w conversation.Write) *conversation.Write {
	b.Helper()
	if err := b.Submit(&w); err != nil {
		b.Fatal(err)
	}
	return <-b.told
}

func (b *box) send(user chat.UserID, n uint64) *conversation.Write {
	b.Helper()
	return b.do(conversation.Write{Verb: conversation.Append, Conversation: "c", User: user, Ref: chat.Ref{Stream: chat.StreamID{1}, N: n}, Body: []byte(fmt.Sprint(n))})
}

func (b *box) provision(id chat.ConversationID, members ...chat.UserID) {
	b.Helper()
	if _, _, err := b.Provision(b.Context(), []conversation.Spec{{ID: id, Kind: chat.Group, Members: members}}); err != nil {
		b.Fatal(err)
	}
}

func (b *box) entries(id chat.ConversationID) (words []string) {
	b.Helper()
	err := b.Range(id, 1, 1<<40, func(e chat.Entry) bool {
		words = append(words, fmt.Sprintf("%d %s %d %s", e.At.Seq, e.User, e.Change, e.Body))
		return true
	})
	if err != nil {
		b.Fatal(err)
	}
	return words
}

// suite runs a test on every driver and durability.
func suite(t *testing.T, test func(*testing.T, Config)) {
	for _, d := range []struct {
		driver     Driver
		durability Durability
	}{{Pebble, Fsync}, {Pebble, OS}, {Pebble, None}, {Memory, None}} {
		t.Run(string(d.driver)+"/"+string(d.durability), func(t *testing.T) {
			c := DefaultConfig()
			c.Driver, c.Durability, c.Dir = d.driver, d.durability, t.TempDir()
			test(t, c)
		})
	}
}

func TestRefs(t *testing.T) {
	suite(t, func(t *testing.T, c Config) {
		now := time.Now()
		c.Clock = func() time.Time { return now }
		b := openBox(t, c)
		b.provision("c", "ann", "bob")
		for n := uint64(1); n <= 3; n++ {
			if w := b.send("ann", n); w.Err != nil || w.At != (chat.Position{Epoch: 1, Seq: chat.Seq(n)}) {
				t.Fatalf("%+v", w)
			}
		}
		if w := b.send("ann", 2); !w.Duplicate || w.At.Seq != 2 {
			t.Fatalf("a resend gave %+v", w)
		}
		if w := b.send("bob", 2); w.Duplicate || w.At.Seq != 4 {
			t.Fatalf("another's ref gave %+v", w)
		}
		b.send("ann", 9)
		if w := b.send("ann", 5); w.Duplicate || w.At.Seq != 6 {
			t.Fatalf("a late first send gave %+v", w)
		}
		if w := b.send("eve", 1); !errors.Is(w.Err, conversation.ErrNotMember) {
			t.Fatalf("a stranger's send gave %v", w.Err)
		}
		if w := b.do(conversation.Write{Verb: conversation.Append, Conversation: "no", User: "ann"}); !errors.Is(w.Err, conversation.ErrNotFound) {
			t.Fatalf("an unknown conversation gave %v", w.Err)
		}
	})
}

func TestRefsAreKeptLongEnoughAndNoLonger(t *testing.T) {
	c := DefaultConfig()
	c.Driver = Memory
	now := time.Now()
	c.Clock = func() time.Time { return now }
	b := openBox(t, c)
	b.provision("c", "ann")
	for n := uint64(1); n <= 3000; n++ {
		b.send("ann", n)
	}
	if w := b.send("ann", 1); !w.Duplicate || w.At.Seq != 1 {
		t.Fatalf("forgotten within the day: %+v", w)
	}
	now = now.Add(keptFor)
	for n := uint64(3001); n <= 3600; n++ {
		b.send("ann", n)
	}
	if w := b.send("ann", 1); !errors.Is(w.Err, conversation.ErrRefTooOld) {
		t.Fatalf("after a day and %d sends: %+v", keptRefs, w)
	}
	if w := b.send("ann", 3600-keptRefs+1); !w.Duplicate || w.At.Seq != 3600-keptRefs+1 {
		t.Fatalf("one of the last %d: %+v", keptRefs, w)
	}
	if head := b.entries("c"); len(head) != 3600 {
		t.Fatalf("%d entries", len(head))
	}
}

func TestMembersAndCursors(t *testing.T) {
	suite(t, func(t *testing.T, c Config) {
		b := openBox(t, c)
		b.provision("c", "ann")
		b.send("ann", 1)
		if w := b.do(conversation.Write{Verb: conversation.Join, Conversation: "c", User: "bob"}); w.Err != nil || w.At.Seq != 2 {
			t.Fatalf("%+v", w)
		}
		if w := b.do(conversation.Write{Verb: conversation.Join, Conversation: "c", User: "bob"}); !w.Duplicate {
			t.Fatalf("%+v", w)
		}
		cursor := func(v conversation.Verb, at chat.Seq) *conversation.Write {
			return b.do(conversation.Write{Verb: v, Conversation: "c", User: "bob", Device: "d", Cursor: chat.Position{Epoch: 1, Seq: at}})
		}
		for _, v := range []conversation.Verb{conversation.Delivered, conversation.Read} {
			if w := cursor(v, 2); w.Err != nil || w.Duplicate {
				t.Fatalf("%+v", w)
			}
			if w := cursor(v, 1); !w.Duplicate || w.At.Seq != 2 {
				t.Fatalf("a cursor went back: %+v", w)
			}
			if w := cursor(v, 3); !errors.Is(w.Err, conversation.ErrCursor) {
				t.Fatalf("a forged cursor: %+v", w)
			}
		}
		if c.Driver == Pebble {
			_ = b.Close()
			b = openBox(t, c)
		}
		m, err := b.Memberships("bob", "d")
		if err != nil || len(m) != 1 || m[0].First != 2 || m[0].Head.Seq != 2 || m[0].Read.Seq != 2 || m[0].Delivered.Seq != 2 {
			t.Fatalf("%+v %v", m, err)
		}
		b.do(conversation.Write{Verb: conversation.Leave, Conversation: "c", User: "bob"})
		if m, err = b.Memberships("bob", "d"); err != nil || len(m) != 0 {
			t.Fatalf("%+v %v", m, err)
		}
		want := []string{"1 ann 0 1", "2 bob 1 ", "3 bob 2 "}
		if got := b.entries("c"); !slices.Equal(got, want) {
			t.Fatalf("%q", got)
		}
	})
}

func TestProvisionAndRemove(t *testing.T) {
	suite(t, func(t *testing.T, c Config) {
		b := openBox(t, c)
		spec := func(members ...chat.UserID) []conversation.Spec {
			return []conversation.Spec{{ID: "c", Kind: chat.Group, Members: members}}
		}
		b.provision("c", "ann", "bob")
		if made, old, err := b.Provision(t.Context(), spec("bob", "ann")); made != 0 || old != 1 || err != nil {
			t.Fatal(made, old, err)
		}
		if _, _, err := b.Provision(t.Context(), spec("ann", "eve")); !errors.Is(err, conversation.ErrConflict) {
			t.Fatal(err)
		}
		b.send("ann", 1)
		if n, err := b.Remove(t.Context(), []chat.ConversationID{"c", "none"}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if m, err := b.Memberships("ann", "d"); len(m) != 0 || err != nil {
			t.Fatal(m, err)
		}
		b.provision("c", "ann", "bob")
		if w := b.send("ann", 1); w.Duplicate || w.At.Seq != 1 {
			t.Fatalf("what was removed lives on: %+v", w)
		}
	})
}

func TestFolderIsOpenedOnce(t *testing.T) {
	c := DefaultConfig()
	c.Dir = t.TempDir()
	openBox(t, c)
	if l, err := Open(c, func([]*conversation.Write) {}); err == nil {
		_ = l.Close()
		t.Fatal("two logs in one folder")
	}
}

func TestIDsKeepTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune{0, 1, 0xff, 'a'})))
		a, b := id.Draw(t, "a"), id.Draw(t, "b")
		ka, kb := appendID(nil, a), appendID(nil, b)
		if strings.Compare(a, b) != bytes.Compare(ka, kb) || a != b && bytes.HasPrefix(ka, kb) {
			t.Fatalf("%q and %q become % x and % x", a, b, ka, kb)
		}
		if back, rest, err := cutID(append(ka, "rest"...)); err != nil || string(back) != a || string(rest) != "rest" {
			t.Fatalf("%q came back as %q, %q, %v", a, back, rest, err)
		}
	})
}

func FuzzKeys(f *testing.F) {
	f.Add(appendID(nil, "a\x00b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if id, rest, err := cutID(b); err == nil && !bytes.Equal(append(appendID(nil, string(id)), rest...), b) {
			t.Fatalf("% x is not what % x stands for", b, id)
		}
		_, _ = entryFrom(chat.Position{}, b)
		_, _ = stateFrom(b)
		_, _ = storedFrom(b)
	})
}

// TestKill kills a process that appends, without warning, and looks at what it
// left: everything that it said was stored, once, and refs that remember.
func TestKill(t *testing.T) {
	if dir := os.Getenv("THRONG_TEST_APPENDER"); dir != "" {
		appendForEver(t, dir)
	}
	rounds := 4
	if n, err := strconv.Atoi(os.Getenv("THRONG_KILLS")); err == nil {
		rounds = n
	}
	for _, durability := range []Durability{Fsync, OS} {
		t.Run(string(durability), func(t *testing.T) {
			c := DefaultConfig()
			c.Dir, c.Durability = t.TempDir(), durability
			said := make(map[uint64]chat.Seq)
			for range rounds {
				killOnce(t, c, said)
				verify(t, c, said)
			}
			if len(said) < rounds*100 {
				t.Fatalf("only %d appends in all", len(said))
			}
		})
	}
}

func appendForEver(t *testing.T, dir string) {
	c := DefaultConfig()
	c.Dir, c.Durability = dir, Durability(os.Getenv("THRONG_TEST_DURABILITY"))
	b := openBox(t, c)
	b.provision("c", "ann")
	n, err := strconv.ParseUint(os.Getenv("THRONG_TEST_FROM"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	for {
		const batch = 50
		for i := range uint64(batch) {
			w := &conversation.Write{Verb: conversation.Append, Conversation: "c", User: "ann", Ref: chat.Ref{Stream: chat.StreamID{1}, N: n + i}, Body: make([]byte, 100)}
			if err := b.Submit(w); err != nil {
				t.Fatal(err)
			}
		}
		for range batch {
			w := <-b.told
			if _, err := fmt.Fprintln(os.Stdout, "stored", w.Ref.N, w.At.Seq); err != nil {
				t.Fatal(err)
			}
		}
		n += batch
	}
}

// killOnce lets a child append until some moment, and adds what it said.
func killOnce(t *testing.T, c Config, said map[uint64]chat.Seq) {
	t.Helper()
	var highest uint64
	for n := range said {
		highest = max(highest, n)
	}
	child := exec.Command(os.Args[0], "-test.run", "^TestKill$")
	child.Env = append(os.Environ(), "THRONG_TEST_APPENDER="+c.Dir, "THRONG_TEST_DURABILITY="+string(c.Durability), fmt.Sprintf("THRONG_TEST_FROM=%d", highest+1))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	until := len(said) + 200 + rand.IntN(300)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var n uint64
		var at chat.Seq
		if _, err := fmt.Sscanf(lines.Text(), "stored %d %d", &n, &at); err == nil {
			said[n] = at
		}
		if len(said) == until {
			_ = child.Process.Kill()
		}
	}
	_ = child.Wait() // it was killed
}

func verify(t *testing.T, c Config, said map[uint64]chat.Seq) {
	t.Helper()
	b := openBox(t, c)
	defer func() { _ = b.Close() }()
	for i, e := range b.entries("c") {
		if !strings.HasPrefix(e, fmt.Sprintf("%d ann", i+1)) {
			t.Fatalf("entry %d is %.20q", i+1, e)
		}
	}
	for n, at := range said {
		if w := b.send("ann", n); w.Err != nil || !w.Duplicate || w.At.Seq != at {
			t.Fatalf("%d was stored as %d; a resend gives %d, duplicate %v, error %v", n, at, w.At.Seq, w.Duplicate, w.Err)
		}
	}
}
