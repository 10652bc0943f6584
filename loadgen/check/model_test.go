package check

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// model is the checker as one would write it with all the memory in the world: it
// keeps every entry, and follows the definitions.
type model struct {
	figures Result
	places  []*modelPlace
	sent    map[Sender]uint32
	answers map[message]bool
	acked   map[uint64]bool
	said    map[uint64]message // acknowledged, and not contradicted
	fed     map[uint64]message
	seconds map[uint64]bool
	copies  map[message][]uint64
	doubled map[message]bool
	blocks  map[block]map[uint64]any
	late    bool // a place's start moved after it had seen something
}

type modelPlace struct {
	first   uint64
	seen    map[uint64]class
	content map[uint64]any
	live    uint64
	offline bool
}

func newModel(places int) *model {
	m := &model{make(Result), nil, make(map[Sender]uint32), make(map[message]bool), make(map[uint64]bool), make(map[uint64]message), make(map[uint64]message), make(map[uint64]bool), make(map[message][]uint64), make(map[message]bool), make(map[block]map[uint64]any), false}
	for range places {
		m.places = append(m.places, &modelPlace{first: 1, seen: make(map[uint64]class), content: make(map[uint64]any)})
	}
	return m
}

func (m *model) add(f figureOf) { m.figures[f.String()]++ }

func (m *model) ack(s Sender, counter uint32, seq uint64) {
	id := message{s, counter}
	m.acked[seq] = true
	if m.answers[id] {
		for other, said := range m.said {
			if said == id && other != seq && !m.doubled[id] {
				m.doubled[id] = true
				m.add(doubleStored)
			}
		}
	}
	m.answers[id] = true
	fed, known := m.fed[seq]
	said, acked := m.said[seq]
	switch {
	case known && fed != id, acked && said != id:
		m.add(duplicatesResidual)
	default:
		m.said[seq] = id
	}
}

// body is what a server may deliver at a seq.
type body struct {
	header Header
	damage figureOf // phantom: no header; corrupted; figures: none
}

func (b body) bytes() []byte {
	text := AppendBody(nil, b.header, 60)
	switch b.damage {
	case phantom:
		return text[1:]
	case corrupted:
		text[len(text)-1] ^= 1
	}
	return text
}

func (m *model) change(r uint32, seq uint64, how How, now time.Duration) {
	if p := m.places[r]; seq >= p.first && m.enter(p, seq, how, now, "change") {
		p.seen[seq] = change
	}
}

func (m *model) message(r uint32, seq uint64, b body, how How, now time.Duration) {
	p := m.places[r]
	if seq < p.first {
		m.add(misdelivered)
		return
	}
	h := b.header
	id := message{h.from(), h.Counter}
	content := any(id)
	if b.damage == phantom {
		content = message{}
	}
	before := maps.Clone(p.seen)
	first := m.enter(p, seq, how, now, content)
	c := plain
	switch bad := m.judge(b, id); {
	case bad == figures:
		m.feed(p, before, seq, id, first)
		if m.seconds[seq] {
			c = strange
		}
	case first:
		m.add(bad)
		fallthrough
	default:
		if bad != corrupted {
			c = strange
		}
	}
	if first {
		p.seen[seq] = c
	}
}

func (m *model) judge(b body, id message) figureOf {
	switch {
	case b.damage != figures:
		return b.damage
	case b.header.Run != 1:
		return foreign
	case b.header.Conversation != 0:
		return misdelivered
	case id.counter == 0 || id.counter > m.sent[id.sender]:
		return phantom
	}
	return figures
}

func (m *model) feed(p *modelPlace, before map[uint64]class, seq uint64, id message, first bool) {
	was, fed := m.fed[seq]
	if fed && was != id {
		m.add(duplicatesResidual)
	}
	if !fed {
		if said, ok := m.said[seq]; ok && said != id {
			m.add(duplicatesResidual)
			delete(m.said, seq)
		}
		m.show(seq, id)
	}
	if !first {
		return
	}
	for _, group := range m.copies {
		in, had := false, false
		for _, other := range group {
			_, has := before[other]
			in, had = in || other == seq, had || has && other != seq && other >= p.first
		}
		if in && had && len(group) > 1 {
			m.add(duplicatesResidual)
		}
	}
}

// show is the first sight of a message at a seq.
func (m *model) show(seq uint64, id message) {
	m.copies[id] = append(m.copies[id], seq)
	if len(m.copies[id]) > 1 {
		m.seconds[seq] = true
		if !m.doubled[id] {
			m.doubled[id] = true
			m.add(doubleStored)
		}
	} else {
		var below, above uint64
		for other, o := range m.fed {
			if o.sender != id.sender || m.seconds[other] {
				continue
			}
			if other < seq && other > below {
				below = other
			}
			if other > seq && (above == 0 || other < above) {
				above = other
			}
		}
		if below > 0 && m.fed[below].counter > id.counter || above > 0 && m.fed[above].counter < id.counter {
			m.add(orderViolations)
		}
	}
	m.fed[seq] = id
}

func (m *model) enter(p *modelPlace, seq uint64, how How, now time.Duration, content any) (first bool) {
	live := how&Synced == 0
	if _, ok := p.seen[seq]; ok {
		m.add(duplicatesWire)
		if how&AfterReconnect != 0 {
			m.add(duplicatesAfterReconnect)
		}
	} else {
		first = true
		if live && seq < p.live {
			m.add(orderViolations)
		}
		top := p.first - 1
		for s := range p.seen {
			top = max(top, s)
		}
		if how == Live && seq > top+1 {
			m.add(gaps)
		}
		p.seen[seq], p.content[seq] = plain, content
		m.complete(p, seq)
	}
	if live {
		p.live = max(p.live, seq)
	}
	return first
}

func (m *model) complete(p *modelPlace, seq uint64) {
	from := (seq-1)/1024*1024 + 1
	b := block{max(from, p.first), from + 1023}
	entries := make(map[uint64]any)
	for s := b.from; s <= b.to; s++ {
		c, ok := p.content[s]
		if !ok {
			return
		}
		entries[s] = c
	}
	m.compare(b, entries)
}

func (m *model) compare(b block, entries map[uint64]any) {
	ref, ok := m.blocks[b]
	if !ok {
		m.blocks[b] = entries
		return
	}
	m.add(blocksCompared)
	if !maps.Equal(ref, entries) {
		m.add(orderDisagreements)
	}
}

func (m *model) finish() Result {
	for _, name := range []string{"expected", "delivered", "lost", "recovered", "owed.offline", "unacknowledged"} {
		m.figures[name] = 0
	}
	for f := range lost {
		if f != cursorRegressions {
			m.figures[f.String()] += 0
		}
	}
	for s, n := range m.sent {
		for c := uint32(1); c <= n; c++ {
			if !m.answers[message{s, c}] {
				m.figures["unacknowledged"]++
			}
		}
	}
	m.blocks = make(map[block]map[uint64]any)
	for _, p := range m.places {
		m.total(p)
		m.last(p)
	}
	m.figures["expected"] = m.figures["delivered"] + m.figures["lost"]
	return m.figures
}

func (m *model) total(p *modelPlace) {
	for seq := range m.acked {
		switch c, ok := p.seen[seq]; {
		case seq < p.first:
		case ok && c != change:
			m.figures["delivered"]++
		case p.offline:
			m.figures["owed.offline"]++
		default:
			m.figures["lost"]++
		}
	}
	for seq, c := range p.seen {
		if !m.acked[seq] && c == plain {
			m.figures["recovered"]++
		}
	}
}

// last compares the unfinished block of a place that has no holes.
func (m *model) last(p *modelPlace) {
	top := p.first - 1
	for seq := range p.seen {
		top = max(top, seq)
	}
	if uint64(len(p.seen)) != top-(p.first-1) {
		return
	}
	b := block{max(top/1024*1024+1, p.first), top}
	entries := make(map[uint64]any)
	for s := b.from; s <= b.to; s++ {
		entries[s] = p.content[s]
	}
	if len(entries) > 0 {
		m.compare(b, entries)
	}
}

func (m *model) owed() (n int64) {
	for _, p := range m.places {
		for seq := range m.acked {
			if _, ok := p.seen[seq]; !ok && seq >= p.first && !p.offline {
				n++
			}
		}
	}
	return n
}

// TestAgainstAModel: whatever comes in whatever order, the checker counts what a
// model counts that forgets nothing.
func TestAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		schedule(t, 30, 0)
	})
}

// TestAgainstAModelAtABlocksEnd: the same where the places have nearly a block.
func TestAgainstAModelAtABlocksEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		schedule(t, 20, 1010)
	})
}

// schedule plays random calls on both. The seqs are 1 … span, all after base.
func schedule(t *rapid.T, span int, base uint64) {
	places := rapid.IntRange(1, 4).Draw(t, "places")
	m := newModel(places)
	c := New(Config{Run: 1, Places: []uint32{uint32(places)}, Window: 4096, Report: func(Finding) {}})
	draw := func(name string, n int) int { return rapid.IntRange(0, n-1).Draw(t, name) }
	sender := func() Sender { return Sender{uint32(draw("user", 2)), uint8(draw("device", 2))} }
	// What the log holds: mostly sound messages of few senders.
	content := func() body {
		s := sender()
		h := Header{Run: 1, Sender: s.User, Device: s.Device, Counter: uint32(draw("counter", 7))}
		b := body{h, figures}
		switch draw("damage", 16) {
		case 0:
			b.damage = phantom
		case 1:
			b.damage = corrupted
		case 2:
			b.header.Run = 2
		case 3:
			b.header.Conversation = 1
		}
		return b
	}
	log := make(map[uint64]body)
	for i := range span {
		log[base+uint64(i)+1] = content()
	}
	for _, user := range []uint32{0, 1} {
		for _, device := range []uint8{0, 1} {
			n := uint32(draw("sent", 6))
			c.Sent(0, Sender{user, device}, n)
			m.sent[Sender{user, device}] = n
		}
	}
	var now time.Duration
	prefix(c, m, base)
	for i := range rapid.IntRange(1, 150).Draw(t, "steps") {
		now++
		r := Receiver{0, uint32(draw("place", places))}
		p := Position{1, base + uint64(draw("seq", span)) + 1}
		how := How(draw("how", 4))
		switch draw("call", 24) {
		case 0:
			s, n := sender(), uint32(draw("counter", 6))+1
			c.Sent(0, s, n)
			m.sent[s] = max(m.sent[s], n)
		case 1, 2, 3:
			if h := log[p.Seq].header; h.Counter > 0 && h.Counter <= m.sent[h.from()] {
				if draw("other", 8) == 0 {
					p.Seq = base + uint64(draw("seq", span)) + 1
				}
				c.Acked(0, h.from(), h.Counter, p, false, now)
				m.ack(h.from(), h.Counter, p.Seq)
			}
		case 4:
			s, n := sender(), uint32(draw("counter", 6))+1
			if n <= m.sent[s] {
				c.Refused(0, s, n)
				m.answers[message{s, n}] = true
			}
		case 5:
			c.Change(r, p, how, now)
			m.change(r.Place, p.Seq, how, now)
		case 6:
			c.Connected(r)
			m.places[r.Place].live, m.places[r.Place].offline = 0, false
		case 7:
			c.Offline(r)
			m.places[r.Place].offline = true
		case 8:
			c.StartAt(r, p.Seq)
			m.start(m.places[r.Place], p.Seq)
		default:
			b := log[p.Seq]
			if draw("other", 12) == 0 {
				b = content()
			}
			c.Message(r, p, b.bytes(), how, now)
			m.message(r.Place, p.Seq, b, how, now)
		}
		if got, want := c.Owed(), m.owed(); got != want {
			t.Fatalf("after step %d %d are owed, want %d", i, got, want)
		}
	}
	got, want := c.Finish(), m.finish()
	if m.late {
		for _, f := range []figureOf{blocksCompared, orderDisagreements} {
			delete(got, f.String())
			delete(want, f.String())
		}
	}
	if !maps.Equal(got, want) {
		t.Fatalf("%s", differ(got, want))
	}
}

// prefix lets all places see the seqs up to base, which one sender sent.
func prefix(c *Checker, m *model, base uint64) {
	s := Sender{9, 0}
	for seq := uint64(1); seq <= base; seq++ {
		c.Sent(0, s, uint32(seq))
		m.sent[s] = uint32(seq)
		b := body{Header{Run: 1, Sender: 9, Counter: uint32(seq)}, figures}
		for i := range m.places {
			c.Message(Receiver{0, uint32(i)}, Position{1, seq}, b.bytes(), Live, 0)
			m.places[i].seen[seq], m.places[i].content[seq] = plain, message{s, b.header.Counter}
			m.places[i].live = seq
		}
		m.fed[seq], m.copies[message{s, b.header.Counter}] = message{s, b.header.Counter}, []uint64{seq}
		c.Acked(0, s, uint32(seq), Position{1, seq}, false, 0)
		m.ack(s, uint32(seq), seq)
	}
}

func (m *model) start(p *modelPlace, first uint64) {
	if _, ok := p.seen[p.first]; ok {
		return
	}
	for seq := range p.seen {
		first = min(first, seq)
		m.late = true
	}
	p.first = first
}

func differ(got, want Result) (text string) {
	for name := range want {
		if got[name] != want[name] {
			text += fmt.Sprintf("%s is %d, want %d; ", name, got[name], want[name])
		}
	}
	return text + fmt.Sprintf("%d and %d figures", len(got), len(want))
}
