package netio

import (
	"fmt"
	"strings"
)

func closeCases() (all []conformanceCase) {
	const hello = "Hello World!"
	normal, late := bye(1000, ""), f(textFin, hello)
	bad := greek + "\xed\xa0\x80edited"
	long := strings.Repeat("BAsd7&jh23", 26215)[:256<<10]
	broken := func(id string, code CloseCode, say ...part) conformanceCase {
		return conformanceCase{id: id, say: say, close: code, fault: true}
	}
	all = []conformanceCase{
		{id: "7.1.1", say: []part{late, normal}, want: []string{"text " + hello}},
		{id: "7.1.2", say: []part{normal, f(closeFin, "")}},
		{id: "7.1.3", say: []part{normal, f(pingFin, "")}},
		{id: "7.1.4", say: []part{normal, late}},
		{id: "7.1.5", say: []part{f(textMore, "fragment1"), normal, f(contFin, "fragment2")}},
		{id: "7.1.6", say: []part{f(textFin, long), late, normal, f(pingFin, "")}, want: []string{"text " + long, "text " + hello}},
		{id: "7.3.1", say: []part{f(closeFin, "")}, close: CloseNoStatus},
		broken("7.3.2", CloseProtocolError, f(closeFin, "a")),
		{id: "7.3.3", say: []part{normal}},
		{id: "7.3.4", say: []part{bye(1000, hello)}},
		{id: "7.3.5", say: []part{bye(1000, strings.Repeat("*", 123))}},
		broken("7.3.6", CloseProtocolError, bye(1000, strings.Repeat("*", 124))),
		broken("7.5.1", CloseInvalidData, bye(1000, bad)),
	}
	for i, code := range []uint16{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999} {
		all = append(all, conformanceCase{id: fmt.Sprintf("7.7.%d", i+1), say: []part{bye(code, "")}, close: CloseCode(code)})
	}
	for i, code := range []uint16{0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999} {
		all = append(all, broken(fmt.Sprintf("7.9.%d", i+1), CloseProtocolError, bye(code, "")))
	}
	all = append(all, broken("7.13.1", CloseProtocolError, bye(5000, "")), broken("7.13.2", CloseProtocolError, bye(65535, "")))
	for i, code := range []uint16{1012, 1013, 1014} { // registered since the suite was written
		all = append(all, conformanceCase{id: fmt.Sprintf("7.a.%d", i+1), say: []part{bye(code, "later")}, close: CloseCode(code)})
	}
	for i, reason := range []string{"half a character: \xc3", "\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", strings.Repeat("*", 122) + "\xc3"} {
		all = append(all, broken(fmt.Sprintf("7.b.%d", i+1), CloseInvalidData, bye(1000, reason)))
	}
	return append(all,
		broken("7.c.1 1015", CloseProtocolError, bye(1015, "")),
		broken("7.c.2 a bad close within a message", CloseProtocolError, f(textMore, "x"), bye(1005, "")),
		conformanceCase{id: "7.c.3 anything after a close", say: []part{normal, f(0xff, "\xff"), {wire: []byte("\xffno frame at all")}}},
		conformanceCase{id: "7.c.4 the reason's last character", say: []part{bye(4000, strings.Repeat("*", 121)+"ä")}, close: 4000},
		conformanceCase{id: "7.c.5 pings are answered before", say: []part{f(pingFin, "1"), f(pingFin, "2"), bye(1001, "")}, want: []string{"pong 1", "pong 2"}, close: CloseGoingAway},
	)
}
