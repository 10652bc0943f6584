package faulty

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

const (
	messages = 100
	every    = 7
	strikes  = messages / every
)

// logStub keeps what was submitted.
type logStub struct {
	conversation.Log
	writes []*conversation.Write
}

func (l *logStub) Submit(writes ...*conversation.Write) error {
	l.writes = append(l.writes, writes...)
	return nil
}

func (l *logStub) Range(_ chat.ConversationID, from, to chat.Seq, yield func(chat.Entry) bool) error {
	for s := from; s <= to && yield(chat.Entry{At: chat.Position{Epoch: 1, Seq: s}, User: "ann", Body: []byte("x")}); s++ {
	}
	return nil
}

// roomsStub keeps what was published, as words.
type roomsStub struct {
	conversation.Rooms
	mu   sync.Mutex
	told []string
}

func (r *roomsStub) words() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.told)
}

func (r *roomsStub) Publisher() conversation.Publisher { return (*publisherStub)(r) }

type publisherStub roomsStub

func (p *publisherStub) Publish(_ chat.ConversationID, e chat.Event, _ conversation.Outbox) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := e.(type) {
	case *chat.Message:
		p.told = append(p.told, fmt.Sprintf("%d%s", e.At.Seq, e.Body))
	case *chat.Receipt:
		p.told = append(p.told, fmt.Sprint("read ", e.At.Seq))
	}
}
func (p *publisherStub) Push(conversation.Outbox, chat.Event) {}
func (p *publisherStub) Flush()                               {}

func sendTo(id chat.ConversationID, n uint64) *conversation.Write {
	return &conversation.Write{Verb: conversation.Append, Conversation: id, User: "ann", Ref: chat.Ref{Stream: chat.StreamID{1}, N: n}, Body: []byte("body")}
}

// publish publishes messages 1 … n of one conversation with faults.
func publish(f *Faults, n int) []string {
	r := &roomsStub{}
	p := f.Rooms(r).Publisher()
	for i := range n {
		p.Publish("c", &chat.Message{Conversation: "c", Entry: chat.Entry{At: chat.Position{Epoch: 1, Seq: chat.Seq(i + 1)}, Body: []byte("a")}}, nil)
	}
	return r.words()
}

// plain is what is published without faults.
func plain(n int) (words []string) {
	for i := range n {
		words = append(words, fmt.Sprintf("%da", i+1))
	}
	return words
}

func one(k Kind) *Faults { return New([]Fault{{k, every}}, nil) }

func TestWithoutFaultsNothingIsDecorated(t *testing.T) {
	f, l, r := New(nil, nil), &logStub{}, &roomsStub{}
	if f.Log(l) != conversation.Log(l) || f.Rooms(r) != conversation.Rooms(r) {
		t.Fatal("a server without faults runs through decorators")
	}
}

func TestFaultsOfTheLog(t *testing.T) {
	for _, tt := range []struct {
		kind Kind
		want int
		fits func(extra *conversation.Write) bool
	}{
		{Invent, strikes, func(w *conversation.Write) bool { return w.Conversation == "c0" && string(w.Body) == "bodyx" }},
		{Reassign, strikes, func(w *conversation.Write) bool { return w.Conversation == "c0" && string(w.Body) == "body" }},
	} {
		t.Run(string(tt.kind), func(t *testing.T) {
			l := &logStub{}
			d := one(tt.kind).Log(l)
			for n := range uint64(messages) {
				if err := d.Submit(sendTo("c0", n+1), &conversation.Write{Verb: conversation.Read, Conversation: "c0"}); err != nil {
					t.Fatal(err)
				}
			}
			extra := 0
			for i, w := range l.writes {
				if w.Verb != conversation.Append || w.Ref.Stream == (chat.StreamID{1}) {
					continue
				}
				extra++
				if !tt.fits(w) || w.User != "ann" || w.From != nil || w.Ref.N != 1 {
					t.Errorf("write %d is %+v", i, w)
				}
			}
			if extra != tt.want || len(l.writes) != 2*messages+tt.want {
				t.Fatalf("%d strikes in %d writes, want %d", extra, len(l.writes), tt.want)
			}
		})
	}
}

func TestMisdeliverGoesToAnotherConversation(t *testing.T) {
	l := &logStub{}
	d := one(Misdeliver).Log(l)
	for n := range uint64(messages + 1) { // the first knows of no other conversation
		_ = d.Submit(sendTo(chat.ConversationID(fmt.Sprint("c", n%2)), n+1)) // the stub never fails
	}
	extra := 0
	for i, w := range l.writes {
		if w.Ref.Stream == (chat.StreamID{1}) {
			continue
		}
		extra++
		if original := l.writes[i-1]; original.Conversation == w.Conversation || string(original.Body) != string(w.Body) {
			t.Errorf("%+v went to %q", original, w.Conversation)
		}
	}
	if extra != strikes {
		t.Fatalf("%d strikes, want %d", extra, strikes)
	}
}

func TestForgetHidesWhatWasAcknowledged(t *testing.T) {
	f := one(Forget)
	var told int
	committed := f.Committed(func(batch []*conversation.Write) { told += len(batch) })
	for s := range chat.Seq(messages) {
		w := sendTo("c", uint64(s)+1)
		w.At = chat.Position{Epoch: 1, Seq: s + 1}
		committed([]*conversation.Write{w, {Verb: conversation.Append, Duplicate: true}, {Verb: conversation.Append, Err: conversation.ErrNotMember}, {Verb: conversation.Join}})
	}
	if told != 4*messages {
		t.Fatalf("%d writes were told", told)
	}
	want := slices.DeleteFunc(plain(messages), func(s string) bool {
		var seq int
		_, _ = fmt.Sscanf(s, "%da", &seq)
		return seq%every == 0
	})
	if got := publish(f, messages); !slices.Equal(got, want) {
		t.Fatalf("published: %v", got)
	}
	hidden := 0
	err := f.Log(&logStub{}).Range("c", 1, messages, func(e chat.Entry) bool {
		if e.Change == chat.Joined && e.Body == nil && e.At.Seq%every == 0 {
			hidden++
		}
		return true
	})
	if err != nil || hidden != strikes {
		t.Fatalf("%d are hidden, want %d (%v)", hidden, strikes, err)
	}
}

func TestFaultsOfPublishing(t *testing.T) {
	edit := func(change func(i int, word string) []string) (words []string) {
		for i, w := range plain(messages) {
			words = append(words, change(i+1, w)...)
		}
		return words
	}
	for _, tt := range []struct {
		kind Kind
		want []string
	}{
		{Drop, edit(func(i int, w string) []string {
			if i%every == 0 {
				return nil
			}
			return []string{w}
		})},
		{Duplicate, edit(func(i int, w string) []string {
			if i%every == 0 {
				return []string{w, w}
			}
			return []string{w}
		})},
		{Corrupt, edit(func(i int, w string) []string {
			if i%every == 0 {
				w = strings.Replace(w, "a", "`", 1)
			}
			return []string{w}
		})},
	} {
		t.Run(string(tt.kind), func(t *testing.T) {
			if got := publish(one(tt.kind), messages); !slices.Equal(got, tt.want) {
				t.Fatalf("got %v", got)
			}
		})
	}
}

func TestReorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := publish(New([]Fault{{Reorder, 3}}, nil), 8)
		if want := strings.Fields("1a 2a 4a 3a 5a 6a 8a 7a"); !slices.Equal(got, want) {
			t.Fatalf("got %v", got) // what overtakes is not counted
		}
		time.Sleep(2 * patience)
		synctest.Wait()
	})
}

func TestReorderGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &roomsStub{}
		p := New([]Fault{{Reorder, 1}}, nil).Rooms(r).Publisher()
		p.Publish("c", &chat.Message{Conversation: "c", Entry: chat.Entry{At: chat.Position{Epoch: 1, Seq: 1}, Body: []byte("a")}}, nil)
		time.Sleep(patience - time.Millisecond)
		synctest.Wait()
		if got := r.words(); len(got) != 0 {
			t.Fatalf("told too early: %v", got)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if got := r.words(); !slices.Equal(got, []string{"1a"}) {
			t.Fatalf("told %v", got)
		}
	})
}

func TestStaleReceipt(t *testing.T) {
	r := &roomsStub{}
	p := New([]Fault{{StaleReceipt, 2}}, nil).Rooms(r).Publisher()
	for s := range chat.Seq(4) {
		p.Publish("c", &chat.Receipt{Conversation: "c", User: "ann", At: chat.Position{Epoch: 1, Seq: s + 1}}, nil)
	}
	want := []string{"read 1", "read 2", "read 1", "read 3", "read 4", "read 3"}
	if got := r.words(); !slices.Equal(got, want) {
		t.Fatalf("told %v", got)
	}
}

func TestParse(t *testing.T) {
	for _, k := range Kinds() {
		if f, err := Parse(string(k) + ":every=3"); err != nil || f != (Fault{k, 3}) {
			t.Errorf("%s: %+v, %v", k, f, err)
		}
	}
	for _, bad := range []string{"", "drop", "drop:every=", "drop:every=0", "drop:every=-1", "melt:every=2", "drop:every=2:every=3"} {
		if f, err := Parse(bad); err == nil {
			t.Errorf("%q is %+v", bad, f)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("drop:every=100")
	f.Fuzz(func(t *testing.T, text string) {
		if one, err := Parse(text); err == nil && Validate([]Fault{one}) != nil {
			t.Fatalf("%q gave %+v", text, one)
		}
	})
}

// session is somebody who listens.
type session struct{ conversation.Outbox }

// pushes keeps what each session was told, as words.
type pushes struct {
	conversation.Rooms
	sessions []*session
	told     map[conversation.Outbox][]string
}

func (r *pushes) Publisher() conversation.Publisher { return (*pushesPublisher)(r) }

type pushesPublisher pushes

func (p *pushesPublisher) Publish(_ chat.ConversationID, e chat.Event, except conversation.Outbox) {
	for _, s := range p.sessions {
		if conversation.Outbox(s) != except {
			p.Push(s, e)
		}
	}
}

func (p *pushesPublisher) Push(o conversation.Outbox, e chat.Event) {
	if m, ok := e.(*chat.Message); ok {
		p.told[o] = append(p.told[o], fmt.Sprintf("%d%s", m.At.Seq, m.Body))
	}
}

func (p *pushesPublisher) Flush() {}

// TestSwap: the sender of every third message that is counted gets it and the next
// one with their seqs exchanged, once another has read that far; the next two are
// not counted.
func TestSwap(t *testing.T) {
	ann, bob := &session{}, &session{}
	r := &pushes{sessions: []*session{ann, bob}, told: make(map[conversation.Outbox][]string)}
	p := New([]Fault{{Swap, 3}}, nil).Rooms(r).Publisher()
	read := func(by *session, seq chat.Seq) {
		p.Publish("c", &chat.Receipt{Conversation: "c", At: chat.Position{Epoch: 1, Seq: seq}}, by)
	}
	told := func(what string, who *session, want string) {
		t.Helper()
		if !slices.Equal(r.told[who], strings.Fields(want)) {
			t.Errorf("%s: %v, want %s", what, r.told[who], want)
		}
	}
	say := func(from int, bodies string) {
		for i, body := range strings.Fields(bodies) {
			p.Push(ann, &chat.Ack{Conversation: "c"})
			buffer := []byte(body)
			p.Publish("c", &chat.Message{Conversation: "c", Entry: chat.Entry{At: chat.Position{Epoch: 1, Seq: chat.Seq(from + i)}, Body: buffer}}, nil)
			buffer[0] = 'x' // it was valid during the call only
		}
	}
	say(1, "a b c d e f")
	read(ann, 6)
	read(bob, 3)
	told("nobody else has read it", ann, "1a 2b")
	read(bob, 4)
	told("bob has", ann, "1a 2b 3d 4c 5e 6f")
	say(7, "g h i j k l m")
	told("the next is due, and nobody has read", ann, "1a 2b 3d 4c 5e 6f 7g 8i 9h 10j 11k 12l")
	told("bob", bob, "1a 2b 3c 4d 5e 6f 7g 8h 9i 10j 11k 12l 13m")
}
