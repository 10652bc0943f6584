package trace

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func importFiles(t *testing.T, o Options, paths ...string) *Trace {
	t.Helper()
	tr, err := Import("irc", paths, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range tr.Sources {
		sum := s.Messages + s.Joins + s.Leaves + s.Renames
		for _, n := range s.LeftOut {
			sum += n
		}
		if sum != s.Lines {
			t.Errorf("%s: %d lines, but %d are accounted for: %+v", s.Name, s.Lines, sum, s)
		}
	}
	return tr
}

// told is a trace as a story: a line an event, with the stamp that its time lies
// in, and how long the text was.
func told(tr *Trace) []string {
	start, err := time.Parse(time.RFC3339, tr.Start)
	if err != nil {
		return []string{err.Error()}
	}
	var story []string
	for _, e := range tr.Events {
		at := start.Add(e.At).Format("2006-01-02 15:04")
		line := fmt.Sprintf("%s %s: %s %s", at, tr.Conversations[e.Conversation].Name, tr.Users[e.User], e.Action)
		if e.Action == Send {
			line += fmt.Sprint(" ", e.Size)
		}
		story = append(story, line)
	}
	return story
}

func expect(t *testing.T, what string, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		var a, b string
		if i < len(got) {
			a = got[i]
		}
		if i < len(want) {
			b = want[i]
		}
		if a != b {
			t.Errorf("%s, line %d:\n got %q\nwant %q", what, i+1, a, b)
		}
	}
}

func TestMinutes(t *testing.T) {
	tr := importFiles(t, Options{Seed: 1}, "testdata/2008-04-27-help.log")
	expect(t, "events", told(tr), []string{
		"2008-04-27 23:58 help: early join",
		"2008-04-27 23:58 help: ann send 11",
		"2008-04-27 23:58 help: bob join",
		"2008-04-27 23:58 help: bob send 34",
		"2008-04-27 23:58 help: ann send 5",
		"2008-04-27 23:58 help: bob send 10",
		"2008-04-27 23:58 help: ann rename",
		"2008-04-27 23:59 help: ann send 0", // an empty text is a message
		"2008-04-27 23:59 help: carl send 16",
		"2008-04-27 23:59 help: carl_ rename", // onto a name that spoke: merges nothing
		"2008-04-28 00:00 help: bob send 19",
		"2008-04-28 00:01 help: zürich send 24",
		"2008-04-28 00:01 help: bob leave",
		"2008-04-28 00:03 help: carl send 21",
		"2008-04-28 00:03 help: ann send 22", // the clock was set back by a minute
		"2008-04-28 00:03 help: late leave",
		"2008-04-28 01:10 help: dora send 21",
	})
	expect(t, "users", tr.Users, []string{"early", "ann", "bob", "carl", "carl_", "zürich", "late", "dora"})
	if got := tr.Conversations[0].Members; len(got) != len(tr.Users) {
		t.Errorf("members are %v, want all of %v", got, tr.Users)
	}
	want := map[string]int{notice: 1, service: 1, topic: 1, blank: 1, unrecognised: 2}
	if got := tr.Sources[0].LeftOut; !maps.Equal(got, want) {
		t.Errorf("left out %v, want %v", got, want)
	}
	if tr.ResolutionNS != minute || tr.Sources[0].Lines != 23 || tr.Sources[0].Messages != 11 {
		t.Errorf("resolution %d ns, source %+v", tr.ResolutionNS, tr.Sources[0])
	}
}

func TestSeconds(t *testing.T) {
	tr := importFiles(t, Options{Seed: 1}, "testdata/wiki.log")
	expect(t, "events", told(tr), []string{
		"2019-02-18 04:19 wiki: dora send 8",
		"2019-02-18 04:19 wiki: eve send 19",
		"2019-02-18 04:19 wiki: eve send 11",
		"2019-02-18 04:19 wiki: dora send 0",
		"2019-02-19 00:00 wiki: frank send 8",
		"2019-02-19 00:00 dev: frank send 18",
		"2019-02-19 00:00 wiki: eve send 4",
	})
	if got := tr.Conversations; len(got) != 2 || len(got[0].Members) != 3 || len(got[1].Members) != 1 {
		t.Errorf("conversations are %+v", got)
	}
	if got := tr.Sources[0].LeftOut; !maps.Equal(got, map[string]int{unrecognised: 2}) {
		t.Errorf("left out %v", got)
	}
	// 04:19:02 to 04:19:44: 42 s, give or take the second of a stamp.
	if gap := tr.Events[1].At; gap < 41*time.Second || gap > 43*time.Second || tr.ResolutionNS != second {
		t.Errorf("the second message is %v after the first, resolution %d ns", gap, tr.ResolutionNS)
	}
}

// TestTogether: files of both formats, in any order, make one trace in order of
// time, in which one name is one user.
func TestTogether(t *testing.T) {
	tr := importFiles(t, Options{}, "testdata/wiki.log", "testdata/2008-04-27-help.log")
	if len(tr.Sources) != 2 || len(tr.Conversations) != 3 || tr.ResolutionNS != minute {
		t.Errorf("%d sources, %d conversations, resolution %d", len(tr.Sources), len(tr.Conversations), tr.ResolutionNS)
	}
	if told(tr)[0] != "2008-04-27 23:58 help: early join" || !strings.HasPrefix(told(tr)[23], "2019-02-19") {
		t.Errorf("not in order of time: %q", told(tr))
	}
	if n := len(tr.Users); n != 10 { // 8 and 3, of whom dora is in both
		t.Errorf("%d users: %v", n, tr.Users)
	}
	var out bytes.Buffer
	if err := tr.Write(&out); err != nil {
		t.Error(err)
	}
}

// TestSpread: the lines of a minute are spread over it in their order, evenly, the
// same for the same seed and otherwise for another.
func TestSpread(t *testing.T) {
	const lines, minutes = 20, 200
	var log strings.Builder
	for m := range minutes {
		for i := range lines {
			fmt.Fprintf(&log, "[%02d:%02d] <nick> %s\n", m/60, m%60, strings.Repeat("x", m*lines+i+1))
		}
	}
	load := func(seed uint64) *Trace {
		day := time.Date(2008, 4, 27, 0, 0, 0, 0, time.UTC)
		tr, err := ImportIRC([]File{{"room.log", strings.NewReader(log.String())}}, Options{Date: day, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	tr := load(1)
	records := make([]int, 10)
	first := tr.Events[len(tr.Events)-1].At - (minutes-1)*time.Minute // tells little: the start is drawn too
	if first < -time.Minute || first > time.Minute {
		t.Errorf("the log takes %v, want about %d minutes", tr.Events[len(tr.Events)-1].At, minutes)
	}
	for i, e := range tr.Events {
		if e.Size != i+1 {
			t.Fatalf("event %d is line %d", i, e.Size)
		}
	}
	// The first event lies at a time within its minute that the trace does not tell
	// below a second; take it from the draws themselves.
	offset := minuteOf(t, tr)
	for i, e := range tr.Events {
		at := e.At + offset - time.Duration(i/lines)*time.Minute
		if at < 0 || at >= time.Minute {
			t.Fatalf("line %d of minute %d is %v into it", i, i/lines, at)
		}
		records[at*10/time.Minute]++
	}
	for tenth, n := range records {
		if n < 300 || n > 500 {
			t.Errorf("tenth %d of the minutes has %d lines, want 400 ± 100", tenth, n)
		}
	}
	if !slices.Equal(tr.Events, load(1).Events) {
		t.Error("the same seed gives other times")
	}
	if slices.Equal(tr.Events, load(2).Events) {
		t.Error("another seed gives the same times")
	}
}

// minuteOf is how far into its minute a trace can begin, so that every event of
// twenty a minute lies in its own: the middle of what is possible.
func minuteOf(t *testing.T, tr *Trace) time.Duration {
	low, high := time.Duration(0), time.Minute
	for i, e := range tr.Events {
		begin := time.Duration(i/20) * time.Minute
		low, high = max(low, begin-e.At), min(high, begin+time.Minute-e.At)
	}
	if low >= high {
		t.Fatalf("no start puts every line into its minute: from %v to %v", low, high)
	}
	return (low + high) / 2
}

func TestDates(t *testing.T) {
	day := time.Date(2011, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, log, want string
		date            time.Time
	}{
		{"logs/2008-04-27.log", "[09:41] <a> x", "2008-04-27 09:41 2008-04-27: a send 1", time.Time{}},
		{"#room 2008-04-27.txt", "[09:41] <a> x", "2008-04-27 09:41 #room: a send 1", time.Time{}},
		{"2008-04-27-room.log", "[09:41] <a> x", "2011-01-02 09:41 room: a send 1", day},
		{"room", "\ufeff[09:41] <a> x", "2011-01-02 09:41 room: a send 1", day},
		{"room", "c 2019-02-18 [09:41:05] <a> x", "2019-02-18 09:41 c: a send 1", day},
	} {
		tr, err := ImportIRC([]File{{c.name, strings.NewReader(c.log)}}, Options{Date: c.date})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		expect(t, c.name, told(tr), []string{c.want})
	}
}

func TestNotImported(t *testing.T) {
	for _, c := range []struct{ name, log, want string }{
		{"room.log", "[09:41] <a> x", "room.log:1: neither its lines nor its name has a date: give --date"},
		{"2008-99-99.log", "\n[09:41] <a> x", "2008-99-99.log:2: neither"},
		{"2008-04-27.log", "", "2008-04-27.log: not an IRC log"},
		{"2008-04-27.log", "[09:41] a b c\n[25:41] <a> x\n09:41 <a> x\n", "not an IRC log"},
	} {
		_, err := ImportIRC([]File{{c.name, strings.NewReader(c.log)}}, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %q: %v; want %q", c.name, c.log, err, c.want)
		}
	}
	if _, err := Import("telegram", nil, Options{}); err == nil || !strings.Contains(err.Error(), "irc") {
		t.Errorf("format telegram: %v", err)
	}
	if _, err := Import("irc", []string{"testdata/none.log"}, Options{}); err == nil || !strings.Contains(err.Error(), "none.log") {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := Import("irc", []string{"testdata"}, Options{}); err == nil || !strings.Contains(err.Error(), "testdata") {
		t.Errorf("a folder: %v", err)
	}
}

// TestRealLogs: the counts were made with grep, awk and a second program.
func TestRealLogs(t *testing.T) {
	folder := os.Getenv("THRONG_IRC_DIR")
	if folder == "" {
		t.Skip("THRONG_IRC_DIR names no folder with logs")
	}
	for _, c := range []struct {
		file                                       string
		lines, messages, renames                   int
		users, talkers, bytes, topTalker, leftOuts int
	}{
		{"2007-12-17-ubuntu.log", 1650, 1627, 23, 183, 166, 102092, 142, 0},
		{"2008-04-27-ubuntu.log", 1979, 1958, 21, 189, 177, 125647, 178, 0},
		{"mediawiki.log", 680, 680, 0, 57, 57, 51172, 65, 0},
	} {
		tr := importFiles(t, Options{Seed: 1}, filepath.Join(folder, c.file))
		s, sum, top := tr.Stats(), 0, map[uint32]int{}
		for _, e := range tr.Events {
			sum += e.Size
			if e.Action == Send {
				top[e.User]++
			}
		}
		got := []int{s.Lines.Read, s.Messages, s.Renames, s.Users, s.Talkers, sum, slices.Max(slices.Collect(maps.Values(top))), s.Lines.LeftOut}
		want := []int{c.lines, c.messages, c.renames, c.users, c.talkers, c.bytes, c.topTalker, c.leftOuts}
		if !slices.Equal(got, want) {
			t.Errorf("%s: lines, messages, renames, users, talkers, bytes, most of one, left out: %v, want %v", c.file, got, want)
		}
		if n := len(tr.Conversations[0].Members); len(tr.Conversations) != 1 || n != c.users {
			t.Errorf("%s: %d members", c.file, n)
		}
		r, err := NewReplay(tr, Settings{})
		if err != nil || r.Len() != c.messages || r.Duration() >= FitInto {
			t.Errorf("%s: a replay of %d messages in %v: %v", c.file, r.Len(), r.Duration(), err)
		}
	}
}

// FuzzImport: whatever a log holds, every line is accounted for, and the trace can
// be written and read again.
func FuzzImport(f *testing.F) {
	for _, file := range []string{"testdata/2008-04-27-help.log", "testdata/wiki.log"} {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("=== a is now known as a\n[00:00] <a>\n=== b is now known as a"))
	f.Add([]byte("c 0001-01-01 [00:00:00] <a> x\nc 9999-12-31 [23:59:59] <a> x"))
	f.Fuzz(func(t *testing.T, log []byte) {
		day := time.Date(2008, 4, 27, 0, 0, 0, 0, time.UTC)
		tr, err := ImportIRC([]File{{"room.log", bytes.NewReader(log)}}, Options{Date: day})
		if err != nil {
			return
		}
		s := tr.Sources[0]
		sum := s.Messages + s.Joins + s.Leaves + s.Renames
		if sum != len(tr.Events) {
			t.Fatalf("%d events of %+v", len(tr.Events), s)
		}
		for _, n := range s.LeftOut {
			sum += n
		}
		lines := bytes.Count(log, []byte("\n"))
		if !bytes.HasSuffix(log, []byte("\n")) {
			lines++
		}
		if s.Lines != lines || sum != lines {
			t.Fatalf("%d lines, of which %d were read and %d accounted for", lines, s.Lines, sum)
		}
		if err := tr.Write(io.Discard); err != nil {
			if last := tr.Events[len(tr.Events)-1].At; last <= maxSpan {
				t.Fatal(err)
			}
			return
		}
		_ = tr.Stats()
		if _, err := NewReplay(tr, Settings{Copies: 2}); err != nil {
			t.Fatal(err)
		}
	})
}
