package chat

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var stream = StreamID{0x01, 0x93, 0x5a, 0x1b, 0x2c, 0x3d, 0x70, 1, 0x80, 2, 3, 4, 5, 6, 7, 8}

func requests() []Request {
	return []Request{
		&Hello{User: "ann", Device: "phone", Token: "t.o.k", Stream: stream},
		&Hello{Device: "phone"},
		&Hello{User: UserID(strings.Repeat("å", MaxID/2)), Device: "phone", Token: strings.Repeat("t", MaxToken)},
		&Send{Conversation: "c1", N: 7, Body: []byte("hej\x00 \"du\"\n å 🙂")},
		&Send{Conversation: "c1", Stream: stream, N: MaxN, Body: []byte{0xff, 0, 1, 0x80}},
		&Send{Conversation: "c1", N: 1, Body: []byte{}},
		&Send{Conversation: "c1", N: 1, Body: bytes.Repeat([]byte("long "), 6000)},
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
		&State{Conversations: slices.Repeat([]ConversationState{{Conversation: "c3", Kind: Group, Head: Position{Epoch: 1}}}, MaxStates)},
		&Ack{Conversation: "c1", N: 7, At: Position{1, 12}, Time: at, Duplicate: true},
		&Ack{Conversation: "c1", ID: 3, Stream: stream, At: Position{1, 13}, Time: at},
		&Ack{Conversation: "c1", ID: 3, At: Position{Epoch: 1}, Time: at, Duplicate: true},
		&Message{Conversation: "c1", Entry: message},
		&Message{Conversation: "c1", Entry: Entry{At: Position{1, 12}, Time: time.UnixMilli(-1), Body: []byte{}}},
		&Member{Conversation: "c1", Entry: joined},
		&Receipt{Conversation: "c1", User: "ann", At: Position{1, 12}},
		&Entries{ID: 5, Conversation: "c1", Entries: []Entry{message, joined, left, {At: Position{1, 15}, User: "x", Body: []byte{0xfe}}}},
		&Entries{ID: 5, Conversation: "c1", Entries: slices.Repeat([]Entry{message}, MaxEntries)},
		&Synced{ID: 5, Conversation: "c1", To: Position{1, 12}, Head: Position{1, 14}},
		&Heartbeat{ID: 6},
		&Heartbeat{},
		&Drain{Within: 10 * time.Second, Reason: "deploy", Hint: "ws://other:1/"},
		&Error{Code: Gone, Text: "trimmed", Re: OpSync, ID: 5, Conversation: "c1", First: 9},
		&Error{Code: RateLimited, Re: OpSend, Conversation: "c1", Stream: stream, N: 8, RetryAfter: time.Second},
	}
}

// each runs a promise that every codec keeps.
func each(t *testing.T, promise func(t *testing.T, c Codec)) {
	for _, c := range Codecs() {
		t.Run(c.Subprotocol(), func(t *testing.T) { promise(t, c) })
	}
}

func TestCodecsCarryEveryRequest(t *testing.T) {
	each(t, func(t *testing.T, c Codec) {
		for _, want := range requests() {
			wire := c.AppendRequest(nil, want)
			got, err := c.NewDecoder().Request(wire)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%q\n got %+v, %v\nwant %+v", wire, got, err, want)
			}
		}
	})
}

func TestCodecsCarryEveryEvent(t *testing.T) {
	each(t, func(t *testing.T, c Codec) {
		for _, want := range events() {
			wire := c.AppendEvent(nil, want)
			got, err := c.NewDecoder().Event(wire)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%q\n got %+v, %v\nwant %+v", wire, got, err, want)
			}
		}
	})
}

// A decoder is used for one message after another; nothing of one may show in
// the next.
func TestDecodersKeepNothing(t *testing.T) {
	each(t, func(t *testing.T, c Codec) {
		d := c.NewDecoder()
		for range 3 {
			for _, want := range events() {
				got, err := d.Event(c.AppendEvent(nil, want))
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("got %+v, %v\nwant %+v", got, err, want)
				}
			}
			for _, want := range requests() {
				got, err := d.Request(c.AppendRequest(nil, want))
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("got %+v, %v\nwant %+v", got, err, want)
				}
			}
		}
	})
}

// The message's bytes are the caller's again after the call.
func TestDecodersOwnWhatTheyReturn(t *testing.T) {
	each(t, func(t *testing.T, c Codec) {
		d := c.NewDecoder()
		for _, want := range events() {
			wire := c.AppendEvent(nil, want)
			got, err := d.Event(wire)
			if clear(wire); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, want)
			}
		}
	})
}

// Strings may be kept for good: they are the keys of maps.
func TestStringsOutliveTheNextCall(t *testing.T) {
	each(t, func(t *testing.T, c Codec) {
		d, kept := c.NewDecoder(), make(map[ConversationID]bool)
		for i := range 1000 {
			r, err := d.Request(c.AppendRequest(nil, &Join{ID: 1, Conversation: ConversationID(fmt.Sprint("c", i))}))
			if err != nil {
				t.Fatal(err)
			}
			kept[r.(*Join).Conversation] = true
		}
		for i := range 1000 {
			if !kept[ConversationID(fmt.Sprint("c", i))] {
				t.Fatalf("c%d is gone", i)
			}
		}
	})
}

// What a codec appends stands behind what was there.
func TestCodecsAppend(t *testing.T) {
	each(t, func(t *testing.T, c Codec) {
		for _, e := range events() {
			got := c.AppendEvent([]byte("before"), e)
			if want := append([]byte("before"), c.AppendEvent(nil, e)...); !bytes.Equal(got, want) {
				t.Errorf("%T: got %q, want %q", e, got, want)
			}
		}
	})
}

// A change of members has no body, whatever stands in its Entry.
func TestChangesTravelWithoutBody(t *testing.T) {
	bare := Entry{At: Position{1, 1}, User: "u", Change: Joined}
	full := bare
	full.Body = []byte("x")
	each(t, func(t *testing.T, c Codec) {
		for _, pair := range [][2]Event{
			{&Member{Conversation: "c", Entry: bare}, &Member{Conversation: "c", Entry: full}},
			{&Entries{Conversation: "c", Entries: []Entry{bare}}, &Entries{Conversation: "c", Entries: []Entry{full}}},
		} {
			want, got := c.AppendEvent(nil, pair[0]), c.AppendEvent(nil, pair[1])
			if !bytes.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
}

// Each of these breaks a promise that holds whatever carries it.
func TestCodecsRefuseFaultyOperations(t *testing.T) {
	long := strings.Repeat("x", MaxID+1)
	at := Position{1, 1}
	requests := []Request{
		&Hello{User: "u"}, &Hello{Device: DeviceID(long)}, &Hello{Device: "d", User: UserID(long)},
		&Hello{Device: "d", Token: strings.Repeat("t", MaxToken+1)},
		&Send{N: 1}, &Send{Conversation: ConversationID(long), N: 1}, &Send{Conversation: "c"}, &Send{Conversation: "c", N: MaxN + 1},
		&Join{ID: 1}, &Join{Conversation: "c"}, &Leave{ID: 1}, &Leave{Conversation: "c"},
		&Delivered{At: at}, &Delivered{Conversation: "c", At: Position{Epoch: 1}}, &Read{Conversation: "c", At: Position{Seq: 1}}, &Read{At: at},
		&Sync{ID: 1, From: 1}, &Sync{ID: 1, Conversation: "c"}, &Sync{Conversation: "c", From: 1},
	}
	events := []Event{
		&Welcome{Device: "d"}, &Ack{N: 1, At: at}, &Ack{Conversation: "c", N: 1, At: Position{Epoch: 1}}, &Ack{Conversation: "c", ID: 1},
		&Message{Entry: Entry{At: at}}, &Message{Conversation: "c"}, &Message{Conversation: "c", Entry: Entry{At: at, Change: Joined}},
		&Member{Entry: Entry{At: at, Change: Left}}, &Member{Conversation: "c", Entry: Entry{At: at}}, &Member{Conversation: "c", Entry: Entry{Change: Left}},
		&Receipt{User: "u", At: at}, &Receipt{Conversation: "c", At: at}, &Receipt{Conversation: "c", User: "u"},
		&Entries{ID: 1}, &Entries{Conversation: "c", Entries: make([]Entry, MaxEntries+1)}, &Synced{ID: 1},
		&State{Conversations: []ConversationState{{Kind: Group}}}, &State{Conversations: []ConversationState{{Conversation: "c"}}},
		&State{Conversations: slices.Repeat([]ConversationState{{Conversation: "c", Kind: Group}}, MaxStates+1)},
	}
	each(t, func(t *testing.T, c Codec) {
		d := c.NewDecoder()
		for _, r := range requests {
			_, err := d.Request(c.AppendRequest(nil, r))
			isSyntaxError(t, fmt.Sprintf("%T%+v", r, r), err)
		}
		for _, e := range events {
			_, err := d.Event(c.AppendEvent(nil, e))
			isSyntaxError(t, fmt.Sprintf("%T%+v", e, e), err)
		}
		for _, e := range events {
			_, err := d.Request(c.AppendEvent(nil, e))
			isSyntaxError(t, fmt.Sprintf("%T as a request", e), err)
		}
		for _, r := range requests {
			_, err := d.Event(c.AppendRequest(nil, r))
			isSyntaxError(t, fmt.Sprintf("%T as an event", r), err)
		}
	})
}

func isSyntaxError(t *testing.T, what string, err error) {
	t.Helper()
	if _, ok := errors.AsType[*SyntaxError](err); !ok {
		t.Errorf("%.100s: %v, want a syntax error", what, err)
	}
}

// A name decides alone: two codecs of one name could not be told apart.
func TestCodecsAreFoundByName(t *testing.T) {
	for _, c := range Codecs() {
		if got, ok := CodecFor(c.Subprotocol()); !ok || got != c {
			t.Errorf("%s gives %v, %t", c.Subprotocol(), got, ok)
		}
	}
	if _, ok := CodecFor("throng.v1.cbor"); ok {
		t.Error("a codec that is not there was found")
	}
}
