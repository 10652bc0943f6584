package conversation

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// recorder is a connection that keeps what it hears.
type recorder struct {
	Session
	mu      sync.Mutex
	heads   map[chat.ConversationID]chat.Seq
	live    map[chat.ConversationID][]chat.Seq
	acks    []chat.Ack
	errors  []chat.Error
	held    []*chat.Message
	holding bool
	early   bool // something live came before its state
	done    chan struct{}
	closed  bool
}

func newRecorder() *recorder {
	r := &recorder{heads: make(map[chat.ConversationID]chat.Seq), live: make(map[chat.ConversationID][]chat.Seq), done: make(chan struct{})}
	r.Out = r
	return r
}

func (r *recorder) Flush()       {}
func (r *recorder) Backlog() int { return 0 }

func (r *recorder) Hold() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.holding = true
}

func (r *recorder) Push(e chat.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.take(e)
}

func (r *recorder) hear(e chat.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.holding {
		if m, ok := e.(*chat.Message); ok {
			kept := *m
			r.held = append(r.held, &kept)
		}
		return
	}
	r.take(e)
}

func (r *recorder) Release(told func(chat.ConversationID, chat.Position) bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.held {
		if !told(m.Conversation, m.At) {
			r.take(m)
		}
	}
	r.held, r.holding = nil, false
	return true
}

func (r *recorder) Shutdown(uint16, string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

func (r *recorder) take(e chat.Event) {
	switch e := e.(type) {
	case *chat.State:
		for _, c := range e.Conversations {
			r.heads[c.Conversation] = c.Head.Seq
		}
		if !e.More {
			close(r.done)
		}
	case *chat.Message:
		if _, ok := r.heads[e.Conversation]; !ok {
			r.early = true
		}
		r.live[e.Conversation] = append(r.live[e.Conversation], e.At.Seq)
	case *chat.Ack:
		r.acks = append(r.acks, *e)
	case *chat.Error:
		r.errors = append(r.errors, *e)
	}
}

// node is a service with everything around it, on goroutines of its own.
type node struct {
	log        *fakeLog
	rooms      *fakeRooms
	users      *Directory
	publishers *Publishers
	service    *Service
}

func newNode(config Config) *node {
	n := &node{rooms: newFakeRooms(), users: NewDirectory()}
	counts := new(Counts)
	n.publishers = NewPublishers(config, n.rooms, n.users, counts)
	n.log = newFakeLog(n.publishers.Committed)
	n.service = NewService(config, Deps{Log: n.log, Rooms: n.rooms, Users: n.users, Auth: trusting{}, Clock: time.Now, Streams: chat.NewStream, Counts: counts})
	return n
}

func (n *node) close() {
	n.service.Close()
	n.publishers.Close()
}

func (n *node) connect(user, device string) *recorder {
	r := newRecorder()
	n.service.Handle(&r.Session, &chat.Hello{User: chat.UserID(user), Device: chat.DeviceID(device)})
	return r
}

// However connects and sends fall together, a connection's live messages are
// dense, and join onto the head that it was told: what lies behind it comes
// live, what lies before can be fetched.
func TestNothingFallsBetweenConnectAndLive(t *testing.T) {
	const conversations, senders, sends, connects = 3, 4, 400, 60
	config := DefaultConfig()
	config.Publishers = 2
	n := newNode(config)
	members := []chat.UserID{"watcher"}
	for i := range senders {
		members = append(members, chat.UserID(fmt.Sprint("sender", i)))
	}
	var specs []Spec
	for i := range conversations {
		specs = append(specs, Spec{ID: chat.ConversationID(fmt.Sprint("c", i)), Kind: chat.Group, Members: members})
	}
	if _, _, err := n.log.Provision(t.Context(), specs); err != nil {
		t.Fatal(err)
	}

	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			s := n.connect(fmt.Sprint("sender", i), "d")
			<-s.done
			for k := range sends {
				n.service.Handle(&s.Session, &chat.Send{Conversation: specs[k%conversations].ID, N: uint64(k + 1), Body: []byte("x")})
			}
		})
	}
	watchers := make([]*recorder, connects)
	for i := range watchers {
		wg.Go(func() {
			time.Sleep(time.Duration(rand.IntN(10_000)) * time.Microsecond)
			watchers[i] = n.connect("watcher", fmt.Sprint("d", i))
		})
	}
	wg.Wait()
	for _, w := range watchers {
		<-w.done
	}
	n.close()

	var within int
	for i, w := range watchers {
		if w.early {
			t.Errorf("watcher %d heard a message before the conversation's state", i)
		}
		for _, s := range specs {
			total := n.log.convs[s.ID].head().Seq
			if h := w.heads[s.ID]; h > 0 && h < total {
				within++
			}
			if err := joins(w.heads[s.ID], w.live[s.ID], total); err != nil {
				t.Errorf("watcher %d in %s: %v", i, s.ID, err)
			}
		}
	}
	if within == 0 {
		t.Error("no watcher connected while something was sent: the test shows nothing")
	}
}

// joins checks that what came live is dense, starts at head+1 or before, and
// ends at the log's end.
func joins(head chat.Seq, live []chat.Seq, total chat.Seq) error {
	if len(live) == 0 {
		if head != total {
			return fmt.Errorf("the head was %d of %d and nothing came live", head, total)
		}
		return nil
	}
	if live[0] > head+1 {
		return fmt.Errorf("the head was %d, and the first live seq %d", head, live[0])
	}
	for i, seq := range live[1:] {
		if seq != live[i]+1 {
			return fmt.Errorf("live %d is followed by %d", live[i], seq)
		}
	}
	if last := live[len(live)-1]; last != total {
		return fmt.Errorf("live ends at %d of %d", last, total)
	}
	return nil
}

// Joining and leaving on one device, while others of the user come and go,
// leaves every session a member of the same.
func TestMembershipsOfAllDevicesAgree(t *testing.T) {
	config := DefaultConfig()
	n := newNode(config)
	spec := Spec{ID: "c", Kind: chat.Channel}
	if _, _, err := n.log.Provision(t.Context(), []Spec{spec}); err != nil {
		t.Fatal(err)
	}
	changer := n.connect("ann", "changer")
	<-changer.done
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range uint64(300) {
			n.service.Handle(&changer.Session, &chat.Join{ID: 2*i + 1, Conversation: "c"})
			await(changer, int(i), func() bool { _, ok := changer.member("c"); return ok })
			n.service.Handle(&changer.Session, &chat.Leave{ID: 2*i + 2, Conversation: "c"})
			await(changer, int(i), func() bool { _, ok := changer.member("c"); return !ok })
		}
	})
	others := make([]*recorder, 200)
	wg.Go(func() {
		for i := range others {
			others[i] = n.connect("ann", fmt.Sprint("d", i))
			if i%3 == 0 {
				n.service.Disconnect(&others[i].Session)
			}
		}
	})
	wg.Wait()
	for i, o := range others {
		if i%3 != 0 {
			<-o.done
		}
	}
	n.close()
	for i, o := range others {
		if _, ok := o.member("c"); ok {
			t.Errorf("device %d is still a member", i)
		}
	}
	if r := n.rooms.rooms["c"]; r != nil && len(r.outboxes) > 0 {
		t.Errorf("%d outboxes are still subscribed", len(r.outboxes))
	}
}

// await polls for what publishers do on goroutines of their own.
func await(_ *recorder, _ int, ok func() bool) {
	for !ok() {
		time.Sleep(10 * time.Microsecond)
	}
}

// One connection's messages to one conversation keep their order, also where
// the log commits them in one batch.
func TestSendsOfOneConnectionKeepTheirOrder(t *testing.T) {
	n := newNode(DefaultConfig())
	if _, _, err := n.log.Provision(t.Context(), []Spec{{ID: "c", Kind: chat.Direct, Members: []chat.UserID{"ann", "bob"}}}); err != nil {
		t.Fatal(err)
	}
	ann := n.connect("ann", "d")
	<-ann.done
	n.log.waits = true
	for i := range uint64(500) {
		n.service.Handle(&ann.Session, &chat.Send{Conversation: "c", N: i + 1})
	}
	n.log.commit()
	n.close()
	if len(ann.acks) != 500 || !slices.IsSortedFunc(ann.acks, func(a, b chat.Ack) int { return int(a.N) - int(b.N) }) {
		t.Fatalf("%d acks, sorted by n: not", len(ann.acks))
	}
	for i, a := range ann.acks {
		if a.At.Seq != chat.Seq(i+1) {
			t.Fatalf("n %d has seq %d", a.N, a.At.Seq)
		}
	}
}

// A publisher that does not keep up makes the log wait: its queue is bounded.
func TestAFullPublisherMakesTheLogWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := DefaultConfig()
		config.Publishers, config.PublishQueue = 1, 2
		rooms := newFakeRooms()
		p := NewPublishers(config, rooms, NewDirectory(), new(Counts))
		blocker := &blocking{recorder: newRecorder(), release: make(chan struct{})}
		rooms.Subscribe("c", chat.Group, blocker)
		taken := 0
		go func() {
			for range 10 {
				p.Committed([]*Write{{Verb: Append, Conversation: "c"}})
				taken++
			}
		}()
		synctest.Wait()
		if taken != 3 { // one is being told, two wait
			t.Errorf("%d batches were taken", taken)
		}
		close(blocker.release)
		synctest.Wait()
		if taken != 10 {
			t.Errorf("%d batches were taken in the end", taken)
		}
		p.Close()
	})
}

type blocking struct {
	*recorder
	release chan struct{}
}

func (b *blocking) hear(chat.Event) { <-b.release }
