package trace

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// small is a trace of two people, by hand.
func small() *Trace {
	return &Trace{
		Header: Header{
			Schema: Schema, Events: 4, Users: []string{"ann", "b<o>b \u2028"}, ResolutionNS: second,
			Conversations: []Conversation{{"room", []uint32{0, 1}}, {"empty", nil}},
		},
		Events: []Event{
			{0, 0, 0, Join, 0}, {1, 0, 1, Send, 0}, {1, 0, 0, Send, 7}, {time.Hour, 0, 1, Rename, 0},
		},
	}
}

func written(t interface{ Fatal(...any) }, tr *Trace) string {
	var out bytes.Buffer
	if err := tr.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFormat(t *testing.T) {
	want := `{"throng_trace":1,"resolution_ns":1000000000,"seed":0,"events":4,"users":["ann","b<o>b \u2028"],` +
		`"conversations":[{"name":"room","members":[0,1]},{"name":"empty","members":null}]}
{"t_ns":0,"conv":0,"user":0,"action":"join"}
{"t_ns":1,"conv":0,"user":1,"action":"send","size":0}
{"t_ns":1,"conv":0,"user":0,"action":"send","size":7}
{"t_ns":3600000000000,"conv":0,"user":1,"action":"rename"}
`
	text := written(t, small())
	if text != want {
		t.Errorf("written:\n%s\nwant:\n%s", text, want)
	}
	got, err := Read(strings.NewReader(text), "small")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, small()) {
		t.Errorf("read back:\n%+v\nwant:\n%+v", got, small())
	}
}

// TestAnyTrace comes back as it was written.
func TestAnyTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		users := rapid.SliceOfN(rapid.String(), 1, 6).Draw(t, "users")
		members := rapid.SliceOfNDistinct(rapid.Uint32Range(0, uint32(len(users)-1)), 1, len(users), rapid.ID[uint32]).Draw(t, "members")
		tr := &Trace{Header: Header{Schema: Schema, Users: users, Conversations: []Conversation{{"c", members}}}}
		at := time.Duration(0)
		for range rapid.IntRange(0, 9).Draw(t, "events") {
			at += time.Duration(rapid.Int64Range(0, 1<<40).Draw(t, "gap"))
			e := Event{At: at, User: rapid.SampledFrom(members).Draw(t, "user")}
			e.Action = Action(rapid.IntRange(1, 4).Draw(t, "action"))
			if e.Action == Send {
				e.Size = rapid.IntRange(0, maxSize).Draw(t, "size")
			}
			tr.Events = append(tr.Events, e)
		}
		tr.Header.Events = len(tr.Events)
		got, err := Read(strings.NewReader(written(t, tr)), "any")
		if err != nil || !reflect.DeepEqual(got, tr) {
			t.Fatalf("%+v came back as %+v: %v", tr, got, err)
		}
	})
}

// TestLongHeader: a header may be longer than any buffer.
func TestLongHeader(t *testing.T) {
	tr := small()
	for i := range 20_000 {
		tr.Users = append(tr.Users, fmt.Sprint("user number ", i))
	}
	got, err := Read(strings.NewReader(written(t, tr)), "long")
	if err != nil || len(got.Users) != 20_002 || len(got.Events) != 4 {
		t.Errorf("read back: %v", err)
	}
}

// TestFaultyTraces: each is refused with its line and its fault.
func TestFaultyTraces(t *testing.T) {
	const (
		header = `{"throng_trace":1,"resolution_ns":1,"seed":0,"events":2,"users":["a","b"],"conversations":[{"name":"c","members":[0]}]}` + "\n"
		event  = `{"t_ns":5,"conv":0,"user":0,"action":"send","size":1}` + "\n"
	)
	for _, c := range []struct{ text, want string }{
		{"", "T: an empty file is not a trace"},
		{"[09:41] <a> x\n", "T:1: not a trace: the first line has no"},
		{strings.Replace(header, ":1,", ":2,", 1), "T:1: throng_trace is 2"},
		{strings.Replace(header, "seed", "sead", 1), "T:1: json: unknown field"},
		{strings.Replace(header, "[0]", "[2]", 1), "T:1: conversation 0: member 2"},
		{strings.Replace(header, "[0]", "[0,0]", 1), "T:1: conversation 0: member 0 is there twice"},
		{strings.Replace(header, `"events":2`, `"events":-2`, 1), "T:1: events -2"},
		{header + event, "T: ends after 1 of 2 events"},
		{header + event + event + event, "T:4: more than the 2 events"},
		{header + event + strings.Replace(event, ":5", ":4", 1), "T:3: t_ns 4 is before the last event (5)"},
		{header + strings.Replace(event, ":5", ":-1", 1), "T:2: t_ns -1"},
		{header + strings.Replace(event, `"conv":0`, `"conv":1`, 1), "T:2: conv 1 of 1"},
		{header + strings.Replace(event, `"user":0`, `"user":1`, 1), "T:2: user 1 is not a member"},
		{header + strings.Replace(event, "send", "sing", 1), `T:2: action "sing": must be send, join, leave or rename`},
		{header + strings.Replace(event, "send", "join", 1), "T:2: size belongs to send, which needs it"},
		{header + strings.Replace(event, `,"size":1`, "", 1), "T:2: size belongs to send, which needs it"},
		{header + strings.Replace(event, `"size":1`, `"size":-1`, 1), "T:2: size -1"},
		{header + strings.Replace(event, `"size":1`, `"size":16777217`, 1), "T:2: size 16777217"},
		{header + strings.Replace(event, `"size":1`, `"text":"x"`, 1), `T:2: json: unknown field "text"`},
		{header + strings.Replace(event, `"t_ns":5,`, "", 1), "T:2: an event needs t_ns"},
		{header + strings.Replace(event, "\n", "{}\n", 1), "T:2: more than one JSON object"},
		{header + "\n" + event, "T:2: not a whole JSON object"},
		{header + event[:20], "T:2: not a whole JSON object"},
	} {
		_, err := Read(strings.NewReader(c.text), "T")
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error)  { return 0, errors.New("no disk") }
func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestBrokenDisk(t *testing.T) {
	if _, err := Read(io.MultiReader(strings.NewReader(`{"thr`), broken{}), "T"); err == nil || !strings.Contains(err.Error(), "read T: no disk") {
		t.Errorf("read: %v", err)
	}
	if err := small().Write(broken{}); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("write: %v", err)
	}
	if _, err := Open("testdata/none.trace"); err == nil || !strings.Contains(err.Error(), "none.trace") {
		t.Errorf("open: %v", err)
	}
}

// TestWriterRefuses what a reader would.
func TestWriterRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Trace){
		"too few":     func(tr *Trace) { tr.Events = tr.Events[:3] },
		"backwards":   func(tr *Trace) { tr.Events[2].At = 0 },
		"no action":   func(tr *Trace) { tr.Events[1].Action = 0 },
		"not a size":  func(tr *Trace) { tr.Events[1].Size = -1 },
		"no member":   func(tr *Trace) { tr.Events[1].User = 9 },
		"bad header":  func(tr *Trace) { tr.Schema = 0 },
		"join's size": func(tr *Trace) { tr.Events[0].Size = 3 },
	} {
		tr := small()
		spoil(tr)
		if err := tr.Write(io.Discard); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

// FuzzRead: what is read can be written, and is then read as the same.
func FuzzRead(f *testing.F) {
	f.Add([]byte(written(f, small())))
	f.Add([]byte(sample))
	f.Add([]byte(`{"throng_trace":1,"events":1,"users":[""],"conversations":[{"members":[0]}]}` + "\r\n" +
		`{"t_ns":9,"CONV":0,"user":0,"action":"leave"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		tr, err := Read(bytes.NewReader(text), "fuzz")
		if err != nil {
			return
		}
		again, err := Read(strings.NewReader(written(t, tr)), "again")
		if err != nil || !reflect.DeepEqual(again.Events, tr.Events) {
			t.Fatalf("written and read again: %v", err)
		}
		_ = tr.Stats()
	})
}
