package netio

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// conformanceCase is a conversation with an end under test, which echoes every
// message: what its peer says, and what it must answer. Where the peer says no
// close and breaks no rule, the case ends with a close frame of 1000.
type conformanceCase struct {
	// id is the number of the Autobahn test suite's case. One with a letter behind
	// its section's number is of our own.
	id    string
	say   []part
	want  []string  // words, without the close
	close CloseCode // of the end's close frame; 0: 1000
	fault bool      // the end must close of its own accord, with a *ProtocolError
	chop  int       // bytes of a write; the case is driven in no other way
	max   int       // MaxMessage; 0: 16 MiB
}

// part is a frame that a peer sends.
type part struct {
	flags   byte
	payload string
	foreign bool   // masked as the other side must
	header  []byte // instead of flags, without the mask; the payload need not be whole
	wire    []byte // instead of a frame: anything
}

func f(flags byte, payload string) part { return part{flags: flags, payload: payload} }

// First bytes of frames.
const (
	textFin, binaryFin, contFin = 0x81, 0x82, 0x80
	textMore, binaryMore, more  = 0x01, 0x02, 0x00
	closeFin, pingFin, pongFin  = 0x88, 0x89, 0x8a
)

func bye(code uint16, reason string) part { return f(closeFin, closing(code, reason)) }

func (p part) bytes(toServer bool) []byte {
	switch {
	case p.wire != nil:
		return p.wire
	case p.header != nil && toServer:
		b := append(slices.Clone(p.header), 0, 0, 0, 0) // a mask that changes nothing
		b[1] |= 0x80
		return append(b, p.payload...)
	case p.header != nil:
		return append(slices.Clone(p.header), p.payload...)
	case toServer != p.foreign:
		return frame(p.flags, p.payload)
	}
	return bare(p.flags, p.payload)
}

// stream is all that the peer of a server, or of a client, says.
func (c conformanceCase) stream(toServer bool) (all []byte) {
	ends := c.fault
	for _, p := range c.say {
		all = append(all, p.bytes(toServer)...)
		ends = ends || p.flags == closeFin
	}
	if !ends {
		all = append(all, bye(1000, "").bytes(toServer)...)
	}
	return all
}

// answers is what the end must say.
func (c conformanceCase) answers() []string {
	code := c.close
	if code == 0 {
		code = CloseNormal
	}
	return append(slices.Clone(c.want), fmt.Sprintf("close %d", code))
}

// sections are the cases as the Autobahn test suite groups them.
func sections() []conformanceSection {
	return []conformanceSection{
		{"1 Framing", framingCases()},
		{"2 Pings and pongs", pingCases()},
		{"3 Reserved bits", reservedBitCases()},
		{"4 Opcodes", opcodeCases()},
		{"5 Fragmentation", fragmentCases()},
		{"6 UTF-8", utf8Cases()},
		{"7 Closing", closeCases()},
		{"9 Limits and many frames", limitCases()},
		{"10 Automatic fragmentation", autoFragmentCases()},
	}
}

type conformanceSection struct {
	name  string
	cases []conformanceCase
}

// drives are the ways in which a stream is cut.
func (c conformanceCase) drives(size int) (all []drive) {
	switch {
	case c.chop > 0:
		return []drive{{"chopped", always(c.chop)}}
	case size > 20000: // a packet a byte would take long, and show nothing new
		return []drive{{"whole", always(size)}, {"cut anywhere", seeded(1, size/3)}}
	}
	return []drive{
		{"whole", always(size + 1)}, {"byte by byte", always(1)},
		{"cut anywhere", seeded(1, 40)}, {"cut anywhere else", seeded(2, max(40, size/3))},
	}
}

// drive says how many bytes the next write has.
type drive struct {
	name string
	next func() int
}

func always(n int) func() int { return func() int { return n } }

func seeded(seed uint64, most int) func() int {
	random := rand.New(rand.NewPCG(seed, uint64(most)))
	return func() int { return 1 + random.IntN(most) }
}

// TestAutobahn drives every case against the server's end and the client's, over
// sockets.
func TestAutobahn(t *testing.T) {
	var table []conformanceCount
	for _, s := range sections() {
		n := conformanceCount{section: s.name, cases: len(s.cases)}
		for _, newEnd := range []func(*testing.T, int) end{newServerEnd, newClientEnd} {
			wide, narrow := newEnd(t, 16<<20), newEnd(t, narrowMax)
			for _, c := range s.cases {
				e := wide
				if c.max > 0 {
					e = narrow
				}
				for _, d := range c.drives(len(c.stream(true))) {
					n.runs++
					if t.Run(fmt.Sprintf("%s/%s/%s", c.id, e.name(), d.name), func(t *testing.T) { c.run(t, e, d) }) {
						n.passed++
					}
				}
			}
		}
		table = append(table, n)
	}
	compareWithDocs(t, table)
}

// narrowMax is MaxMessage where a case names one.
const narrowMax = 100000

// run has the peer say all and looks at the answers and at what the handler is
// told.
func (c conformanceCase) run(t *testing.T, e end, d drive) {
	p := e.meet(t)
	_ = p.conn.SetDeadline(time.Now().Add(patience))
	said := append(p.handshake, c.stream(!e.client())...)
	go p.say(said, d.next)
	if p.upgraded != nil {
		p.upgraded()
	}
	h := wait(t, p.handler, "handler")
	got, want := p.hear(), c.answers()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("got %.300q,\nwant %.300q", got, want)
	}
	_ = p.conn.Close()
	code := wait(t, h.closed, "end")
	if _, broke := h.err.(*ProtocolError); broke != c.fault || !c.fault && h.err != nil || fmt.Sprintf("close %d", code) != want[len(want)-1] {
		t.Fatalf("the handler was told %d, %v", code, h.err)
	}
}

// TestAutobahnCutInTwo feeds every short case in two pieces, cut at every byte,
// which sockets do not promise to keep apart.
func TestAutobahnCutInTwo(t *testing.T) {
	for _, s := range sections() {
		for _, c := range s.cases {
			for _, client := range []bool{false, true} {
				if all := c.stream(!client); len(all) <= 500 && c.max == 0 {
					c.cutInTwo(t, all, client)
				}
			}
		}
	}
}

func (c conformanceCase) cutInTwo(t *testing.T, all []byte, client bool) {
	r := &Reactor{config: DefaultConfig()}
	for at := range all {
		conn := mockConn(r)
		conn.client = client
		conn.feed(slices.Clone(all[:at]))
		conn.feed(slices.Clone(all[at:]))
		p := &peer{in: bufio.NewReader(bytes.NewReader(sentBy(conn))), client: client}
		if got := p.hear(); !slices.Equal(got, c.answers()) {
			t.Fatalf("%s, client %v, cut at %d: got %.300q", c.id, client, at, got)
		}
		conn.dropInbox()
	}
}
