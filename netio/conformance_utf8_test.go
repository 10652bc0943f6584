package netio

import (
	"fmt"
	"strings"
)

// greek is the word that Markus Kuhn's test for UTF-8 decoders begins with.
const greek = "κ\u1f79σμε"

func utf8Cases() (all []conformanceCase) {
	const german, edited = "Hello-µ@ßöäüàá-UTF-8!!", "edited"
	broken := func(id string, say ...part) conformanceCase {
		return conformanceCase{id: id, say: say, close: CloseInvalidData, fault: true}
	}
	all = []conformanceCase{
		{id: "6.1.1", say: []part{f(textFin, "")}, want: []string{"text "}},
		{id: "6.1.2", say: []part{f(textMore, ""), f(more, ""), f(contFin, "")}, want: []string{"text "}},
		{id: "6.1.3", say: []part{f(textMore, ""), f(more, "middle frame payload"), f(contFin, "")}, want: []string{"text middle frame payload"}},
		{id: "6.2.1", say: []part{f(textFin, german)}, want: []string{"text " + german}},
		{id: "6.2.2", say: []part{f(textMore, german[:12]), f(contFin, german[12:])}, want: []string{"text " + german}},
		{id: "6.2.3", say: inFragments(textMore, german, 1), want: []string{"text " + german}},
		{id: "6.2.4", say: inFragments(textMore, greek, 1), want: []string{"text " + greek}},
		broken("6.3.1", f(textFin, greek+"\xed\xa0\x80"+edited)),
		broken("6.3.2", inFragments(textMore, greek+"\xed\xa0\x80"+edited, 1)...),
		// The last fragment is not sent: the end must not wait for it.
		broken("6.4.1", f(textMore, greek), f(more, "\xf4\x90\x80\x80")),
		broken("6.4.2", f(textMore, greek+"\xf4"), f(more, "\x90")),
		// Within one frame the end waits for all of it, which the suite calls non-strict.
		broken("6.4.3", f(textFin, greek+"\xf4\x90\x80\x80"+edited)),
		broken("6.4.4", f(textFin, greek+"\xf4\x90\x80\x80"+edited)),
	}
	for i, group := range decoderTest() {
		for j, payload := range group {
			c := conformanceCase{id: fmt.Sprintf("6.%d.%d", 5+i, 1+j), say: []part{f(textFin, payload)}}
			if isValid(i, j) {
				c.want = []string{"text " + payload}
			} else {
				c.fault, c.close = true, CloseInvalidData
			}
			all = append(all, c)
		}
	}
	return append(all, splitCases()...)
}

// splitCases cut characters and what is none at every byte.
func splitCases() (all []conformanceCase) {
	const text = "aµ€𤭢z"
	for at := range len(text) + 1 {
		all = append(all, conformanceCase{id: fmt.Sprintf("6.a.%d", at+1), say: []part{f(textMore, text[:at]), f(pingFin, "p"), f(contFin, text[at:])}, want: []string{"pong p", "text " + text}})
	}
	for at := range len(text) + 1 {
		all = append(all, conformanceCase{id: fmt.Sprintf("6.b.%d", at+1), say: []part{f(textFin, text[:at]+"\xff"+text[at:])}, close: CloseInvalidData, fault: true})
	}
	for i, bad := range []string{"\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"} {
		for at := 1; at <= len(bad); at++ { // no last fragment
			all = append(all, conformanceCase{id: fmt.Sprintf("6.c.%d.%d", i+1, at), say: []part{f(textMore, text+bad[:at]), f(more, bad[at:]+"z")}, close: CloseInvalidData, fault: true})
		}
	}
	for i, cut := range []string{"\xc2", "\xe2\x82", "\xf0\xa4\xad"} {
		all = append(all,
			conformanceCase{id: fmt.Sprintf("6.d.%d half a character at the end", i+1), say: []part{f(textMore, "a"), f(contFin, cut)}, close: CloseInvalidData, fault: true},
			conformanceCase{id: fmt.Sprintf("6.e.%d the next message does not finish it", i+1), say: []part{f(textMore, "a"), f(more, cut), f(contFin, ""), f(textFin, "\x80")}, close: CloseInvalidData, fault: true},
			conformanceCase{id: fmt.Sprintf("6.f.%d binary may hold anything", i+1), say: []part{f(binaryMore, cut), f(contFin, "\xff")}, want: []string{"binary " + cut + "\xff"}})
	}
	return all
}

// decoderTest is Markus Kuhn's UTF-8 decoder capability and stress test, in the
// order of the Autobahn test suite's cases 6.5 to 6.23.
func decoderTest() [][]string {
	var prefixes, alone, noncharacters []string
	for i := range len(greek) {
		prefixes = append(prefixes, greek[:i+1])
	}
	for _, r := range [][2]byte{{0xc0, 0xdf}, {0xe0, 0xef}, {0xf0, 0xf7}, {0xf8, 0xfb}, {0xfc, 0xfd}} {
		var b []byte
		for c := r[0]; c < r[1]; c++ {
			b = append(b, c, ' ')
		}
		alone = append(alone, string(b))
	}
	var continuations []byte
	for c := byte(0x80); c < 0xbf; c++ {
		continuations = append(continuations, c)
	}
	incomplete := []string{
		"\xc0", "\xe0\x80", "\xf0\x80\x80", "\xf8\x80\x80\x80", "\xfc\x80\x80\x80\x80",
		"\xdf", "\xef\xbf", "\xf7\xbf\xbf", "\xfb\xbf\xbf\xbf", "\xfd\xbf\xbf\xbf\xbf",
	}
	noncharacters = []string{"\ufffe", "\uffff"}
	for plane := rune(1); plane <= 16; plane++ {
		noncharacters = append(noncharacters, string(plane<<16|0xfffe), string(plane<<16|0xffff))
	}
	return [][]string{
		{"hello$world", "hello¢world", "hello€world", "hello𤭢world", greek},
		prefixes,
		{"\x00", "\u0080", "\u0800", "\U00010000"},
		{"\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80"},
		{"\x7f", "\u07ff", "\uffff", "\U0010ffff"},
		{"\xf7\xbf\xbf\xbf", "\xfb\xbf\xbf\xbf\xbf", "\xfd\xbf\xbf\xbf\xbf\xbf"},
		{"\ud7ff", "\ue000", "\ufffd", "\U0010ffff", "\xf4\x90\x80\x80"},
		{"\x80", "\xbf", "\x80\xbf", "\x80\xbf\x80", "\x80\xbf\x80\xbf", "\x80\xbf\x80\xbf\x80", "\x80\xbf\x80\xbf\x80\xbf", string(continuations)},
		alone,
		incomplete,
		{strings.Join(incomplete, "")},
		{"\xfe", "\xff", "\xfe\xfe\xff\xff"},
		{"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xf8\x80\x80\x80\xaf", "\xfc\x80\x80\x80\x80\xaf"},
		{"\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf8\x87\xbf\xbf\xbf", "\xfc\x83\xbf\xbf\xbf\xbf"},
		{"\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xf8\x80\x80\x80\x80", "\xfc\x80\x80\x80\x80\x80"},
		{"\xed\xa0\x80", "\xed\xad\xbf", "\xed\xae\x80", "\xed\xaf\xbf", "\xed\xb0\x80", "\xed\xbe\x80", "\xed\xbf\xbf"},
		{
			"\xed\xa0\x80\xed\xb0\x80", "\xed\xa0\x80\xed\xbf\xbf", "\xed\xad\xbf\xed\xb0\x80", "\xed\xad\xbf\xed\xbf\xbf",
			"\xed\xae\x80\xed\xb0\x80", "\xed\xae\x80\xed\xbf\xbf", "\xed\xaf\xbf\xed\xb0\x80", "\xed\xaf\xbf\xed\xbf\xbf",
		},
		noncharacters,
		{"\ufff9", "\ufffa", "\ufffb", "\ufffc", "\ufffd", "\ufffe", "\uffff"},
	}
}

// isValid is the verdict on a sequence of decoderTest, by what the test says and
// not by a decoder.
func isValid(group, i int) bool {
	switch group {
	case 1: // the lengths at which a prefix ends with a character
		return []bool{1: true, 4: true, 6: true, 8: true, 10: true}[i]
	case 0, 2, 4, 17, 18:
		return true
	case 6:
		return i < 4
	}
	return false
}
