package chat

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

var stream = StreamID{0x01, 0x93, 0x5a, 0x1b, 0x2c, 0x3d, 0x70, 1, 0x80, 2, 3, 4, 5, 6, 7, 8}

func requests() []Request {
	return []Request{
		&Hello{User: "ann", Device: "phone", Token: "t.o.k", Stream: stream},
		&Hello{Device: "phone"},
		&Send{Conversation: "c1", N: 7, Body: []byte("hej\x00 \"du\"\n å 🙂")},
		&Send{Conversation: "c1", Stream: stream, N: MaxN, Body: []byte{0xff, 0, 1, 0x80}},
		&Send{Conversation: "c1", N: 1, Body: []byte{}},
		&Join{ID: 3, Conversation: "c\x00\u2028\""},
		&Leave{ID: 4, Conversation: "c1"},
		&Delivered{Conversation: "c1", At: Position{1, 9}},
		&Read{Conversation: "c1", At: Position{1<<32 - 1, MaxN}},
		&Sync{ID: 5, Conversation: "c1", Epoch: 1, From: 2, To: 9},
		&Sync{ID: 5, Conversation: "c1", From: 1},
		&Heartbeat{ID: 6},
		&Heartbeat{},
	}
}

func events() []Event {
	at := time.UnixMilli(1_700_000_000_123)
	message := Entry{At: Position{1, 12}, User: "ann", Time: at, Body: []byte("hi")}
	joined := Entry{At: Position{1, 13}, User: "bob", Time: at, Change: Joined}
	left := Entry{At: Position{2, 14}, User: "bob", Time: at, Change: Left}
	return []Event{
		&Welcome{User: "ann", Device: "phone", Stream: stream, Node: "n1", Conversations: 5, Heartbeat: 30 * time.Second,
			MaxFrame: MaxFrame, MaxBody: MaxBody, RefMaxAge: RefMaxAge, Resumed: true},
		&State{Conversations: []ConversationState{
			{Conversation: "c1", Kind: Direct, Head: Position{1, 12}, First: 1, Delivered: Position{1, 10}, Read: Position{1, 9}},
			{Conversation: "c2", Kind: Channel, First: 1}}, More: true},
		&Ack{Conversation: "c1", N: 7, At: Position{1, 12}, Time: at, Duplicate: true},
		&Ack{Conversation: "c1", ID: 3, Stream: stream, At: Position{1, 13}, Time: at},
		&Ack{Conversation: "c1", ID: 3, At: Position{Epoch: 1}, Time: at, Duplicate: true},
		&Message{Conversation: "c1", Entry: message},
		&Member{Conversation: "c1", Entry: joined},
		&Receipt{Conversation: "c1", User: "ann", At: Position{1, 12}},
		&Entries{ID: 5, Conversation: "c1", Entries: []Entry{message, joined, left, {At: Position{1, 15}, User: "x", Body: []byte{0xfe}}}},
		&Synced{ID: 5, Conversation: "c1", To: Position{1, 12}, Head: Position{1, 14}},
		&Heartbeat{ID: 6},
		&Drain{Within: 10 * time.Second, Reason: "deploy", Hint: "ws://other:1/"},
		&Error{Code: Gone, Text: "trimmed", Re: OpSync, ID: 5, Conversation: "c1", First: 9},
		&Error{Code: RateLimited, Re: OpSend, Conversation: "c1", Stream: stream, N: 8, RetryAfter: time.Second},
	}
}

func TestJSONCarriesEveryRequest(t *testing.T) {
	for _, want := range requests() {
		wire := JSON{}.AppendRequest(nil, want)
		got, err := JSON{}.NewDecoder().Request(wire)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n got %+v, %v\nwant %+v", wire, got, err, want)
		}
	}
}

func TestJSONCarriesEveryEvent(t *testing.T) {
	for _, want := range events() {
		wire := JSON{}.AppendEvent(nil, want)
		got, err := JSON{}.NewDecoder().Event(wire)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n got %+v, %v\nwant %+v", wire, got, err, want)
		}
	}
}

// A decoder is used for one message after another; nothing of one may show in
// the next.
func TestJSONDecoderKeepsNothing(t *testing.T) {
	d := JSON{}.NewDecoder()
	for range 3 {
		for _, want := range events() {
			got, err := d.Event(JSON{}.AppendEvent(nil, want))
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("got %+v, %v\nwant %+v", got, err, want)
			}
		}
	}
}

func TestJSONRefuses(t *testing.T) {
	long := strings.Repeat("x", MaxID+1)
	for _, bad := range []string{
		``, `null`, `[]`, `{`, `{}`, `{"op":"hello"}`, `{"op":"nope"}`, `{"op":1}`,
		`{"op":"hello","device":"` + long + `"}`,
		`{"op":"hello","device":"d","stream":"x"}`,
		`{"op":"hello","device":"d","stream":"{01935a1b-2c3d-7001-8002-030405060708}"}`,
		`{"op":"hello","device":"d"} x`, `{"op":"hello","device":"d"}{}`,
		`{"op":"send","conv":"c","body":"x"}`, `{"op":"send","conv":"c","n":0,"body":"x"}`,
		`{"op":"send","conv":"c","n":-1,"body":"x"}`, `{"op":"send","conv":"c","n":1.5,"body":"x"}`,
		`{"op":"send","conv":"c","n":9007199254740992,"body":"x"}`,
		`{"op":"send","conv":"c","n":1}`, `{"op":"send","conv":"c","n":1,"body":"x","b64":"eA=="}`,
		`{"op":"send","conv":"c","n":1,"b64":"!"}`, `{"op":"send","conv":"","n":1,"body":"x"}`,
		`{"op":"read","conv":"c","epoch":4294967296,"seq":1}`, `{"op":"read","conv":"c","seq":1}`,
		`{"op":"sync","conv":"c","id":1}`, `{"op":"join","conv":"c"}`,
	} {
		got, err := JSON{}.NewDecoder().Request([]byte(bad))
		if syntax, ok := errors.AsType[*SyntaxError](err); !ok {
			t.Errorf("%s: got %+v, %v, want a syntax error", bad, got, syntax)
		}
	}
}

func TestJSONSkipsWhatItDoesNotKnow(t *testing.T) {
	got, err := JSON{}.NewDecoder().Request([]byte(`{"later":{"a":[1,{}]},"n":1,"op":"send","x":null,"conv":"c","body":"b"}`))
	if want := (&Send{Conversation: "c", N: 1, Body: []byte("b")}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestPositionsOrder(t *testing.T) {
	order := []Position{{}, {1, 1}, {1, 9}, {2, 3}, {2, 4}}
	for i, p := range order {
		for j, q := range order {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := p.Compare(q); got != want {
				t.Errorf("%v.Compare(%v) = %d, want %d", p, q, got, want)
			}
		}
	}
}

func TestStreamTellsItsAge(t *testing.T) {
	before := time.Now().Truncate(time.Millisecond)
	s, err := NewStream()
	if err != nil || !s.Valid() || s.Time().Before(before) || time.Until(s.Time()) > time.Millisecond {
		t.Errorf("stream %v of %v, %v", s, s.Time(), err)
	}
	if (StreamID{1}).Valid() {
		t.Error("not a UUIDv7, yet valid")
	}
}

// FuzzJSON: what decodes must encode to what decodes to the same.
func FuzzJSON(f *testing.F) {
	for _, r := range requests() {
		f.Add(JSON{}.AppendRequest(nil, r))
	}
	for _, e := range events() {
		f.Add(JSON{}.AppendEvent(nil, e))
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		if r, err := (JSON{}).NewDecoder().Request(wire); err == nil {
			again, err := JSON{}.NewDecoder().Request(JSON{}.AppendRequest(nil, r))
			if err != nil || !reflect.DeepEqual(again, r) {
				t.Errorf("request %+v came back as %+v, %v", r, again, err)
			}
		}
		if e, err := (JSON{}).NewDecoder().Event(wire); err == nil {
			again := JSON{}.AppendEvent(nil, e)
			if _, err := (JSON{}).NewDecoder().Event(again); err != nil {
				t.Errorf("event %+v became %s: %v", e, again, err)
			}
		}
	})
}

func BenchmarkJSON(b *testing.B) {
	body := []byte(strings.Repeat("x", 128))
	at := time.UnixMilli(1_700_000_000_123)
	message := &Message{Conversation: "c-12345", Entry: Entry{At: Position{1, 1234}, User: "u-1234", Time: at, Body: body}}
	send := &Send{Conversation: "c-12345", N: 17, Body: body}
	wire, buf, d := JSON{}.AppendEvent(nil, message), make([]byte, 0, 1024), JSON{}.NewDecoder()
	sent := JSON{}.AppendRequest(nil, send)
	b.Run("append=message", func(b *testing.B) {
		for b.Loop() {
			buf = JSON{}.AppendEvent(buf[:0], message)
		}
	})
	b.Run("decode=message", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := d.Event(wire); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode=send", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := d.Request(sent); err != nil {
				b.Fatal(err)
			}
		}
	})
}
