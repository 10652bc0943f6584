package trace

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/seed886cd727/throng/loadgen/plan"
	"github.com/seed886cd727/throng/loadgen/population"
)

func mustReplay(t *testing.T, tr *Trace, s Settings) *Replay {
	t.Helper()
	r, err := NewReplay(tr, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sendsOf(t *testing.T, r *Replay, share population.Share) []plan.Send {
	t.Helper()
	s, err := r.Sends(share)
	if err != nil {
		t.Fatal(err)
	}
	var all []plan.Send
	for {
		send, ok := s.Next()
		if !ok {
			return all
		}
		all = append(all, send)
	}
}

// talk is a trace of sends at these seconds, by user 0 and 1 in turn.
func talk(seconds ...float64) *Trace {
	tr := &Trace{Header: Header{
		Schema: Schema, Users: []string{"a", "b", "silent"},
		Conversations: []Conversation{{"room", []uint32{0, 1, 2}}, {"other", []uint32{1}}},
	}}
	tr.Events = append(tr.Events, Event{0, 0, 2, Join, 0})
	for i, s := range seconds {
		tr.Events = append(tr.Events, Event{time.Duration(s * 1e9), 0, uint32(i % 2), Send, i})
	}
	tr.Header.Events = len(tr.Events)
	return tr
}

func TestReplayTimes(t *testing.T) {
	for _, c := range []struct {
		name   string
		trace  *Trace
		s      Settings
		want   []float64 // seconds
		effect float64   // the speed
	}{
		{"from the first send on", talk(3, 4, 6), Settings{Speed: 1}, []float64{0, 1, 3}, 1},
		{"twice as fast", talk(3, 4, 6), Settings{Speed: 2}, []float64{0, 0.5, 1.5}, 2},
		{"half as fast", talk(3, 4, 6), Settings{Speed: 0.5}, []float64{0, 2, 6}, 0.5},
		{"fit into 60 s", talk(0, 60, 120), Settings{}, []float64{0, 30, 60}, 2},
		{"short traces are not slowed", talk(0, 1), Settings{}, []float64{0, 1}, 1},
		{"silences cut before the speed", talk(0, 10, 11, 30), Settings{Speed: 2, MaxGap: 4 * time.Second}, []float64{0, 2, 2.5, 4.5}, 2},
		{"silences cut, then fit", talk(0, 1e6, 1e6+60), Settings{MaxGap: 60 * time.Second}, []float64{0, 30, 60}, 2},
		{"one message", talk(5), Settings{}, []float64{0}, 1},
		{"none", talk(), Settings{}, nil, 1},
	} {
		r := mustReplay(t, c.trace, c.s)
		sends := sendsOf(t, r, population.Share{})
		if len(sends) != len(c.want) || r.Len() != len(c.want) {
			t.Errorf("%s: %d sends, Len %d, want %d", c.name, len(sends), r.Len(), len(c.want))
			continue
		}
		for i, s := range sends {
			if math.Abs(s.Due.Seconds()-c.want[i]) > 2e-9 || s.Size != i {
				t.Errorf("%s: send %d is due at %v with size %d, want %v s", c.name, i, s.Due, s.Size, c.want[i])
			}
		}
		if got := r.Settings(); math.Abs(got.Speed-c.effect) > 1e-9 || got.MaxGap != c.s.MaxGap || got.Copies != 1 {
			t.Errorf("%s: in effect are %+v, want speed %v", c.name, got, c.effect)
		}
		if c.s.Speed == 0 && r.Duration() >= FitInto {
			t.Errorf("%s: the last send is due at %v, not within %v", c.name, r.Duration(), FitInto)
		}
	}
}

// TestCopies: side by side, everyone apart, every message in each.
func TestCopies(t *testing.T) {
	const copies = 3
	tr := talk(0, 1, 1, 2)
	r := mustReplay(t, tr, Settings{Speed: 1, Copies: copies, Devices: 2, Phase: 4})
	people := r.Population()
	if people.Users() != 9 || people.Len() != 6 || people.Devices() != 2 || r.Len() != 12 {
		t.Fatalf("%d users, %d conversations, %d sends", people.Users(), people.Len(), r.Len())
	}
	for c := range uint32(6) {
		for _, u := range people.Members(c) {
			if u/3 != c/2 {
				t.Errorf("user %d of copy %d is in conversation %d of copy %d", u, u/3, c, c/2)
			}
		}
	}
	for i, s := range sendsOf(t, r, population.Share{}) {
		e := tr.Events[1+i/copies]
		want := plan.Send{
			K: uint64(i), Due: e.At, Phase: 4, Size: e.Size,
			Conversation: uint32(i%copies)*2 + e.Conversation, Sender: uint32(i%copies)*3 + e.User,
		}
		if s != want {
			t.Errorf("send %d is %+v, want %+v", i, s, want)
		}
	}
}

// TestReplayShares: put together from any number of shares, the replay is the
// same byte for byte.
func TestReplayShares(t *testing.T) {
	tr, err := Sample()
	if err != nil {
		t.Fatal(err)
	}
	var whole []byte
	for _, shares := range []int{1, 2, 5} {
		var all []plan.Send
		for i := range shares {
			all = append(all, sendsOf(t, mustReplay(t, tr, Settings{Copies: 3}), population.Share{Index: i, Of: shares})...)
		}
		slices.SortFunc(all, func(a, b plan.Send) int { return int(a.K) - int(b.K) })
		var got []byte
		for _, s := range all {
			got = s.AppendTo(got)
		}
		if whole == nil {
			whole = got
		}
		if len(got) == 0 || !bytes.Equal(got, whole) {
			t.Errorf("%d shares make %d bytes that are not the %d bytes of one", shares, len(got), len(whole))
		}
	}
}

// TestKinds: what many listen to is a channel.
func TestKinds(t *testing.T) {
	tr := talk(0)
	for i := range 120 {
		tr.Users = append(tr.Users, "more")
		tr.Conversations[0].Members = append(tr.Conversations[0].Members, uint32(3+i))
	}
	people := mustReplay(t, tr, Settings{}).Population()
	if people.Kind(0) != population.Channel || people.Kind(1) != population.Group {
		t.Errorf("kinds are %v and %v", people.Kind(0), people.Kind(1))
	}
}

func TestFaultySettings(t *testing.T) {
	for _, s := range []Settings{{Speed: -1}, {Speed: math.NaN()}, {Speed: math.Inf(1)}, {MaxGap: -1}, {Copies: -1}, {Copies: 1 << 31}, {Devices: 300}} {
		if _, err := NewReplay(talk(0), s); err == nil {
			t.Errorf("%+v is taken", s)
		}
	}
	if _, err := mustReplay(t, talk(0), Settings{}).Sends(population.Share{Index: 2, Of: 2}); err == nil {
		t.Error("share 2 of 2 is taken")
	}
}
