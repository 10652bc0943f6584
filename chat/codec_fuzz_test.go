package chat

import (
	"bytes"
	"reflect"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// FuzzJSON: what decodes from JSON is the same after another way through JSON and
// after one through Proto.
func FuzzJSON(f *testing.F) {
	seed(f, JSON{})
	f.Fuzz(func(t *testing.T, wire []byte) {
		if utf8.Valid(wire) { // text frames are
			travel(t, JSON{}, wire)
		}
	})
}

// FuzzProto: the same from Proto.
func FuzzProto(f *testing.F) {
	seed(f, Proto{})
	f.Fuzz(func(t *testing.T, wire []byte) { travel(t, Proto{}, wire) })
}

func seed(f *testing.F, c Codec) {
	for _, r := range requests() {
		f.Add(c.AppendRequest(nil, r))
	}
	for _, e := range events() {
		f.Add(c.AppendEvent(nil, e))
	}
}

func travel(t *testing.T, from Codec, wire []byte) {
	if r, err := from.NewDecoder().Request(wire); err != nil {
		isSyntaxError(t, "request", err)
	} else {
		for _, c := range Codecs() {
			again, err := c.NewDecoder().Request(c.AppendRequest(nil, r))
			if err != nil || !reflect.DeepEqual(again, r) {
				t.Errorf("%T: request %+v came back as %+v, %v", c, r, again, err)
			}
		}
	}
	if e, err := from.NewDecoder().Event(wire); err != nil {
		isSyntaxError(t, "event", err)
	} else {
		for _, c := range Codecs() {
			again, err := c.NewDecoder().Event(c.AppendEvent(nil, e))
			if err != nil || !reflect.DeepEqual(normal(again), normal(e)) {
				t.Errorf("%T: event %+v came back as %+v, %v", c, e, again, err)
			}
		}
	}
}

// normal evens out what codecs need not keep: no body and an empty one, no time
// and the year 1, and the body that a change of members should not have.
func normal(e Event) Event {
	switch e := e.(type) {
	case *Ack:
		normalTime(&e.Time)
	case *Message:
		normalEntry(&e.Entry)
	case *Member:
		normalEntry(&e.Entry)
	case *Entries:
		for i := range e.Entries {
			normalEntry(&e.Entries[i])
		}
		if len(e.Entries) == 0 {
			e.Entries = nil
		}
	case *State:
		if len(e.Conversations) == 0 {
			e.Conversations = nil
		}
	}
	return e
}

func normalEntry(e *Entry) {
	normalTime(&e.Time)
	if settle(e); len(e.Body) == 0 {
		e.Body = nil
	}
}

func normalTime(t *time.Time) {
	if t.IsZero() {
		*t = time.Time{}
	}
}

// FuzzProtoAsALibrary: what Proto takes, a library takes, and reads the same in
// it, however odd: fields that come twice, in another order, not known, in more
// bytes than they need.
func FuzzProtoAsALibrary(f *testing.F) {
	seed(f, Proto{})
	file := schema(f)
	request, event := envelope(f, file, "Request"), envelope(f, file, "Event")
	f.Fuzz(func(t *testing.T, wire []byte) {
		if got, err := (Proto{}).NewDecoder().Request(wire); err == nil {
			want, err := Proto{}.NewDecoder().Request(rewrite(t, request, wire))
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("we read %+v, a library %+v, %v", got, want, err)
			}
		}
		if got, err := (Proto{}).NewDecoder().Event(wire); err == nil {
			want, err := Proto{}.NewDecoder().Event(rewrite(t, event, wire))
			if err != nil || !reflect.DeepEqual(normal(got), normal(want)) {
				t.Errorf("we read %+v, a library %+v, %v", got, want, err)
			}
		}
	})
}

// rewrite gives what a library understood, in its own words.
func rewrite(t *testing.T, schema protoreflect.MessageDescriptor, wire []byte) []byte {
	t.Helper()
	m := dynamicpb.NewMessage(schema)
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(bytes.Clone(wire), m); err != nil {
		t.Fatalf("%x: a library refuses it: %v", wire, err)
	}
	again, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return again
}
