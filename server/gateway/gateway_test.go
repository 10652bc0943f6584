package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
	"github.com/seed886cd727/throng/server/auth"
	"github.com/seed886cd727/throng/server/conversation"
	"github.com/seed886cd727/throng/server/room"
)

// logStub knows one group, c, of which everyone is a member. Reads of it wait
// for the gate, where there is one.
type logStub struct {
	conversation.Log
	gate chan struct{}
}

func (l *logStub) Memberships(chat.UserID, chat.DeviceID) ([]conversation.Membership, error) {
	return []conversation.Membership{{Conversation: "c", Kind: chat.Group, First: 1}}, nil
}

func (l *logStub) Conversation(chat.ConversationID) (conversation.State, error) {
	if l.gate != nil {
		<-l.gate
	}
	return conversation.State{Kind: chat.Group, Head: chat.Position{Epoch: 1}, First: 1}, nil
}

// world is a gateway with all that is behind it.
type world struct {
	*testing.T
	*Gateway
	log   *logStub
	rooms *room.Rooms
}

func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	w := &world{T: t, log: &logStub{}, rooms: room.New(chat.Codecs())}
	users := conversation.NewDirectory()
	service := conversation.NewService(conversation.DefaultConfig(), conversation.Deps{
		Log: w.log, Rooms: w.rooms, Users: users, Auth: auth.None{}, Clock: time.Now, Streams: chat.NewStream, Counts: new(conversation.Counts),
	})
	t.Cleanup(service.Close)
	c := DefaultConfig()
	if change != nil {
		change(&c)
	}
	w.Gateway = New(c, chat.Codecs(), service, users)
	return w
}

// wire is a connection whose client takes everything at once.
type wire struct {
	mu    sync.Mutex
	told  []string // operations, with the seq of a message
	code  netio.CloseCode
	ended time.Time
	end   func()
	done  chan struct{}
}

func (w *wire) Queue(f *netio.Frame) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.code != 0 {
		return false
	}
	e, err := chat.Codecs()[0].NewDecoder().Event(f.Payload())
	word := fmt.Sprint(err)
	if err == nil {
		word = chat.EventOp(e).String()
	}
	if m, ok := e.(*chat.Message); ok {
		word = fmt.Sprint(word, " ", m.At.Seq)
	}
	w.told = append(w.told, word)
	return true
}

func (w *wire) Flush()      {}
func (w *wire) Queued() int { return 0 }

// Shutdown ends the connection, as if its client had answered at once.
func (w *wire) Shutdown(code netio.CloseCode, _ string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.code == 0 {
		w.code, w.ended = code, time.Now()
		go func() {
			w.end()
			close(w.done)
		}()
	}
}

func (w *wire) words() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.told)
}

// open accepts a connection.
func (w *world) open() (*connection, *wire) {
	w.Helper()
	h, a := w.Accept(&netio.Request{Path: Path})
	if h == nil || a.Status != http.StatusSwitchingProtocols {
		w.Fatalf("%+v", a)
	}
	c := h.(*connection)
	l := &wire{done: make(chan struct{}), end: func() { c.Close(nil, 0, nil) }}
	c.open(l)
	return c, l
}

func (w *world) hello(c *connection, user, device string) {
	c.hear(0, false, fmt.Appendf(nil, `{"op":"hello","user":%q,"device":%q}`, user, device))
}

func TestUpgradesAreJudged(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxConnections, c.RetryAfter = 1, 1500*time.Millisecond })
	refused := func(what string, r *netio.Request, status int, retry string) {
		t.Helper()
		h, a := w.Accept(r)
		if h != nil || a.Status != status || a.Header.Get("Retry-After") != retry || len(a.Body) == 0 {
			t.Errorf("%s: %v, %+v", what, h, a)
		}
	}
	refused("another path", &netio.Request{Path: "/"}, 404, "")
	refused("an unknown subprotocol", &netio.Request{Path: Path, Protocols: []string{"mqtt"}}, 400, "")
	h, a := w.Accept(&netio.Request{Path: Path, Protocols: []string{"mqtt", chat.SubprotocolJSON}})
	if h == nil || a.Subprotocol != chat.SubprotocolJSON {
		t.Fatalf("%+v", a)
	}
	refused("one too many", &netio.Request{Path: Path}, 503, "2")
	h.Close(nil, 0, nil)
	h, a = w.Accept(&netio.Request{Path: Path, Protocols: []string{chat.SubprotocolProto, chat.SubprotocolJSON}})
	if c := h.(*connection); a.Subprotocol != chat.SubprotocolProto || chat.Codecs()[c.Codec] != (chat.Proto{}) {
		t.Fatalf("the second choice of two: %+v", a)
	}
	h.Close(nil, 0, nil)
	c, _ := w.open() // there is room again
	if chat.Codecs()[c.Codec] != (chat.JSON{}) {
		t.Error("who names no subprotocol does not speak JSON")
	}
	c.Close(nil, 0, nil)
	w.draining.Store(true)
	refused("at a drain", &netio.Request{Path: Path}, 503, "2")
	if w.Refused.Load() != 2 || w.Connections.Load() != 0 {
		t.Fatalf("%d refused, %d connections", w.Refused.Load(), w.Connections.Load())
	}
}

func TestNoHelloInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		_, silent := w.open()
		speaking, welcomed := w.open()
		w.hello(speaking, "ann", "d")
		synctest.Wait()
		start := time.Now()
		go w.Sweep(t.Context())
		<-silent.done
		took := time.Since(start)
		if limit := w.config.HelloTimeout; took < limit || took > limit+2*sweepInterval || silent.code != chat.CloseNoHello {
			t.Errorf("closed with %d after %v", silent.code, took)
		}
		if welcomed.code != 0 || w.NoHello.Load() != 1 {
			t.Errorf("who spoke was closed with %d; %d said no hello", welcomed.code, w.NoHello.Load())
		}
		w.Dismiss()
		<-welcomed.done
	})
}

func TestLiveMessagesWaitForTheWelcome(t *testing.T) {
	for _, tt := range []struct {
		name  string
		bound int
		want  []string
		code  netio.CloseCode
	}{
		{"as many as there is room for", 1 << 20, []string{"welcome", "state", "message 1", "message 2", "message 3"}, 0},
		{"too many", 100, nil, chat.CloseSlowReader},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, func(c *Config) { c.HoldBytes = tt.bound })
				c, l := w.open()
				w.log.gate = make(chan struct{})
				w.hello(c, "ann", "d")
				synctest.Wait() // it is subscribed by now, and reads the head
				p := w.rooms.Publisher()
				for s := range chat.Seq(2) {
					p.Publish("c", &chat.Message{Conversation: "c", Entry: chat.Entry{At: chat.Position{Epoch: 1, Seq: s + 1}}}, nil)
				}
				if got := l.words(); len(got) > 0 {
					t.Errorf("%v before the welcome", got)
				}
				close(w.log.gate)
				synctest.Wait()
				p.Publish("c", &chat.Message{Conversation: "c", Entry: chat.Entry{At: chat.Position{Epoch: 1, Seq: 3}}}, nil)
				if got := l.words(); tt.want != nil && !slices.Equal(got, tt.want) || l.code != tt.code {
					t.Errorf("%v, closed with %d", got, l.code)
				}
				c.End(1000, "")
				<-l.done
			})
		})
	}
}

func TestNothingIsSaidBeforeTheWelcome(t *testing.T) {
	w := newWorld(t, nil)
	c, l := w.open()
	w.log.gate = make(chan struct{})
	w.hello(c, "ann", "d")
	c.hear(0, false, []byte(`{"op":"heartbeat"}`))
	<-l.done
	close(w.log.gate)
	if l.code != chat.CloseBadRequest || !slices.Equal(l.words(), []string{"error"}) {
		t.Fatalf("%v, closed with %d", l.words(), l.code)
	}
}

// TestOneSessionOnManyConnections has one session come back on many connections
// at once: one of them stays, and hears each message once.
func TestOneSessionOnManyConnections(t *testing.T) {
	w := newWorld(t, nil)
	const n = 50
	var conns [n]*connection
	var wires [n]*wire
	for i := range n {
		conns[i], wires[i] = w.open()
	}
	for i := range n {
		w.hello(conns[i], "ann", "phone") // several workers answer them
	}
	deadline := time.After(10 * time.Second)
	for w.Closed.Load() < n-1 {
		select {
		case <-deadline:
			t.Fatalf("%d of %d connections were closed", w.Closed.Load(), n-1)
		case <-time.After(time.Millisecond):
		}
	}
	living := 0
	for i := range n {
		for !conns[i].Live() && wires[i].code == 0 {
			time.Sleep(time.Millisecond)
		}
		switch wires[i].code {
		case 0:
			living++
		case chat.CloseReplaced:
		default:
			t.Errorf("closed with %d", wires[i].code)
		}
	}
	p := w.rooms.Publisher()
	p.Publish("c", &chat.Message{Conversation: "c", Entry: chat.Entry{At: chat.Position{Epoch: 1, Seq: 1}}}, nil)
	heard := 0
	for i := range n {
		if slices.Contains(wires[i].words(), "message 1") {
			heard++
		}
	}
	if living != 1 || heard != 1 || w.users.Len() != 1 || w.rooms.Len() != 1 || w.Connections.Load() != 1 {
		t.Fatalf("%d live, %d hear, %d sessions, %d rooms, %d connections", living, heard, w.users.Len(), w.rooms.Len(), w.Connections.Load())
	}
}

func TestDrainIsPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		const n, window = 4 * paced, 8 * time.Second
		wires := make([]*wire, n)
		for i := range wires {
			var c *connection
			c, wires[i] = w.open()
			w.hello(c, fmt.Sprint("u", i), "d")
		}
		_, silent := w.open()
		synctest.Wait()
		start := time.Now()
		w.Drain(t.Context(), Departure{Within: window, Reason: "test"})
		if took := time.Since(start); took < window || took > window*5/4+time.Second {
			t.Errorf("it took %v", took)
		}
		first, last := time.Duration(1<<62), time.Duration(0)
		for _, l := range wires {
			if !slices.Equal(l.words(), []string{"welcome", "state", "drain"}) || l.code != chat.CloseRestart {
				t.Fatalf("%v, closed with %d", l.words(), l.code)
			}
			first, last = min(first, l.ended.Sub(start)), max(last, l.ended.Sub(start))
		}
		if first < window || last-first < window/4*3/5 || last > window*5/4 {
			t.Errorf("closed from %v to %v", first, last)
		}
		if silent.code != chat.CloseRestart || len(silent.words()) > 0 {
			t.Errorf("who said no hello was told %v and closed with %d", silent.words(), silent.code)
		}
		if w.Connections.Load() != 0 {
			t.Errorf("%d connections are left", w.Connections.Load())
		}
	})
}

func TestDrainEndsWhenAllHaveLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		c, l := w.open()
		w.hello(c, "ann", "d")
		synctest.Wait()
		start := time.Now()
		time.AfterFunc(time.Second, func() { l.Shutdown(1000, "") })
		w.Drain(t.Context(), Departure{Within: time.Minute})
		if took := time.Since(start); took > 1100*time.Millisecond || l.code != 1000 {
			t.Errorf("it took %v; closed with %d", took, l.code)
		}
	})
}
