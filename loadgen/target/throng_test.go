package target

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// log is a hearer that writes down what it hears.
type log struct{ lines []string }

func (l *log) say(format string, args ...any) {
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

func (l *log) Welcome(w Welcome) { l.say("welcome %d %d", w.Stream[15], w.MaxBody) }
func (l *log) State(s State) {
	l.say("state %s head %v first %d read %v", s.Conversation, s.Head, s.First, s.Read)
}
func (l *log) Listed() { l.say("listed") }
func (l *log) Ack(a Ack) {
	l.say("ack %s %d/%d %v %t", a.Conversation, a.Stream[15], a.N, a.At, a.Duplicate)
}
func (l *log) Entry(e *Entry) {
	l.say("entry %s %v change %t synced %t %q", e.Conversation, e.At, e.Change, e.Synced, e.Body)
}
func (l *log) Synced(conversation string, id uint64) { l.say("synced %s %d", conversation, id) }
func (l *log) Receipt(r Receipt)                     { l.say("receipt %s %s %v", r.Conversation, r.User, r.At) }
func (l *log) Refused(r Refusal) {
	l.say("refused %s %q send %t sync %t %s %d/%d id %d first %d after %v", r.Code, r.Text, r.Send, r.Sync, r.Conversation, r.Stream[15], r.N, r.ID, r.First, r.RetryAfter)
}
func (l *log) Drain(within time.Duration) { l.say("drain %v", within) }

func json(t testing.TB) Protocol {
	t.Helper()
	return speak(t, "json")
}

func speak(t testing.TB, codec string) Protocol {
	t.Helper()
	p, err := New("throng", codec)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// codecs are what both the target and the generator speak, by their names in
// scenarios.
var codecs = map[string]chat.Codec{"json": chat.JSON{}, "proto": chat.Proto{}}

func entry(seq chat.Seq, change chat.Change, body string) chat.Entry {
	return chat.Entry{At: chat.Position{Epoch: 2, Seq: seq}, User: "u", Time: time.UnixMilli(1), Change: change, Body: []byte(body)}
}

func TestEveryEventIsHeard(t *testing.T) {
	s := chat.StreamID{15: 9}
	for _, c := range []struct {
		event chat.Event
		want  []string
	}{
		{&chat.Welcome{User: "u", Device: "d", Stream: s, Node: "n", MaxBody: 10}, []string{"welcome 9 10"}},
		{&chat.State{Conversations: []chat.ConversationState{
			{Conversation: "a", Kind: chat.Group, Head: chat.Position{Epoch: 1, Seq: 7}, First: 3, Read: chat.Position{Epoch: 1, Seq: 4}},
			{Conversation: "b", Kind: chat.Direct, Head: chat.Position{Epoch: 1}},
		}, More: true}, []string{"state a head {1 7} first 3 read {1 4}", "state b head {1 0} first 0 read {0 0}"}},
		{&chat.State{}, []string{"listed"}},
		{&chat.Ack{Conversation: "a", Stream: s, N: 3, At: chat.Position{Epoch: 2, Seq: 5}, Duplicate: true}, []string{"ack a 9/3 {2 5} true"}},
		{&chat.Ack{Conversation: "a", ID: 4, At: chat.Position{Epoch: 2, Seq: 5}}, nil}, // of a join
		{&chat.Message{Conversation: "a", Entry: entry(5, chat.None, "hi")}, []string{`entry a {2 5} change false synced false "hi"`}},
		{&chat.Member{Conversation: "a", Entry: entry(6, chat.Left, "")}, []string{`entry a {2 6} change true synced false ""`}},
		{&chat.Entries{ID: 1, Conversation: "a", Entries: []chat.Entry{entry(1, chat.None, "x"), entry(2, chat.Joined, "")}},
			[]string{`entry a {2 1} change false synced true "x"`, `entry a {2 2} change true synced true ""`}},
		{&chat.Synced{ID: 8, Conversation: "a"}, []string{"synced a 8"}},
		{&chat.Receipt{Conversation: "a", User: "u", At: chat.Position{Epoch: 2, Seq: 5}}, []string{"receipt a u {2 5}"}},
		{&chat.Heartbeat{ID: 1}, nil},
		{&chat.Drain{Within: time.Second}, []string{"drain 1s"}},
		{&chat.Error{Code: chat.RateLimited, Text: "slow", Re: chat.OpSend, Conversation: "a", Stream: s, N: 2, RetryAfter: time.Second},
			[]string{`refused rate_limited "slow" send true sync false a 9/2 id 0 first 0 after 1s`}},
		{&chat.Error{Code: chat.Gone, Re: chat.OpSync, Conversation: "a", ID: 2, First: 9},
			[]string{`refused gone "" send false sync true a 0/0 id 2 first 9 after 0s`}},
		{&chat.Error{Code: chat.BadRequest}, []string{`refused bad_request "" send false sync false  0/0 id 0 first 0 after 0s`}},
	} {
		for name, codec := range codecs {
			l := new(log)
			if err := speak(t, name).NewDecoder().Decode(codec.AppendEvent(nil, c.event), l); err != nil {
				t.Errorf("%s: %T: %v", name, c.event, err)
			}
			if !slices.Equal(l.lines, c.want) {
				t.Errorf("%s: %T is heard as\n%s, want\n%s", name, c.event, strings.Join(l.lines, "\n"), strings.Join(c.want, "\n"))
			}
		}
	}
}

func TestEveryRequestIsSaid(t *testing.T) {
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) { requestsAreSaid(t, speak(t, name), codec) })
	}
}

func requestsAreSaid(t *testing.T, p Protocol, codec chat.Codec) {
	s := Stream{15: 9}
	for _, c := range []struct {
		said []byte
		want chat.Request
	}{
		{p.AppendHello(nil, Hello{User: "u", Device: "d", Token: "t", Stream: s}), &chat.Hello{User: "u", Device: "d", Token: "t", Stream: chat.StreamID(s)}},
		{p.AppendSend(nil, &Send{Conversation: "a", Stream: s, N: 3, Body: []byte("hi")}), &chat.Send{Conversation: "a", Stream: chat.StreamID(s), N: 3, Body: []byte("hi")}},
		{p.AppendSend(nil, &Send{Conversation: "a", N: 3, Body: []byte{0xff}}), &chat.Send{Conversation: "a", N: 3, Body: []byte{0xff}}},
		{p.AppendSync(nil, Sync{ID: 1, Conversation: "a", Epoch: 2, From: 3, To: 4}), &chat.Sync{ID: 1, Conversation: "a", Epoch: 2, From: 3, To: 4}},
		{p.AppendRead(nil, "a", Position{2, 3}), &chat.Read{Conversation: "a", At: chat.Position{Epoch: 2, Seq: 3}}},
	} {
		got, err := codec.NewDecoder().Request(c.said)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q is %+v, %v; want %+v", c.said, got, err, c.want)
		}
	}
}

func TestWhatIsNoEventIsAnError(t *testing.T) {
	d := json(t).NewDecoder()
	for _, text := range []string{``, `{`, `[]`, `null`, `{"op":"poem"}`, `{"op":"send","conv":"a","n":1,"body":""}`, `{"op":"message","conv":"a"}`, `{"op":"ack","conv":"a","n":1,"epoch":1,"seq":1}x`} {
		l := new(log)
		if err := d.Decode([]byte(text), l); err == nil || len(l.lines) > 0 {
			t.Errorf("%s: error %v, heard %v", text, err, l.lines)
		}
	}
	l := new(log)
	if err := d.Decode([]byte(`{"op":"synced","id":3,"conv":"a","new":[{}]}`), l); err != nil || len(l.lines) != 1 {
		t.Errorf("after errors and with a field that is not known: %v, %v", err, l.lines)
	}
}

func TestOtherProtocolsAreRefused(t *testing.T) {
	for _, c := range [][2]string{{"irc", "json"}, {"throng", "cbor"}, {"throng", ""}, {"", "json"}} {
		if _, err := New(c[0], c[1]); err == nil || !strings.Contains(err.Error(), "this version speaks") {
			t.Errorf("%v: %v", c, err)
		}
	}
	for name, codec := range codecs {
		p := speak(t, name)
		if p.Path() != "/ws" || p.Binary() != codec.Binary() || !slices.Equal(p.Subprotocols(), []string{"throng.v1." + name}) {
			t.Errorf("path %s, binary %t, subprotocols %v", p.Path(), p.Binary(), p.Subprotocols())
		}
	}
}

// FuzzDecode: nothing that a target says makes a decoder panic, and what is an
// error is not heard.
func FuzzDecode(f *testing.F) {
	for _, e := range []chat.Event{
		&chat.Message{Conversation: "a", Entry: entry(5, chat.None, "hi")},
		&chat.Entries{ID: 1, Conversation: "a", Entries: []chat.Entry{entry(1, chat.Joined, "")}},
		&chat.State{Conversations: []chat.ConversationState{{Conversation: "a", Kind: chat.Group}}},
		&chat.Error{Code: chat.Gone, Re: chat.OpSync, Conversation: "a", ID: 2, First: 9},
		&chat.Ack{Conversation: "a", N: 3, At: chat.Position{Epoch: 2, Seq: 5}},
	} {
		f.Add(chat.JSON{}.AppendEvent(nil, e))
		f.Add(chat.Proto{}.AppendEvent(nil, e))
	}
	text, binary := json(f).NewDecoder(), speak(f, "proto").NewDecoder()
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, d := range []Decoder{text, binary} {
			l := new(log)
			if err := d.Decode(payload, l); err != nil && len(l.lines) > 0 {
				t.Errorf("%q is an error and heard: %v", payload, l.lines)
			}
		}
	})
}
