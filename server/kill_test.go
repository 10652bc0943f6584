package server

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
)

// TestKill kills `throng serve` without warning in the middle of load, starts it
// again on the same data, and looks at what it left: every message that was
// acknowledged is there, once, in its sender's order, and a ref that is sent
// again gets its old seq. THRONG_KILLS is the number of rounds.
func TestKill(t *testing.T) {
	rounds := 3
	if n, err := strconv.Atoi(os.Getenv("THRONG_KILLS")); err == nil {
		rounds = n
	}
	program := build(t)
	for _, durability := range []string{"fsync", "os"} {
		t.Run(durability, func(t *testing.T) { killRounds(t, program, durability, rounds) })
	}
}

// build makes the program.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "throng")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/seed886cd727/throng").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

func killRounds(t *testing.T, program, durability string, rounds int) {
	clients, err := netio.New(netio.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = clients.Close() }()
	dir, senders := t.TempDir(), make([]*sender, 4)
	for i := range senders {
		senders[i] = &sender{T: t, user: chat.UserID(fmt.Sprint("u", i)), acked: make(map[uint64]place), sent: make(map[uint64]chat.ConversationID)}
	}
	for range rounds {
		p := serve(t, program, dir, durability)
		p.provision()
		var acks atomic.Int64
		until := int64(200 + rand.IntN(400))
		var wg sync.WaitGroup
		for _, s := range senders {
			s.connect(clients, p.listen)
			s.resend()
		}
		for _, s := range senders {
			wg.Go(func() {
				s.sendForEver(func() {
					if acks.Add(1) == until {
						_ = p.cmd.Process.Kill()
					}
				})
			})
		}
		wg.Wait()
		p.end()
	}
	p := serve(t, program, dir, durability)
	for _, s := range senders {
		s.connect(clients, p.listen)
		s.resend()
		s.conn.Kill()
	}
	for _, conv := range conversations {
		verify(t, conv, p.entries(conv), senders)
	}
	_ = p.cmd.Process.Kill()
	p.end()
}

var conversations = []chat.ConversationID{"c0", "c1", "c2"}

// process is a server of its own.
type process struct {
	*testing.T
	cmd    *exec.Cmd
	listen netip.AddrPort
	admin  string
}

func serve(t *testing.T, program, dir, durability string, more ...string) *process {
	t.Helper()
	args := []string{"serve", "--json", "--exit-with-parent", "--log-level", "error",
		"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", dir, "--durability", durability}
	p := &process{T: t, cmd: exec.Command(program, append(args, more...)...)}
	p.cmd.Stderr = os.Stderr
	if _, err := p.cmd.StdinPipe(); err != nil { // closed when this process ends, however it ends
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var says struct{ Listen, Admin string }
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&says); err != nil {
		t.Fatal(err)
	}
	p.listen, p.admin = netip.MustParseAddrPort(says.Listen), says.Admin
	return p
}

// end waits for the process, which was killed.
func (p *process) end() { _ = p.cmd.Wait() }

func (p *process) provision() {
	p.Helper()
	var lines strings.Builder
	for _, c := range conversations {
		fmt.Fprintf(&lines, `{"conv":%q,"kind":"group","members":["u0","u1","u2","u3"]}`+"\n", c)
	}
	resp, err := http.Post("http://"+p.admin+"/v1/conversations", "application/x-ndjson", strings.NewReader(lines.String()))
	if err != nil {
		p.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(resp.Body)
		p.Fatalf("%s: %s", resp.Status, b)
	}
}

// logged is an entry as the admin API shows it.
type logged struct {
	Seq        chat.Seq
	User, Body string
}

func (p *process) entries(conv chat.ConversationID) (all []logged) {
	p.Helper()
	resp, err := http.Get("http://" + p.admin + "/v1/conversations/" + string(conv) + "/entries")
	if err != nil {
		p.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	for d := json.NewDecoder(resp.Body); ; {
		var e logged
		if err := d.Decode(&e); err == io.EOF {
			return all
		} else if err != nil {
			p.Fatal(err)
		}
		all = append(all, e)
	}
}

type place struct {
	conversation chat.ConversationID
	seq          chat.Seq
}

// sender is one user, who remembers what was said and what was answered. The
// body of a message is its n.
type sender struct {
	*testing.T
	*client
	user   chat.UserID
	stream chat.StreamID
	n      uint64
	sent   map[uint64]chat.ConversationID // not acknowledged
	acked  map[uint64]place
}

func (s *sender) connect(from *netio.Reactor, to netip.AddrPort) {
	s.Helper()
	s.client = dial(s.T, from, to)
	w, _ := s.hello(&chat.Hello{User: s.user, Device: "d", Stream: s.stream})
	if !s.stream.IsZero() && w.Stream != s.stream {
		s.Fatalf("%s got another stream", s.user)
	}
	s.stream = w.Stream
}

func (s *sender) send(n uint64, to chat.ConversationID) {
	s.say(&chat.Send{Conversation: to, N: n, Body: []byte(fmt.Sprint(n))})
}

// resend says again what was not acknowledged, and the last of what was: the last
// 200 in all, in their order.
func (s *sender) resend() {
	s.Helper()
	again := make(map[uint64]bool)
	for n := s.n - min(s.n, 200) + 1; n <= s.n; n++ {
		to := s.sent[n]
		if at, ok := s.acked[n]; ok {
			to = at.conversation
		}
		s.send(n, to)
		again[n] = true
	}
	for len(again) > 0 {
		a, ok := await[chat.Event](s.client).(*chat.Ack)
		if !ok {
			continue
		}
		old, known := s.acked[a.N]
		if known && (!a.Duplicate || old != place{a.Conversation, a.At.Seq}) {
			s.Fatalf("%s's %d was %v; sent again it is %d, duplicate %v", s.user, a.N, old, a.At.Seq, a.Duplicate)
		}
		s.took(a)
		delete(again, a.N)
	}
}

func (s *sender) took(a *chat.Ack) {
	delete(s.sent, a.N)
	s.acked[a.N] = place{a.Conversation, a.At.Seq}
}

// sendForEver keeps some sends under way until the connection ends.
func (s *sender) sendForEver(acked func()) {
	for range 16 {
		s.next()
	}
	for {
		select {
		case text := <-s.texts:
			if s.hear(text) {
				acked()
				s.next()
			}
		case <-s.closed:
			for len(s.texts) > 0 {
				s.hear(<-s.texts)
			}
			return
		}
	}
}

func (s *sender) next() {
	s.n++
	to := conversations[rand.IntN(len(conversations))]
	s.sent[s.n] = to
	s.send(s.n, to)
}

func (s *sender) hear(text string) (ack bool) {
	e, err := s.decoder.Event([]byte(text))
	if err != nil {
		s.T.Errorf("%s: %v", text, err)
		return false
	}
	if e, ok := e.(*chat.Error); ok {
		s.T.Errorf("%+v", e)
	}
	a, ok := e.(*chat.Ack)
	if ok {
		s.took(a)
	}
	return ok
}

// verify compares a conversation's log with what its senders were told.
func verify(t *testing.T, conv chat.ConversationID, log []logged, senders []*sender) {
	t.Helper()
	last := make(map[string]uint64)
	at := make(map[string]chat.Seq)
	for i, e := range log {
		n, err := strconv.ParseUint(e.Body, 10, 64)
		if err != nil || e.Seq != chat.Seq(i+1) || n <= last[e.User] {
			t.Fatalf("%s: entry %d is %+v; the sender's last was %d", conv, i+1, e, last[e.User])
		}
		last[e.User] = n
		at[e.User+" "+e.Body] = e.Seq
	}
	total := 0
	for _, s := range senders {
		if len(s.sent) > 0 || uint64(len(s.acked)) != s.n {
			t.Fatalf("%s: %d of %d are not acknowledged after all", s.user, len(s.sent), s.n)
		}
		for n, p := range s.acked {
			if p.conversation != conv {
				continue
			}
			total++
			if got := at[fmt.Sprint(s.user, " ", n)]; got != p.seq {
				t.Fatalf("%s: %s's %d was acknowledged as %d; it is %d", conv, s.user, n, p.seq, got)
			}
		}
	}
	if total != len(log) {
		t.Fatalf("%s: %d entries, %d messages", conv, len(log), total)
	}
}
