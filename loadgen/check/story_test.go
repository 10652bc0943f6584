package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// story is a run of one conversation with three receivers, and the messages 1, 2,
// 3 … that one sender sent and that got the seqs 1, 2, 3 ….
type story struct {
	*Checker
	t        *testing.T
	findings []Finding
	now      time.Duration
}

var ann = Sender{User: 7, Device: 1}

func tell(t *testing.T, messages int) *story {
	s := &story{t: t}
	s.Checker = New(Config{Run: 1, Places: []uint32{3}, ReceiptMembers: 3, Report: func(f Finding) { s.findings = append(s.findings, f) }})
	for n := range uint32(messages) {
		s.Sent(0, ann, n+1)
		s.Acked(0, ann, n+1, Position{1, uint64(n + 1)}, false, 0)
	}
	return s
}

// text is the body of message n.
func text(n int) []byte {
	return AppendBody(nil, Header{Run: 1, Sender: ann.User, Device: ann.Device, Counter: uint32(n)}, 80)
}

// push delivers the messages of seqs live.
func (s *story) push(place uint32, seqs ...int) {
	for _, seq := range seqs {
		s.put(place, seq, text(seq), Live)
	}
}

func (s *story) put(place uint32, seq int, body []byte, how How) Arrival {
	s.now += time.Millisecond
	return s.Message(Receiver{0, place}, Position{1, uint64(seq)}, body, how, s.now)
}

// all delivers to all places.
func (s *story) all(seqs ...int) {
	for place := range uint32(3) {
		s.push(place, seqs...)
	}
}

// ends checks that the figures are these, "name=n" each, and all others 0; and that
// each figure that is a finding came with its evidence.
func (s *story) ends(want ...string) {
	s.t.Helper()
	result := s.Finish()
	var got []string
	for _, name := range slices.Sorted(maps.Keys(result)) {
		if n := result[name]; n != 0 {
			got = append(got, fmt.Sprintf("%s=%d", name, n))
		}
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.t.Errorf("the figures are %v, want %v", got, want)
	}
	for _, f := range s.findings {
		if result[f.Figure] == 0 || f.Text == "" {
			s.t.Errorf("finding without a figure or a text: %+v", f)
		}
	}
}

// evidence checks the text of a figure's only finding.
func (s *story) evidence(f figureOf, want ...string) {
	s.t.Helper()
	var found []Finding
	for _, one := range s.findings {
		if one.Figure == f.String() {
			found = append(found, one)
		}
	}
	if len(found) != 1 {
		s.t.Fatalf("%d findings of %s: %+v", len(found), f, found)
	}
	for _, part := range want {
		if !strings.Contains(found[0].Text, part) {
			s.t.Errorf("the evidence of %s is %q, want %q in it", f, found[0].Text, part)
		}
	}
}

func TestAllIsWell(t *testing.T) {
	s := tell(t, 5)
	if n := s.Owed(); n != 15 {
		t.Errorf("%d are owed, want 15", n)
	}
	s.all(1, 2, 3, 4, 5)
	if n := s.Owed(); n != 0 {
		t.Errorf("%d are owed, want 0", n)
	}
	if n := s.Deliveries(); n != 15 {
		t.Errorf("%d deliveries, want 15", n)
	}
	s.ends("expected=15", "delivered=15", "order.blocks_compared=2")
}

func TestLoss(t *testing.T) {
	s := tell(t, 5)
	s.all(1, 2, 3)
	s.push(0, 4, 5)
	s.push(1, 5)
	if from, to, ok := s.Hole(Receiver{0, 1}); from != 4 || to != 4 || !ok {
		t.Errorf("the hole is %d to %d, %t", from, to, ok)
	}
	if p := s.Cursor(Receiver{0, 1}); p != (Position{1, 3}) {
		t.Errorf("the cursor is %v", p)
	}
	if n := s.Owed(); n != 3 {
		t.Errorf("%d are owed, want 3", n)
	}
	// Nobody notices the loss at the end but by the sender's list.
	s.ends("expected=15", "delivered=12", "lost=3", "gaps=1")
}

// A duplicate does not make up for a loss.
func TestADuplicateMasksNoLoss(t *testing.T) {
	s := tell(t, 3)
	s.all(1, 3)
	s.all(3)
	s.ends("expected=9", "delivered=6", "lost=3", "gaps=3", "duplicates.wire=3")
}

func TestAGapThatHeals(t *testing.T) {
	s := tell(t, 5)
	s.push(0, 1)
	if a := s.put(0, 4, text(4), Live); !a.Gap || !a.First || !a.OK || a.Healed != 0 {
		t.Errorf("the gap's arrival is %+v", a)
	}
	if a := s.put(0, 5, text(5), Live); a.Gap {
		t.Errorf("one gap counts twice: %+v", a)
	}
	opened := s.now - time.Millisecond
	if a := s.put(0, 2, text(2), Synced); a.Healed != 0 || a.Gap {
		t.Errorf("half healed: %+v", a)
	}
	if a := s.put(0, 3, text(3), Synced); a.Healed != 1 || a.HealedAfter != s.now-opened {
		t.Errorf("healed: %+v", a)
	}
	s.push(1, 1, 2, 3, 4, 5)
	s.push(2, 1, 2, 3, 4, 5)
	s.ends("expected=15", "delivered=15", "gaps=1", "order.blocks_compared=2")
}

// What a place missed while it was away is no gap, and what comes again by the
// sync is a duplicate of that.
func TestAReconnect(t *testing.T) {
	s := tell(t, 6)
	s.all(1, 2)
	for place := range uint32(3) {
		s.Away(Receiver{0, place})
		s.Connected(Receiver{0, place})
		if a := s.put(place, 6, text(6), AfterReconnect); a.Gap {
			t.Errorf("a gap: %+v", a)
		}
		for seq := 2; seq <= 5; seq++ {
			if a := s.put(place, seq, text(seq), Synced|AfterReconnect); a.Healed != 0 || a.First != (seq > 2) || !a.OK {
				t.Errorf("seq %d: %+v", seq, a)
			}
		}
	}
	s.ends("expected=18", "delivered=18", "duplicates.wire=3", "duplicates.after_reconnect=3", "order.blocks_compared=2")
}

// A new connection's live order begins anew; within one, nothing new may come late.
func TestLiveOrder(t *testing.T) {
	s := tell(t, 4)
	s.push(0, 1, 3, 2, 4)
	s.evidence(orderViolations, "seq 2", "after seq 3")
	s.push(1, 1, 4)
	s.Connected(Receiver{0, 1})
	s.push(1, 2, 3)
	s.push(2, 1, 2, 3, 4)
	s.ends("expected=12", "delivered=12", "gaps=2", "order.violations=1", "order.blocks_compared=2")
}

// Two messages of one sender that the log has the wrong way round are one
// violation, however many see it.
func TestSenderOrder(t *testing.T) {
	s := tell(t, 4)
	for place := range uint32(3) {
		for seq, n := range []int{1, 3, 2, 4} {
			s.Message(Receiver{0, place}, Position{1, uint64(seq + 1)}, text(n), Live, 0)
		}
	}
	s.evidence(orderViolations, "seq 3", "counter 2", "seq 2", "3")
	// And two acknowledgements named seqs that carry another message.
	s.ends("expected=12", "delivered=12", "order.violations=1", "duplicates.residual=2", "order.blocks_compared=2")
}

// The order is judged also where the seqs are first seen in another.
func TestSenderOrderOfLateArrivals(t *testing.T) {
	s := tell(t, 0)
	s.Sent(0, ann, 5)
	for _, at := range [][2]int{{10, 4}, {8, 2}, {9, 3}, {6, 5}, {7, 1}} {
		s.put(0, at[0], text(at[1]), Synced)
	}
	// 6 carries 5, and 7 to 10 carry 1 to 4: one is out of place, and 7 meets it too.
	s.ends("recovered=5", "order.violations=2", "unacknowledged=5")
}

// Further back than the window a message is compared with its sender's newest.
func TestSenderOrderBeyondTheWindow(t *testing.T) {
	s := tell(t, 0)
	s.Sent(0, ann, 3)
	s.put(0, 3000, text(2), Synced)
	s.put(0, 10, text(1), Synced)
	s.put(0, 11, text(3), Synced)
	s.evidence(orderViolations, "seq 11", "counter 3", "seq 3000", "its 2")
	s.ends("recovered=3", "order.violations=1", "unacknowledged=3")
}

func TestEpoch(t *testing.T) {
	s := tell(t, 1)
	s.all(1)
	s.Message(Receiver{0, 0}, Position{2, 2}, text(1), Live, 0)
	s.evidence(orderViolations, "epoch 2", "epoch 1")
	s.Message(Receiver{0, 0}, Position{1, 0}, text(1), Live, 0)
	s.Message(Receiver{0, 0}, Position{1, 1 << 63}, text(1), Live, 0)
	s.Acked(0, ann, 1, Position{1, 0}, true, 0)
	s.ends("expected=3", "delivered=3", "order.violations=4", "double_stored=1", "duplicates.residual=1", "order.blocks_compared=1")
}

// A message whose sender never heard of it may be delivered.
func TestRecovered(t *testing.T) {
	s := tell(t, 1)
	s.Sent(0, ann, 2)
	s.Sent(0, ann, 3)
	s.Refused(0, ann, 3)
	s.all(1, 2)
	s.ends("expected=3", "delivered=3", "recovered=3", "unacknowledged=1", "order.blocks_compared=2")
}

// Forget: acknowledged, and a change of members stands there.
func TestForget(t *testing.T) {
	s := tell(t, 3)
	s.all(1, 3)
	for place := range uint32(3) {
		if a := s.Change(Receiver{0, place}, Position{1, 2}, Synced, 0); !a.First || a.OK {
			t.Errorf("the change: %+v", a)
		}
	}
	if n := s.Owed(); n != 0 {
		t.Errorf("%d are owed: nothing more will come", n)
	}
	s.ends("expected=9", "delivered=6", "lost=3", "gaps=3", "order.blocks_compared=2")
}

// To one of them the message, to the others a change: they saw two logs.
func TestForgetForSome(t *testing.T) {
	for _, early := range []bool{true, false} {
		s := tell(t, 2)
		if early {
			s.push(0, 1, 2)
		}
		for _, place := range []uint32{1, 2} {
			s.push(place, 1)
			s.Change(Receiver{0, place}, Position{1, 2}, Live, 0)
		}
		if !early {
			s.push(0, 1, 2)
		}
		s.ends("expected=6", "delivered=4", "lost=2", "order.blocks_compared=2", fmt.Sprint("order.disagreements=", 2))
	}
}

// Changes of members are no messages.
func TestChanges(t *testing.T) {
	s := tell(t, 1)
	s.all(1)
	for place := range uint32(3) {
		s.Change(Receiver{0, place}, Position{1, 2}, Live, 0)
	}
	s.ends("expected=3", "delivered=3", "order.blocks_compared=2")
}

func TestInvent(t *testing.T) {
	s := tell(t, 1)
	s.all(1)
	for place := range uint32(3) {
		if a := s.put(place, 2, Invent(text(1)), Live); a.OK || !a.First {
			t.Errorf("an invented message: %+v", a)
		}
		s.put(place, 2, Invent(text(1)), Live)
		s.put(place, 3, []byte("hello"), Live)
	}
	s.ends("expected=3", "delivered=3", "phantom=6", "duplicates.wire=3", "order.blocks_compared=2")
}

// Reassign: a second seq for the same message.
func TestReassign(t *testing.T) {
	s := tell(t, 1)
	s.Sent(0, ann, 2)
	s.Acked(0, ann, 2, Position{1, 3}, false, 0)
	for place := range uint32(3) {
		s.push(place, 1)
		s.put(place, 2, text(1), Live)
		s.put(place, 3, text(2), Live)
	}
	s.evidence(doubleStored, "seq 1", "seq 2")
	s.ends("expected=6", "delivered=6", "double_stored=1", "duplicates.residual=3", "order.blocks_compared=2")
}

// Only a receiver that has both is fooled.
func TestReassignSeenByHalf(t *testing.T) {
	s := tell(t, 1)
	s.push(0, 1)
	s.put(0, 2, text(1), Live)
	s.put(1, 2, text(1), Live)
	s.ends("expected=3", "delivered=1", "lost=2", "gaps=1", "double_stored=1", "duplicates.residual=1")
}

// A second copy is known as one also when the first is long forgotten.
func TestReassignLate(t *testing.T) {
	s := tell(t, 2000)
	for n := 1; n <= 2000; n++ {
		s.push(0, n)
	}
	s.put(0, 2001, text(3), Live)
	s.push(1, 1)
	s.put(1, 2001, text(3), Synced)
	s.ends("expected=6000", "delivered=2001", "lost=3999", "double_stored=1", "duplicates.residual=2")
}

func TestSeqWithTwoMessages(t *testing.T) {
	s := tell(t, 2)
	s.all(1)
	s.push(0, 2)
	s.put(1, 2, text(1), Live)
	s.evidence(duplicatesResidual, "seq 2", "message 2 of user 7, device 1")
	s.ends("expected=6", "delivered=5", "lost=1", "duplicates.residual=1", "order.disagreements=1", "order.blocks_compared=1")
}

func TestAckedTwice(t *testing.T) {
	s := tell(t, 1)
	s.Acked(0, ann, 1, Position{1, 1}, true, 0)
	s.all(1)
	if n := s.Counts()["double_stored"]; n != 0 {
		t.Fatalf("double_stored is %d for the same seq", n)
	}
	s.Acked(0, ann, 1, Position{1, 2}, false, 0)
	s.Acked(0, ann, 1, Position{1, 2}, true, 0)
	for place := range uint32(3) {
		s.put(place, 2, text(1), Live)
	}
	s.evidence(doubleStored, "seq 1", "seq 2")
	s.ends("expected=6", "delivered=6", "double_stored=1", "duplicates.residual=3", "order.blocks_compared=2")
}

// An acknowledgement that names another's seq hides a loss: it is found whichever
// comes first.
func TestAckOfAnothersSeq(t *testing.T) {
	for _, early := range []bool{true, false} {
		s := tell(t, 0)
		bob := Sender{User: 8}
		s.Sent(0, ann, 1)
		s.Sent(0, bob, 1)
		if early {
			s.Acked(0, bob, 1, Position{1, 1}, false, 0)
		}
		s.all(1)
		if !early {
			s.Acked(0, bob, 1, Position{1, 1}, false, 0)
		}
		s.evidence(duplicatesResidual, "seq")
		s.ends("expected=3", "delivered=3", "unacknowledged=1", "duplicates.residual=1", "order.blocks_compared=2")
	}
}

func TestMisdeliver(t *testing.T) {
	s := tell(t, 1)
	s.all(1)
	other := AppendBody(nil, Header{Run: 1, Conversation: 5, Sender: ann.User, Device: ann.Device, Counter: 1}, 0)
	for place := range uint32(3) {
		s.put(place, 2, other, Live)
	}
	s.Misdelivered(99, Position{1, 1}, text(1), 0)
	s.Misdelivered(99, Position{1, 1}, []byte("hello"), 0)
	s.StartAt(Receiver{0, 0}, 3)
	s.ends("expected=3", "delivered=3", "misdelivered=5", "order.blocks_compared=2")
}

func TestForeign(t *testing.T) {
	s := tell(t, 1)
	old := AppendBody(nil, Header{Run: 2, Sender: ann.User, Device: ann.Device, Counter: 1}, 0)
	for place := range uint32(3) {
		if a := s.put(place, 1, old, Live); a.OK {
			t.Errorf("another run's message: %+v", a)
		}
	}
	s.Misdelivered(99, Position{1, 1}, old, 0)
	// The pairs arrived, as acknowledged; what arrived is foreign.
	s.ends("expected=3", "delivered=3", "foreign=4", "order.blocks_compared=2")
}

// Corrupt, and only that: the pair arrived, and the order is as the others saw it.
func TestCorrupt(t *testing.T) {
	for _, size := range []int{HeaderSize, 80} {
		for bit := range 8 {
			s := tell(t, 1)
			s.Sent(0, ann, 2)
			for place := range uint32(3) {
				s.push(place, 1)
				body := AppendBody(nil, Header{Run: 1, Sender: ann.User, Device: ann.Device, Counter: 2}, size)
				if place > 0 {
					body[size-1] ^= 1 << bit
				}
				if a := s.put(place, 2, body, Live); a.OK != (place == 0) {
					t.Errorf("a damaged body: %+v", a)
				}
			}
			s.ends("expected=3", "delivered=3", "recovered=3", "unacknowledged=1", "corrupted=2", "order.blocks_compared=2")
		}
	}
}

func TestOffline(t *testing.T) {
	s := tell(t, 3)
	s.all(1)
	s.push(0, 2, 3)
	s.Offline(Receiver{0, 1})
	s.Offline(Receiver{0, 2})
	s.Connected(Receiver{0, 2})
	if n := s.Owed(); n != 2 {
		t.Errorf("%d are owed, want 2", n)
	}
	s.ends("expected=7", "delivered=5", "lost=2", "owed.offline=2", "order.blocks_compared=1")
}

// A member that joins later is owed what comes from then on.
func TestStartAt(t *testing.T) {
	s := tell(t, 5)
	s.push(0, 1, 2, 3, 4, 5)
	s.put(1, 4, text(4), AfterReconnect) // before the state
	s.StartAt(Receiver{0, 1}, 4)
	s.StartAt(Receiver{0, 2}, 4)
	s.push(1, 5)
	s.push(2, 4, 5)
	s.StartAt(Receiver{0, 2}, 5) // the log drops what is old: that changes nothing
	if p := s.Cursor(Receiver{0, 1}); p != (Position{1, 5}) {
		t.Errorf("the cursor is %v", p)
	}
	s.put(2, 3, text(3), Live)
	s.evidence(misdelivered, "seq 3", "first, 4")
	s.ends("expected=9", "delivered=9", "misdelivered=1", "order.blocks_compared=1")
}

func TestDisagreement(t *testing.T) {
	s := tell(t, 0)
	bob := Sender{User: 8}
	s.Sent(0, ann, 1)
	s.Sent(0, bob, 1)
	two := [][]byte{text(1), AppendBody(nil, Header{Run: 1, Sender: 8, Counter: 1}, 0)}
	for place := range uint32(3) {
		s.put(place, 1, two[place/2], Live)
		s.put(place, 2, two[1-place/2], Live)
	}
	// The third one's seqs also carry what they did not before.
	s.ends("recovered=6", "unacknowledged=2", "order.disagreements=1", "order.blocks_compared=2", "duplicates.residual=2")
}

// Whole blocks are compared as the run goes, and those that nobody waits for are
// dropped.
func TestBlocks(t *testing.T) {
	s := tell(t, 3000)
	for n := 1; n <= 3000; n++ {
		s.all(n)
	}
	if n := s.Counts()["order.blocks_compared"]; n != 4 {
		t.Errorf("%d blocks were compared, want 4", n)
	}
	if n := len(s.conversations[0].blocks); n != 0 {
		t.Errorf("%d references are left", n)
	}
	s.ends("expected=9000", "delivered=9000", "order.blocks_compared=6")
}

// Members that begin at the same seq have the same first block, though one of them
// hears live messages before it knows where it begins.
func TestBlocksOfLateMembers(t *testing.T) {
	s := tell(t, 2100)
	for n := 1; n <= 2100; n++ {
		s.push(0, n)
	}
	if n := len(s.conversations[0].blocks); n != 2 {
		t.Errorf("%d references wait for others, want 2", n)
	}
	s.put(2, 2001, text(2001), AfterReconnect)
	s.StartAt(Receiver{0, 1}, 2000)
	s.StartAt(Receiver{0, 2}, 2000)
	for n := 2000; n <= 2100; n++ {
		s.push(1, n)
		if n != 2001 {
			s.put(2, n, text(n), Synced)
		}
	}
	s.ends("expected=2302", "delivered=2302", "order.blocks_compared=3")
}

// Nobody waits for the blocks of a member that begins above them.
func TestBlocksBelowAMember(t *testing.T) {
	s := tell(t, 2048)
	s.StartAt(Receiver{0, 2}, 2000)
	for n := 1; n <= 2048; n++ {
		s.push(0, n)
		s.push(1, n)
	}
	if n := len(s.conversations[0].blocks); n != 0 {
		t.Errorf("%d references are left", n)
	}
}

// Once a conversation is as long as the window, no message takes more memory.
func TestMemoryDoesNotGrow(t *testing.T) {
	c := New(Config{Run: 1, Places: []uint32{3}})
	deliver := func(from, to uint32) {
		var body []byte
		for n := from; n < to; n++ {
			p := Position{1, uint64(n)}
			c.Sent(0, ann, n)
			body = AppendBody(body[:0], Header{Run: 1, Sender: ann.User, Device: ann.Device, Counter: n}, 0)
			for place := range uint32(3) {
				c.Message(Receiver{0, place}, p, body, Live, 0)
			}
			c.Acked(0, ann, n, p, false, 0)
		}
	}
	deliver(1, 2000)
	before := heap()
	deliver(2000, 100_000)
	if grown := int64(heap()) - int64(before); grown > 10_000 {
		t.Errorf("98,000 messages took %d bytes", grown)
	}
	if n := c.Finish()["delivered"]; n != 3*99_999 {
		t.Errorf("%d are delivered", n)
	}
}

// A place with a hole has the blocks above it compared all the same.
func TestBlocksAboveAHole(t *testing.T) {
	for _, hole := range []int{1, 5, 1024, 1025, 2048} {
		s := tell(t, 2100)
		for n := 1; n <= 2100; n++ {
			s.push(0, n)
			if n != hole {
				s.push(1, n)
			}
		}
		if n := s.Counts()["order.blocks_compared"]; n != 1 {
			t.Errorf("%d blocks were compared, want 1", n)
		}
		s.put(1, hole, text(hole), Synced)
		if p := &s.conversations[0].places[1]; p.seen.more != nil {
			t.Errorf("a place that has all is %+v", p)
		}
		s.ends("expected=6300", "delivered=4200", "lost=2100", "gaps=1", "order.blocks_compared=3")
	}
}

// Each part of what a message is makes another order.
func TestDisagreementInOnePart(t *testing.T) {
	for _, other := range []Header{
		{Run: 1, Sender: 8, Device: 1, Counter: 1},
		{Run: 1, Sender: 7, Device: 2, Counter: 1},
		{Run: 1, Sender: 7, Device: 1, Counter: 2},
	} {
		s := tell(t, 0)
		s.Sent(0, ann, 2)
		s.Sent(0, other.from(), 2)
		s.push(0, 1)
		s.put(1, 1, AppendBody(nil, other, 0), Live)
		if r := s.Finish(); r["order.disagreements"] != 1 || r["order.blocks_compared"] != 1 {
			t.Errorf("%+v for another: %v", other, r)
		}
	}
}

// Many senders are as one.
func TestManySenders(t *testing.T) {
	const senders = 3 * manySenders
	s := tell(t, 0)
	for n := range uint32(2 * senders) {
		h := Header{Run: 1, Sender: n % senders, Counter: n/senders + 1}
		p := Position{1, uint64(n + 1)}
		s.Sent(0, h.from(), h.Counter)
		s.Acked(0, h.from(), h.Counter, p, false, 0)
		for place := range uint32(3) {
			s.Message(Receiver{0, place}, p, AppendBody(nil, h, 0), Live, 0)
		}
	}
	s.put(0, 2*senders+1, AppendBody(nil, Header{Run: 1, Sender: senders, Counter: 1}, 0), Live)
	s.ends("expected=144", "delivered=144", "phantom=1", "order.blocks_compared=1")
}

func TestReceipts(t *testing.T) {
	s := tell(t, 9)
	at := func(seq uint64) Position { return Position{1, seq} }
	for place := range uint32(3) {
		s.all()
		s.Connected(Receiver{0, place})
		s.push(place, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	}
	s.ReadMoved(0, 0, at(3), 10)
	s.ReadMoved(0, 0, at(5), 20)
	for range 4 {
		s.ReadMoved(0, 0, at(5), 30) // told again on a new connection: no new move
	}
	if after, ok := s.Receipt(Receiver{0, 1}, 0, at(5), 50); after != 30 || !ok {
		t.Errorf("the receipt took %v, %t", after, ok)
	}
	if _, ok := s.Receipt(Receiver{0, 1}, 0, at(5), 60); ok {
		t.Error("a receipt told twice is news twice")
	}
	if _, ok := s.Receipt(Receiver{0, 2}, 0, at(4), 60); ok {
		t.Error("a move that was none has a latency")
	}
	s.Receipt(Receiver{0, 1}, 0, at(4), 70)
	s.evidence(cursorRegressions, "member 0", "seq 5 to 4")
	// Place 2 knows of 4, not of 5.
	s.ends("expected=27", "delivered=27", "cursor.regressions=1", "receipt.lost=1", "order.blocks_compared=2")
}

// Who was away for a move is not told of it when it returns.
func TestReceiptsWhileAway(t *testing.T) {
	s := tell(t, 0)
	for place := range uint32(3) {
		s.Connected(Receiver{0, place})
	}
	s.Away(Receiver{0, 1})
	s.Away(Receiver{0, 2})
	s.ReadMoved(0, 0, Position{1, 1}, 10)
	s.Connected(Receiver{0, 1})
	if n := s.Finish()["receipt.lost"]; n != 0 {
		t.Errorf("%d receipts are lost", n)
	}
	s.ReadMoved(0, 0, Position{1, 2}, 20)
	if n := s.Finish()["receipt.lost"]; n != 1 {
		t.Errorf("%d receipts are lost, want 1", n)
	}
}

// Receipts that are not followed have no figures.
func TestReceiptsNotFollowed(t *testing.T) {
	c := New(Config{Places: []uint32{2}})
	c.ReadMoved(0, 0, Position{1, 1}, 0)
	c.Receipt(Receiver{0, 1}, 0, Position{1, 1}, 0)
	result := c.Finish()
	for _, name := range []string{"receipt.lost", "cursor.regressions"} {
		if _, ok := result[name]; ok {
			t.Errorf("%s is there", name)
		}
	}
}

// Findings are capped, figures are not.
func TestFindingsAreCapped(t *testing.T) {
	s := tell(t, 1)
	for range 3 * maxFindings {
		s.push(0, 1)
	}
	if n := len(s.findings); n != maxFindings {
		t.Errorf("%d findings, want %d", n, maxFindings)
	}
	s.ends("expected=3", "delivered=1", "lost=2", fmt.Sprint("duplicates.wire=", 3*maxFindings-1))
}

func TestLostFindingsAreCapped(t *testing.T) {
	s := tell(t, 2*maxLost)
	for seq := 1; seq < 2*maxLost; seq += 2 {
		s.all(seq)
	}
	s.ends("expected=600", "delivered=300", "lost=300", "gaps=297")
	if n := len(s.findings); n != maxLost {
		t.Errorf("%d findings, want %d", n, maxLost)
	}
}

// TestTogether: all methods at once, from many goroutines.
func TestTogether(t *testing.T) {
	const conversations, members, messages = 3, 4, 300
	places := []uint32{members, members, members}
	c := New(Config{Run: 1, Places: places, ReceiptMembers: members, Report: func(Finding) {}})
	var wg sync.WaitGroup
	for v := range uint32(conversations) {
		for n := range uint32(messages) {
			c.Sent(v, Sender{}, n+1)
		}
		wg.Go(func() {
			for n := range uint32(messages) {
				c.Acked(v, Sender{}, n+1, Position{1, uint64(n + 1)}, false, 0)
				c.ReadMoved(v, 0, Position{1, uint64(n + 1)}, 0)
			}
		})
		for place := range uint32(members) {
			wg.Go(func() {
				r := Receiver{v, place}
				c.Connected(r)
				for n := range uint32(messages) {
					p := Position{1, uint64(n + 1)}
					c.Message(r, p, AppendBody(nil, Header{Run: 1, Conversation: v, Counter: n + 1}, 50), Live, 0)
					c.Receipt(r, 0, p, 0)
					c.Cursor(r)
				}
			})
		}
	}
	wg.Go(func() {
		for c.Owed() > 0 {
			c.Counts()
		}
	})
	wg.Wait()
	const all = conversations * members * messages
	result := c.Finish()
	if result["delivered"] != all || result["lost"] != 0 || result["order.violations"] != 0 || result["duplicates.residual"] != 0 {
		t.Errorf("the figures are %v", result)
	}
}
