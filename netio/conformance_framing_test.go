package netio

import (
	"fmt"
	"strings"
)

// framingCases are messages in one frame, of the lengths at which a header's
// form changes.
func framingCases() (all []conformanceCase) {
	for i, n := range []int{0, 125, 126, 127, 128, 65535, 65536, 65536} {
		text, binary := strings.Repeat("*", n), strings.Repeat("\xfe", n)
		chop := 0
		if i == 7 {
			chop = 997
		}
		all = append(all,
			conformanceCase{id: fmt.Sprintf("1.1.%d", i+1), say: []part{f(textFin, text)}, want: []string{"text " + text}, chop: chop},
			conformanceCase{id: fmt.Sprintf("1.2.%d", i+1), say: []part{f(binaryFin, binary)}, want: []string{"binary " + binary}, chop: chop})
	}
	// A sender must use the shortest form of a length; few receivers insist on it.
	long := func(id string, header []byte, want string) conformanceCase {
		return conformanceCase{id: id, say: []part{{header: header, payload: "12345"}}, want: []string{want + " 12345"}}
	}
	return append(all,
		conformanceCase{id: "1.a.1 masked as the other side must", say: []part{{flags: textFin, payload: "x", foreign: true}}, close: CloseProtocolError, fault: true},
		conformanceCase{id: "1.a.2 a ping", say: []part{{flags: pingFin, payload: "x", foreign: true}}, close: CloseProtocolError, fault: true},
		conformanceCase{id: "1.a.3 a close", say: []part{{flags: closeFin, payload: closing(1000, ""), foreign: true}}, close: CloseProtocolError, fault: true},
		conformanceCase{id: "1.a.4 the second frame", say: []part{f(textFin, "x"), {flags: textFin, payload: "y", foreign: true}}, want: []string{"text x"}, close: CloseProtocolError, fault: true},
		conformanceCase{
			id: "1.b.1 the length's highest bit", say: []part{{header: []byte{binaryFin, 127, 0x80, 0, 0, 0, 0, 0, 0, 0}}},
			close: CloseProtocolError, fault: true,
		},
		long("1.b.2 5 in three bytes", []byte{binaryFin, 126, 0, 5}, "binary"),
		long("1.b.3 5 in nine bytes", []byte{textFin, 127, 0, 0, 0, 0, 0, 0, 0, 5}, "text"),
		long("1.b.4 a ping of 5 in three bytes", []byte{pingFin, 126, 0, 5}, "pong"),
	)
}

func pingCases() []conformanceCase {
	long, binary := strings.Repeat("\xfe", 125), "\x00\xff\xfe\xfd\xfc\xfb\x00\xff"
	var ten []part
	var pongs []string
	for i := range 10 {
		ten = append(ten, f(pingFin, fmt.Sprintf("payload-%d", i)))
		pongs = append(pongs, fmt.Sprintf("pong payload-%d", i))
	}
	tooLong := func(id string, flags byte) conformanceCase {
		return conformanceCase{id: id, say: []part{f(flags, strings.Repeat("\xfe", 126))}, close: CloseProtocolError, fault: true}
	}
	return []conformanceCase{
		{id: "2.1", say: []part{f(pingFin, "")}, want: []string{"pong "}},
		{id: "2.2", say: []part{f(pingFin, "Hello, world!")}, want: []string{"pong Hello, world!"}},
		{id: "2.3", say: []part{f(pingFin, binary)}, want: []string{"pong " + binary}},
		{id: "2.4", say: []part{f(pingFin, long)}, want: []string{"pong " + long}},
		tooLong("2.5", pingFin),
		{id: "2.6", say: []part{f(pingFin, long)}, want: []string{"pong " + long}, chop: 1},
		{id: "2.7", say: []part{f(pongFin, "")}},
		{id: "2.8", say: []part{f(pongFin, "unsolicited pong payload")}},
		{id: "2.9", say: []part{f(pongFin, "unsolicited pong payload"), f(pingFin, "ping payload")}, want: []string{"pong ping payload"}},
		{id: "2.10", say: ten, want: pongs},
		{id: "2.11", say: ten, want: pongs, chop: 1},
		tooLong("2.a.1 a pong of 126", pongFin),
		{id: "2.a.2 pings between messages", say: []part{f(textFin, "a"), f(pingFin, "1"), f(binaryFin, "b"), f(pingFin, "2")}, want: []string{"text a", "pong 1", "binary b", "pong 2"}},
		{id: "2.a.3 a pong within a message", say: []part{f(textMore, "a"), f(pongFin, "x"), f(contFin, "b")}, want: []string{"text ab"}},
	}
}

// reservedBitCases set bits that an extension would have to give a meaning.
func reservedBitCases() []conformanceCase {
	const hello = "Hello, world!"
	after := []string{"text " + hello}
	c := func(id string, want []string, chop int, say ...part) conformanceCase {
		return conformanceCase{id: id, say: say, want: want, chop: chop, close: CloseProtocolError, fault: true}
	}
	return []conformanceCase{
		c("3.1", nil, 0, f(textFin|0x10, hello)),
		c("3.2", after, 0, f(textFin, hello), f(textFin|0x20, hello), f(pingFin, "")),
		c("3.3", after, 0, f(textFin, hello), f(textFin|0x30, hello), f(pingFin, "")),
		c("3.4", after, 1, f(textFin, hello), f(textFin|0x40, hello), f(pingFin, "")),
		c("3.5", nil, 0, f(binaryFin|0x50, "\x00\xff\xfe\xfd\xfc\xfb\x00\xff")),
		c("3.6", nil, 0, f(pingFin|0x60, hello)),
		c("3.7", nil, 0, f(closeFin|0x70, "")),
		c("3.a.1 a pong", nil, 0, f(pongFin|0x10, "")),
		c("3.a.2 a fragment", nil, 0, f(textMore, "a"), f(contFin|0x40, "b")),
	}
}

func opcodeCases() (all []conformanceCase) {
	const hello = "Hello, world!"
	for group, first := range map[int]byte{1: 3, 2: 11} {
		for i := range byte(5) {
			c := conformanceCase{id: fmt.Sprintf("4.%d.%d", group, i+1), close: CloseProtocolError, fault: true}
			reserved := f(0x80|(first+i), "")
			if i%2 == 1 || i == 4 {
				reserved.payload = "reserved opcode payload"
			}
			if c.say = []part{reserved}; i >= 2 {
				c.say, c.want = []part{f(textFin, hello), reserved, f(pingFin, "")}, []string{"text " + hello}
			}
			if i == 4 {
				c.chop = 1
			}
			all = append(all, c)
		}
	}
	return append(all,
		conformanceCase{id: "4.a.1 within a message", say: []part{f(textMore, "a"), f(0x83, "b")}, close: CloseProtocolError, fault: true},
		conformanceCase{id: "4.a.2 not final", say: []part{f(0x0b, "")}, close: CloseProtocolError, fault: true})
}
