package room

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
	"github.com/seed886cd727/throng/server/conversation"
)

// wire is a connection that keeps what is queued on it.
type wire struct {
	mu      sync.Mutex
	frames  []*netio.Frame
	flushed int // frames at the last flush
	flushes int
}

func (w *wire) Queue(f *netio.Frame) (flush bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.frames = append(w.frames, f)
	return len(w.frames) == w.flushed+1
}

func (w *wire) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flushed, w.flushes = len(w.frames), w.flushes+1
}

func (w *wire) seqs() (seqs []chat.Seq) {
	d := chat.Codecs()[0].NewDecoder()
	for _, f := range w.frames {
		e, err := d.Event(f.Payload())
		if m, ok := e.(*chat.Message); ok && err == nil {
			seqs = append(seqs, m.At.Seq)
		}
	}
	return seqs
}

// seat is an outbox with a place in rooms.
type seat struct {
	conversation.Outbox
	Listener
	wire wire
}

func sit() *seat {
	s := &seat{}
	s.Conn = &s.wire
	return s
}

func (s *seat) Hold() { s.Listener.Hold(1000) }

func (s *seat) Release(told func(chat.ConversationID, chat.Position) bool) bool {
	return s.Listener.Release(told)
}

func nothing(chat.ConversationID, chat.Position) bool { return false }

func message(s chat.Seq) *chat.Message {
	return &chat.Message{Conversation: "c", Entry: chat.Entry{At: chat.Position{Epoch: 1, Seq: s}, Body: []byte("x")}}
}

func TestOneFrameForAll(t *testing.T) {
	r := New(chat.Codecs())
	a, b, c := sit(), sit(), sit()
	r.Subscribe("c", chat.Group, a)
	r.Subscribe("c", chat.Group, b)
	r.Subscribe("other", chat.Group, c)
	p := r.Publisher()
	p.Publish("c", message(1), nil)
	p.Publish("c", message(2), b)
	p.Push(b, message(3))
	if a.wire.flushes+b.wire.flushes > 0 {
		t.Fatal("written before the flush")
	}
	p.Flush()
	p.Flush()
	if !slices.Equal(a.wire.seqs(), []chat.Seq{1, 2}) || !slices.Equal(b.wire.seqs(), []chat.Seq{1, 3}) || len(c.wire.frames) > 0 {
		t.Fatalf("a hears %v, b %v, c %v", a.wire.seqs(), b.wire.seqs(), c.wire.seqs())
	}
	if a.wire.frames[0] != b.wire.frames[0] {
		t.Fatal("the event was encoded twice")
	}
	if a.wire.flushes != 1 || b.wire.flushes != 1 {
		t.Fatalf("%d and %d flushes for one", a.wire.flushes, b.wire.flushes)
	}
}

// counted is a codec that counts what it encodes.
type counted struct {
	chat.Codec
	events *int
}

func (c counted) AppendEvent(dst []byte, e chat.Event) []byte {
	*c.events++
	return c.Codec.AppendEvent(dst, e)
}

func TestOneEncodingForEachCodec(t *testing.T) {
	var codecs []chat.Codec
	encoded := make([]int, len(chat.Codecs()))
	for i, c := range chat.Codecs() {
		codecs = append(codecs, counted{c, &encoded[i]})
	}
	r := New(codecs)
	var seats []*seat
	for i := range 5 * len(codecs) {
		s := sit()
		s.Codec = uint8(i % len(codecs))
		r.Subscribe("c", chat.Group, s)
		seats = append(seats, s)
	}
	p := r.Publisher()
	p.Publish("c", message(7), nil)
	p.Flush()
	for i, s := range seats {
		f := s.wire.frames[0]
		if len(s.wire.frames) != 1 || f != seats[s.Codec].wire.frames[0] {
			t.Errorf("listener %d has %d frames, or not the one of its codec", i, len(s.wire.frames))
		}
		e, err := codecs[s.Codec].NewDecoder().Event(f.Payload())
		if m, ok := e.(*chat.Message); err != nil || !ok || m.At.Seq != 7 {
			t.Errorf("listener %d hears %v, %v", i, e, err)
		}
		want := netio.TextFrame(f.Payload())
		if codecs[s.Codec].Binary() {
			want = netio.BinaryFrame(f.Payload())
		}
		if !reflect.DeepEqual(f, want) {
			t.Errorf("listener %d hears the other kind of frame", i)
		}
	}
	for i, n := range encoded {
		if n != 1 {
			t.Errorf("%s: encoded %d times", codecs[i].Subprotocol(), n)
		}
	}
}

func TestHeldFramesKeepTheirOrder(t *testing.T) {
	for range 50 {
		r, a := New(chat.Codecs()), sit()
		a.Listener.Hold(1 << 20)
		r.Subscribe("c", chat.Direct, a)
		const n = 200
		var wg sync.WaitGroup
		wg.Go(func() {
			p := r.Publisher()
			for s := range chat.Seq(n) {
				p.Publish("c", message(s+1), nil)
			}
			p.Flush()
		})
		wg.Go(func() {
			if !a.Release(nothing) {
				t.Error("too much was held")
			}
		})
		wg.Wait()
		if got := a.wire.seqs(); len(got) != n || !slices.IsSorted(got) {
			t.Fatalf("%d came: %v", len(got), got)
		}
	}
}

// TestWhatWasToldIsNotReleased: entries that the heads count are left out, events
// that are no entries are not.
func TestWhatWasToldIsNotReleased(t *testing.T) {
	r, a := New(chat.Codecs()), sit()
	a.Listener.Hold(1 << 20)
	r.Subscribe("c", chat.Direct, a)
	r.Subscribe("d", chat.Direct, a)
	p := r.Publisher()
	for s := range chat.Seq(4) {
		p.Publish("c", message(s+1), nil)
	}
	p.Publish("c", &chat.Receipt{Conversation: "c", User: "bob", At: chat.Position{Epoch: 1, Seq: 1}}, nil)
	p.Publish("d", &chat.Member{Conversation: "d", Entry: chat.Entry{At: chat.Position{Epoch: 1, Seq: 2}, Change: chat.Joined}}, nil)
	p.Publish("d", &chat.Member{Conversation: "d", Entry: chat.Entry{At: chat.Position{Epoch: 1, Seq: 3}, Change: chat.Joined}}, nil)
	a.Release(func(id chat.ConversationID, at chat.Position) bool { return at.Seq <= 2 })
	if got := a.wire.seqs(); len(a.wire.frames) != 4 || !slices.Equal(got, []chat.Seq{3, 4}) {
		t.Fatalf("%d came: %v", len(a.wire.frames), got)
	}
}

func TestHoldIsBounded(t *testing.T) {
	r, a := New(chat.Codecs()), sit()
	a.Hold()
	r.Subscribe("c", chat.Direct, a)
	p := r.Publisher()
	for s := range chat.Seq(100) {
		p.Publish("c", message(s+1), nil)
	}
	if len(a.wire.frames) > 0 {
		t.Fatal("what was held was queued")
	}
	if a.Release(nothing) {
		t.Fatal("more than the bound was held, and nobody said so")
	}
	if b := sit(); !b.Release(nothing) {
		t.Fatal("nothing was held, and it was too much")
	}
}

func TestDroppedConversation(t *testing.T) {
	r, a := New(chat.Codecs()), sit()
	old := r.Subscribe("c", chat.Group, a)
	r.Drop("c")
	r.Drop("c")
	r.Publisher().Publish("c", message(1), nil)
	fresh := r.Subscribe("c", chat.Group, a)
	r.Unsubscribe(old, a, false) // of the conversation that is no more
	if !old.Removed() || fresh.Removed() || r.Len() != 1 {
		t.Fatalf("old removed: %v, new removed: %v, %d rooms", old.Removed(), fresh.Removed(), r.Len())
	}
	r.Publisher().Publish("c", message(2), nil)
	if got := a.wire.seqs(); !slices.Equal(got, []chat.Seq{2}) {
		t.Fatalf("heard %v", got)
	}
}

func TestGoneListenersAreTidiedUp(t *testing.T) {
	r := New(chat.Codecs())
	const n = 1000
	var seats []*seat
	var topic *conversation.Topic
	for range n {
		s := sit()
		topic = r.Subscribe("c", chat.Channel, s)
		seats = append(seats, s)
	}
	for i, s := range seats[:n*9/10] {
		r.Unsubscribe(topic, s, true)
		if left := n - 1 - i; len(r.listeners("c", nil)) > max(few, 2*left+2) {
			t.Fatalf("%d listeners are kept of %d", len(r.listeners("c", nil)), left)
		}
	}
	r.Publisher().Publish("c", message(1), nil)
	for i, s := range seats {
		if heard := len(s.wire.frames) > 0; heard != (i >= n*9/10) {
			t.Fatalf("listener %d heard: %v", i, heard)
		}
	}
}

// TestRoomsAreWhatTheModelSays compares rooms with plain sets.
func TestRoomsAreWhatTheModelSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, p := New(chat.Codecs()), chat.Seq(0)
		publisher := r.Publisher()
		seats := make([]*seat, 40)
		want := make([][]chat.Seq, len(seats))
		topics := make([]map[chat.ConversationID]*conversation.Topic, len(seats))
		for i := range seats {
			seats[i], topics[i] = sit(), make(map[chat.ConversationID]*conversation.Topic)
		}
		for range rapid.IntRange(0, 300).Draw(t, "steps") {
			i := rapid.IntRange(0, len(seats)-1).Draw(t, "who")
			id := chat.ConversationID(fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "conv")))
			topic := topics[i][id]
			switch rapid.SampledFrom(strings.Fields("join join join leave publish vanish")).Draw(t, "what") {
			case "join":
				if topic == nil {
					topics[i][id] = r.Subscribe(id, chat.Channel, seats[i])
				}
			case "leave":
				if topic != nil {
					r.Unsubscribe(topic, seats[i], false)
					delete(topics[i], id)
				}
			case "vanish": // another takes the seat
				for one, topic := range topics[i] {
					r.Unsubscribe(topic, seats[i], true)
					delete(topics[i], one)
				}
				if got := seats[i].wire.seqs(); !slices.Equal(got, want[i]) {
					t.Fatalf("%d heard %v, want %v", i, got, want[i])
				}
				seats[i], want[i] = sit(), nil
			case "publish":
				p++
				publisher.Publish(id, message(p), nil)
				for j := range seats {
					if topics[j][id] != nil {
						want[j] = append(want[j], p)
					}
				}
			}
		}
		living := make(map[chat.ConversationID]bool)
		for i := range seats {
			if got := seats[i].wire.seqs(); !slices.Equal(got, want[i]) {
				t.Fatalf("%d heard %v, want %v", i, got, want[i])
			}
			for id := range topics[i] {
				living[id] = true
			}
		}
		if r.Len() < len(living) {
			t.Fatalf("%d rooms for %d conversations with listeners", r.Len(), len(living))
		}
	})
}
