package netio

import "strings"

func fragmentCases() []conformanceCase {
	const hello = "Hello, world!"
	one, two, ping := f(textMore, "fragment1"), f(contFin, "fragment2"), f(pingFin, "ping payload")
	whole, nothing := []string{"text fragment1fragment2"}, "non-continuation payload"
	broken := func(id string, chop int, want []string, say ...part) conformanceCase {
		return conformanceCase{id: id, say: say, want: want, chop: chop, close: CloseProtocolError, fault: true}
	}
	five := []part{
		one, f(more, "fragment2"), f(pingFin, "pongme 1!"),
		f(more, "fragment3"), f(more, "fragment4"), f(pingFin, "pongme 2!"), f(contFin, "fragment5"),
	}
	heard := []string{"pong pongme 1!", "pong pongme 2!", "text fragment1fragment2fragment3fragment4fragment5"}
	return []conformanceCase{
		broken("5.1", 0, nil, f(pingFin&^0x80, "fragment1"), two),
		broken("5.2", 0, nil, f(pongFin&^0x80, "fragment1"), two),
		{id: "5.3", say: []part{one, two}, want: whole},
		{id: "5.4", say: []part{one, two}, want: whole, chop: len(frame(textMore, "fragment1"))},
		{id: "5.5", say: []part{one, two}, want: whole, chop: 1},
		{id: "5.6", say: []part{one, ping, two}, want: append([]string{"pong ping payload"}, whole...)},
		{id: "5.7", say: []part{one, ping, two}, want: append([]string{"pong ping payload"}, whole...), chop: len(frame(textMore, "fragment1"))},
		{id: "5.8", say: []part{one, ping, two}, want: append([]string{"pong ping payload"}, whole...), chop: 1},
		broken("5.9", 0, nil, f(contFin, nothing), f(textFin, hello)),
		broken("5.10", len(frame(contFin, nothing)), nil, f(contFin, nothing), f(textFin, hello)),
		broken("5.11", 1, nil, f(contFin, nothing), f(textFin, hello)),
		broken("5.12", 0, nil, f(more, nothing), f(textFin, hello)),
		broken("5.13", len(frame(more, nothing)), nil, f(more, nothing), f(textFin, hello)),
		broken("5.14", 1, nil, f(more, nothing), f(textFin, hello)),
		broken("5.15", 0, whole, one, two, f(more, "fragment3"), f(textFin, "fragment4")),
		broken("5.16", 0, nil, f(more, "fragment1"), f(textMore, "fragment2"), f(contFin, "fragment3"), f(more, "fragment1"), f(textMore, "fragment2"), f(contFin, "fragment3")),
		broken("5.17", 0, nil, f(contFin, "fragment1"), f(textMore, "fragment2"), f(contFin, "fragment3"), f(contFin, "fragment1"), f(textMore, "fragment2"), f(contFin, "fragment3")),
		broken("5.18", 0, nil, one, f(textFin, "fragment2")),
		{id: "5.19", say: five, want: heard},
		{id: "5.20", say: five, want: heard, chop: len(frame(textMore, "fragment1"))},
		broken("5.a.1 a close in fragments", 0, nil, f(closeFin&^0x80, "")),
		broken("5.a.2 another kind within a message", 0, nil, one, f(binaryFin, "x")),
		broken("5.a.3 another first fragment", 0, nil, one, f(binaryMore, "x")),
		{id: "5.a.4 two messages of either kind", say: []part{one, two, f(binaryMore, "\xff"), f(contFin, "\xfe")}, want: append(whole[:1:1], "binary \xff\xfe")},
		{id: "5.a.5 empty fragments", say: []part{f(binaryMore, ""), f(more, ""), f(contFin, "")}, want: []string{"binary "}},
		{id: "5.a.6 pings in every gap", say: []part{one, f(pingFin, "1"), f(more, ""), f(pingFin, "2"), f(more, ""), f(pingFin, "3"), two}, want: append([]string{"pong 1", "pong 2", "pong 3"}, whole...)},
	}
}

// autoFragmentCases are long messages in fragments of one size, as libraries cut
// them.
func autoFragmentCases() []conformanceCase {
	all := strings.Repeat("*", 65536)
	return []conformanceCase{
		{id: "10.1.1", say: inFragments(textMore, all, 1300), want: []string{"text " + all}},
		{id: "10.a.1 with an empty last one", say: append(inFragments(binaryMore, all, 4096)[:15], f(more, all[15*4096:]), f(contFin, "")), want: []string{"binary " + all}},
	}
}

// inFragments cuts a message.
func inFragments(first byte, payload string, size int) (all []part) {
	flags := first
	for ; len(payload) > size; payload = payload[size:] {
		all = append(all, f(flags, payload[:size]))
		flags = more
	}
	return append(all, f(flags|0x80, payload))
}
