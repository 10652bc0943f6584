package conversation

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// The stories under testdata are the rules by example. A line that is not
// indented is something that happens; the indented lines below it are all that
// anyone hears of it. `go test -update` writes down what is heard.
//
//	conversation ID KIND USER…      is provisioned
//	USER/DEVICE connects [STREAM]   a second connection of a session is written USER/DEVICE'
//	CONNECTION says REQUEST         as JSON; STREAM names in it stand for streams
//	CONNECTION disconnects
//	log waits|commits|overloads|fails|works
//	log forgets ID below SEQ
//	removed ID
//	burst N                         a user may send N at once
//	backlog N                       bytes wait for every client
//	work                            workers do what waits for them
//	time passes DURATION
var update = flag.Bool("update", false, "write the stories down as they go")

func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.story")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".story"), func(t *testing.T) { tell(t, file) })
	}
}

func tell(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := newStory(t)
	var told strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if strings.HasPrefix(line, "\t") {
			continue
		}
		fmt.Fprintln(&told, line)
		if line != "" && line[0] != '#' {
			if err := s.happens(strings.Fields(line), line); err != nil {
				t.Fatalf("%s:%d: %s: %v", file, i+1, line, err)
			}
		}
		told.WriteString(s.takeHeard())
	}
	if *update {
		if err := os.WriteFile(file, []byte(told.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if told.String() != string(text) {
		t.Errorf("%s goes otherwise:\n%s", file, firstDifference(string(text), told.String()))
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) || w[i] != g[i] {
			return fmt.Sprintf("line %d\nwant %s\n got %s\nwhole:\n%s", i+1, w[i], g[min(i, len(g)-1)], got)
		}
	}
	return got
}

// story runs a service in step: no goroutine, no clock of its own.
type story struct {
	t           *testing.T
	log         *fakeLog
	rooms       *fakeRooms
	service     *Service
	publisher   *publisher
	connections map[string]*told
	streams     map[string]chat.StreamID
	now         time.Time
	heard       []string
	backlog     int
	issued      int
}

// told is a connection that writes down what it hears.
type told struct {
	Session
	story   *story
	name    string
	held    []chat.Event
	holding bool
}

func (o *told) Push(e chat.Event) { o.story.write(o.name, e) }
func (o *told) Flush()            {}
func (o *told) Hold()             { o.holding = true }
func (o *told) Backlog() int      { return o.story.backlog }

func (o *told) hear(e chat.Event) {
	if o.holding {
		line := chat.JSON{}.AppendEvent(nil, e) // events are valid during the call only
		kept, err := chat.JSON{}.NewDecoder().Event(line)
		if err != nil {
			o.story.t.Error(err)
		}
		o.held = append(o.held, kept)
		return
	}
	o.Push(e)
}

func (o *told) Release(told func(chat.ConversationID, chat.Position) bool) bool {
	o.holding = false
	for _, e := range o.held {
		if m, ok := e.(*chat.Message); ok && told(m.Conversation, m.At) {
			continue
		}
		o.Push(e)
	}
	o.held = nil
	return true
}

func (o *told) Shutdown(code uint16, reason string) {
	o.story.heard = append(o.story.heard, fmt.Sprintf("\t%s closed %d %s", o.name, code, reason))
}

func newStory(t *testing.T) *story {
	s := &story{
		t: t, rooms: newFakeRooms(), connections: make(map[string]*told), streams: make(map[string]chat.StreamID),
		now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	s.log = newFakeLog(func(batch []*Write) {
		s.publisher.tell(batch)
		s.publisher.tellReceipts()
	})
	clock := func() time.Time { return s.now }
	s.log.now = clock
	counts, users := new(Counts), NewDirectory()
	s.publisher = &publisher{out: s.rooms.Publisher(), rooms: s.rooms, users: users, counts: counts, receipts: make(map[reader]receipt)}
	config := DefaultConfig()
	config.Workers, config.SendsPerSecond, config.SendBurst, config.MaxBody, config.MaxMembers = 0, 1, 20, 1000, 4
	s.service = NewService(config, Deps{Log: s.log, Rooms: s.rooms, Users: users, Auth: trusting{}, Clock: clock, Streams: s.issue, Counts: counts})
	s.streams["OLD"], s.streams["FUTURE"] = streamOf(s.now.Add(-8*24*time.Hour)), streamOf(s.now.Add(time.Hour))
	s.streams["MINE"], s.streams["ALIEN"] = streamOf(s.now.Add(-time.Hour)), chat.StreamID{1, 2, 3}
	return s
}

type trusting struct{}

func (trusting) Authenticate(h *chat.Hello) (chat.UserID, error) {
	if h.Token != "" {
		return "", errors.New("the token is bad")
	}
	return h.User, nil
}

// streamOf makes a UUIDv7 of a moment.
func streamOf(at time.Time) (s chat.StreamID) {
	ms := at.UnixMilli()
	for i := range 6 {
		s[i] = byte(ms >> (40 - 8*i))
	}
	s[6], s[8], s[15] = 0x70, 0x80, byte(ms)
	return s
}

func (s *story) happens(words []string, line string) error {
	switch {
	case words[0] == "conversation" && len(words) > 2:
		return s.provision(words[1], words[2], words[3:])
	case words[0] == "removed" && len(words) == 2:
		_, err := s.log.Remove(s.t.Context(), []chat.ConversationID{chat.ConversationID(words[1])})
		s.service.Removed([]chat.ConversationID{chat.ConversationID(words[1])})
		return err
	case words[0] == "log" && len(words) > 1:
		return s.logDoes(words[1:])
	case words[0] == "time" && len(words) == 3:
		d, err := time.ParseDuration(words[2])
		s.now = s.now.Add(d)
		return err
	case words[0] == "backlog" && len(words) == 2:
		n, err := strconv.Atoi(words[1])
		s.backlog = n
		return err
	case words[0] == "burst" && len(words) == 2:
		n, err := strconv.Atoi(words[1])
		s.service.config.SendBurst = n
		return err
	case words[0] == "work":
		s.work()
		return nil
	case len(words) > 1:
		return s.connection(words[0], words[1], line)
	}
	return errors.New("what is that?")
}

func (s *story) provision(id, kind string, members []string) error {
	k, ok := chat.ParseKind(kind)
	if !ok {
		return errors.New("unknown kind")
	}
	spec := Spec{ID: chat.ConversationID(id), Kind: k}
	for _, m := range members {
		spec.Members = append(spec.Members, chat.UserID(m))
	}
	_, _, err := s.log.Provision(s.t.Context(), []Spec{spec})
	s.service.Provisioned([]Spec{spec})
	return err
}

func (s *story) logDoes(words []string) error {
	switch words[0] {
	case "waits":
		s.log.waits = true
	case "commits":
		s.log.waits = false
		s.log.commit()
	case "overloads":
		s.log.refuses = ErrOverloaded
	case "fails":
		s.log.fails = errors.New("the disk is gone")
	case "works":
		s.log.refuses, s.log.fails = nil, nil
	case "forgets":
		n, err := strconv.Atoi(words[3])
		s.log.convs[chat.ConversationID(words[1])].first = chat.Seq(n)
		return err
	default:
		return errors.New("what is that?")
	}
	return nil
}

func (s *story) connection(name, verb, line string) error {
	c := s.connections[name]
	switch {
	case verb == "opens":
		c = &told{story: s, name: name}
		c.Out = c
		s.connections[name] = c
	case verb == "connects":
		c = &told{story: s, name: name}
		c.Out = c
		s.connections[name] = c
		user, device, _ := strings.Cut(strings.TrimRight(name, "'"), "/")
		h := &chat.Hello{User: chat.UserID(user), Device: chat.DeviceID(device)}
		if words := strings.Fields(line); len(words) == 3 {
			h.Stream = s.streams[words[2]]
		}
		s.service.Handle(&c.Session, h)
		s.workUnlessHeld()
	case c == nil:
		return errors.New("no such connection")
	case verb == "disconnects":
		s.service.Disconnect(&c.Session)
		delete(s.connections, name)
	case verb == "says":
		_, text, _ := strings.Cut(line, " says ")
		r, err := chat.JSON{}.NewDecoder().Request([]byte(s.withStreams(text)))
		if err != nil {
			return err
		}
		s.service.Handle(&c.Session, r)
		s.workUnlessHeld()
	default:
		return errors.New("what is that?")
	}
	return nil
}

// workUnlessHeld lets workers work, unless the log waits: a story that makes it
// wait says itself when they do.
func (s *story) workUnlessHeld() {
	if !s.log.waits {
		s.work()
	}
}

// work does what waits for a worker. A job that pauses is looked at once more.
func (s *story) work() {
	w := s.service.workers
	var t scratch
	for turns := 0; w.count > 0 && turns < 1000; turns++ {
		j, _ := w.pop()
		again, pause := j.turn(&t)
		switch {
		case !again:
			w.done()
		case pause > 0:
			s.heard = append(s.heard, "\t(a sync waits for its reader)")
			defer w.again(j)
		default:
			w.again(j)
		}
	}
}

func (s *story) withStreams(text string) string {
	for name, stream := range s.streams {
		text = strings.ReplaceAll(text, strconv.Quote(name), strconv.Quote(stream.String()))
	}
	return text
}

func (s *story) write(name string, e chat.Event) {
	line := string(chat.JSON{}.AppendEvent(nil, e))
	for name, stream := range s.streams {
		line = strings.ReplaceAll(line, stream.String(), name)
	}
	line = strings.ReplaceAll(line, fmt.Sprintf(`,"at":%d`, s.now.UnixMilli()), "")
	if len(line) > 400 {
		line = fmt.Sprintf("%s … (%d bytes)", line[:200], len(line))
	}
	s.heard = append(s.heard, fmt.Sprintf("\t%s < %s", name, line))
}

// issue makes streams S1, S2 … of the story's time.
func (s *story) issue() (chat.StreamID, error) {
	s.issued++
	stream := streamOf(s.now)
	stream[14] = byte(s.issued)
	s.streams[fmt.Sprintf("S%d", s.issued)] = stream
	return stream, nil
}

// takeHeard lists what was heard, by connection: between connections there is no
// order.
func (s *story) takeHeard() string {
	slices.SortStableFunc(s.heard, func(a, b string) int {
		return cmp.Compare(strings.Fields(a)[0], strings.Fields(b)[0])
	})
	var all strings.Builder
	for _, line := range s.heard {
		fmt.Fprintln(&all, line)
	}
	s.heard = nil
	return all.String()
}
