package netio

import (
	"fmt"
	"slices"
	"strings"
)

// limitCases are large messages, in one frame and in many, large ones in small
// writes, many small ones, and what is too large.
func limitCases() (all []conformanceCase) {
	const mega = 1 << 20
	text, binary := strings.Repeat("BAsd7&jh23", mega*16/10+1), strings.Repeat("\x00\xfe\x23\xfa\xf0", mega*16/5+1)
	pair := func(group, i, chop int, say func(first byte, payload string) []part, size int) {
		all = append(all,
			conformanceCase{id: fmt.Sprintf("9.%d.%d", group, i+1), say: say(textMore, text[:size]), want: []string{"text " + text[:size]}, chop: chop},
			conformanceCase{id: fmt.Sprintf("9.%d.%d", group+1, i+1), say: say(binaryMore, binary[:size]), want: []string{"binary " + binary[:size]}, chop: chop})
	}
	whole := func(first byte, payload string) []part { return []part{f(first|0x80, payload)} }
	for i, size := range []int{64 << 10, 256 << 10, mega, 4 * mega, 8 * mega, 16 * mega} {
		pair(1, i, mega, whole, size)
	}
	for i, size := range []int{64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, mega, 4 * mega} {
		pair(3, i, mega, func(first byte, payload string) []part { return inFragments(first, payload, size) }, 4*mega)
	}
	for i, chop := range []int{64, 128, 256, 512, 1024, 2048} {
		pair(5, i, chop, whole, mega)
	}
	for i, size := range []int{0, 16, 64, 256, 1024, 4096} {
		all = append(all,
			conformanceCase{id: fmt.Sprintf("9.7.%d", i+1), say: slices.Repeat(whole(textMore, text[:size]), 1000), want: slices.Repeat([]string{"text " + text[:size]}, 1000), chop: mega},
			conformanceCase{id: fmt.Sprintf("9.8.%d", i+1), say: slices.Repeat(whole(binaryMore, binary[:size]), 1000), want: slices.Repeat([]string{"binary " + binary[:size]}, 1000), chop: mega})
	}
	return append(all, tooLargeCases()...)
}

func tooLargeCases() []conformanceCase {
	x := func(n int) string { return strings.Repeat("x", n) }
	tooLarge := func(id string, say ...part) conformanceCase {
		return conformanceCase{id: id, say: say, close: CloseTooBig, fault: true, max: narrowMax}
	}
	return []conformanceCase{
		{id: "9.a.1 just the limit", say: []part{f(textFin, x(narrowMax))}, want: []string{"text " + x(narrowMax)}, max: narrowMax},
		{id: "9.a.2 just the limit in fragments", say: inFragments(textMore, x(narrowMax), 999), want: []string{"text " + x(narrowMax)}, max: narrowMax},
		{id: "9.a.3 just the limit, twice", say: []part{f(textFin, x(narrowMax)), f(textFin, x(narrowMax))}, want: []string{"text " + x(narrowMax), "text " + x(narrowMax)}, max: narrowMax},
		tooLarge("9.b.1 one byte more", f(textFin, x(narrowMax+1))),
		tooLarge("9.b.2 one byte more in fragments", append(inFragments(textMore, x(narrowMax), 999)[:100], f(more, x(100)), f(contFin, "y"))...),
		tooLarge("9.b.3 the second fragment", f(textMore, "x"), f(contFin, x(narrowMax))),
		tooLarge("9.b.4 a header is enough", part{header: []byte{binaryFin, 127, 0, 0, 0, 1, 0, 0, 0, 0}}),
		tooLarge("9.b.5 of a fragment", f(textMore, "x"), part{header: []byte{more, 127, 0, 0, 0, 0, 0, 1, 0x86, 0xa0}}),
	}
}
