package chat

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// field gives a field of a message whose value is a length and bytes.
func field(number protowire.Number, value string) string {
	return string(protowire.AppendString(protowire.AppendTag(nil, number, protowire.BytesType), value))
}

// count gives a field whose value is a varint.
func count(number protowire.Number, value uint64) string {
	return string(protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), value))
}

func TestProtoRefuses(t *testing.T) {
	send := field(1, "c") + count(3, 1)
	for what, bad := range map[string]string{
		"nothing":                      "",
		"an operation of later":        field(19, ""),
		"an event":                     field(9, field(1, "u")),
		"no length":                    "\x12",
		"a length too long":            "\x12\x05\x0a",
		"a length without end":         "\x12\xff",
		"a varint of eleven bytes":     field(2, send+"\x18"+strings.Repeat("\xff", 10)+"\x01"),
		"a varint without end":         field(2, send+"\x18\x80"),
		"field 0":                      field(2, send) + "\x00\x01",
		"a field above 2^29-1":         field(2, send) + "\x80\x80\x80\x80\x10\x01",
		"a group":                      field(2, send) + "\xa3\x06\xa4\x06",
		"a group within":               field(2, send+"\xa3\x06\xa4\x06"),
		"an operation in a group":      "\x13" + send + "\x14",
		"the end of a group":           field(2, send) + "\xa4\x06",
		"wire type 6":                  field(2, send) + "\x7e",
		"a fixed32 without end":        field(2, send+"\x7d\x01\x02\x03"),
		"a fixed64 without end":        field(2, send+"\x79\x01\x02\x03\x04\x05\x06\x07"),
		"a send that is a number":      count(2, 1),
		"a conv that is a number":      field(2, count(1, 1)+count(3, 1)),
		"an n that is bytes":           field(2, field(1, "c")+field(3, "1")),
		"a token that is a number":     field(1, field(2, "d")+count(3, 1)),
		"a to that is bytes":           field(7, count(1, 1)+field(2, "c")+count(4, 1)+field(5, "1")),
		"a conv that is not UTF-8":     field(2, field(1, "\xff")+count(3, 1)),
		"a token that is not UTF-8":    field(1, field(2, "d")+field(3, "\xff")),
		"a short stream":               field(2, send+field(2, "123456789012345")),
		"a long stream":                field(2, send+field(2, "12345678901234567")),
		"an n above 2^53-1":            field(2, field(1, "c")+count(3, 1<<53)),
		"an epoch above 2^32-1":        field(6, field(1, "c")+count(2, 1<<32)+count(3, 1)),
		"a fault before the operation": field(1, "\xff") + field(2, send),
	} {
		got, err := Proto{}.NewDecoder().Request([]byte(bad))
		isSyntaxError(t, what, err)
		if got != nil && err == nil {
			t.Errorf("%s is %+v", what, got)
		}
	}
}

func TestProtoRefusesEvents(t *testing.T) {
	at := count(2, 1) + count(3, 1)
	for what, bad := range map[string]string{
		"an unknown kind":        field(10, field(1, field(1, "c")+count(2, 4))),
		"an unknown change":      field(13, field(1, "c")+at+count(7, 3)),
		"too long a duration":    field(17, count(1, MaxN)),
		"too many entries twice": strings.Repeat(field(15, field(2, "c")+strings.Repeat(field(3, ""), MaxEntries/2+1)), 2),
		"a fault in a position":  field(16, field(2, "c")+field(3, count(1, 1<<32))),
		"a fault in an entry":    field(15, field(2, "c")+field(3, field(4, "\xff"))),
	} {
		_, err := Proto{}.NewDecoder().Event([]byte(bad))
		isSyntaxError(t, what, err)
	}
}

func TestProtoSkipsWhatItDoesNotKnow(t *testing.T) {
	other := field(100, "x") + count(101, 1<<63) + "\xb5\x06abcd" + "\xb1\x06abcdefgh"
	wire := other + field(2, other+field(1, "c")+other+count(3, 1)+field(4, "b")+other) + other + field(19, "later")
	got, err := Proto{}.NewDecoder().Request([]byte(wire))
	if want := (&Send{Conversation: "c", N: 1, Body: []byte("b")}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// As protobuf has it: of a field the last counts, a message that comes twice is
// merged, and of the operations of an envelope the last counts.
func TestProtoMerges(t *testing.T) {
	d := Proto{}.NewDecoder()
	for _, c := range []struct {
		wire string
		want Event
	}{
		{field(14, field(1, "no")+field(1, "c")+field(2, "u")+count(3, 9)+count(3, 1)+count(4, 2)),
			&Receipt{Conversation: "c", User: "u", At: Position{1, 2}}},
		{field(14, field(1, "c")+count(3, 1)+count(4, 1)) + field(14, field(2, "u")+count(4, 2)),
			&Receipt{Conversation: "c", User: "u", At: Position{1, 2}}},
		{field(16, field(2, "c")+field(3, count(1, 1))+field(4, count(1, 2))+field(3, count(2, 3))),
			&Synced{Conversation: "c", To: Position{1, 3}, Head: Position{Epoch: 2}}},
		{field(8, count(1, 5)) + field(17, field(2, "r")) + field(8, ""),
			&Heartbeat{}},
		{field(15, field(2, "c")+field(3, count(3, 1))) + field(15, field(3, count(3, 2))),
			&Entries{Conversation: "c", Entries: []Entry{{At: Position{Seq: 1}, Body: []byte{}}, {At: Position{Seq: 2}, Body: []byte{}}}}},
		{field(15, field(2, "c")+field(3, count(3, 1))) + field(8, "") + field(15, field(2, "d")),
			&Entries{Conversation: "d", Entries: []Entry{}}},
	} {
		if got, err := d.Event([]byte(c.wire)); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%x\n got %+v, %v\nwant %+v", c.wire, got, err, c.want)
		}
	}
}

// An error may name an operation of a later version.
func TestProtoKnowsNotEveryRefusal(t *testing.T) {
	for _, op := range []uint64{19, 300, 1<<64 - 1} {
		got, err := Proto{}.NewDecoder().Event([]byte(field(18, field(1, "gone")+count(3, op))))
		if want := (&Error{Code: Gone}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

// The bodies of an Entries lie in one buffer; one that grows must not take those
// along that were read before.
func TestProtoBodiesStayApart(t *testing.T) {
	want := &Entries{ID: 1, Conversation: "c"}
	for i := range 100 {
		want.Entries = append(want.Entries, Entry{At: Position{1, Seq(i + 1)}, Body: bytes.Repeat([]byte{byte(i)}, i)})
	}
	got, err := Proto{}.NewDecoder().Event(Proto{}.AppendEvent(nil, want))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	first := got.(*Entries).Entries[1].Body
	_ = append(first, 99)
	if !slices.Equal(got.(*Entries).Entries[2].Body, []byte{2, 2}) {
		t.Error("what is appended to a body runs into the next")
	}
}

// The operations of the hot path leave nothing for the garbage collector.
func TestProtoAllocatesNothing(t *testing.T) {
	d, buf := Proto{}.NewDecoder(), make([]byte, 0, 1024)
	send, ack, message := talk()
	for _, e := range []Event{ack, message} {
		if n := testing.AllocsPerRun(100, func() { _, _ = d.Event(Proto{}.AppendEvent(buf, e)) }); n > 0 {
			t.Errorf("%T: %v allocations", e, n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = d.Request(Proto{}.AppendRequest(buf, send)) }); n > 0 {
		t.Errorf("send: %v allocations", n)
	}
}
