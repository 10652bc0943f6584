package trace

import (
	"bytes"
	"time"
	"unicode/utf8"
)

// ircFormat is one way to write a log.
type ircFormat struct {
	name       string
	resolution time.Duration
	dated      bool // its stamps name the day
	parse      func(text []byte) ircLine
}

// formatOf is the format in which a line is an event with a stamp; nil if in none.
func formatOf(text []byte) *ircFormat {
	for _, f := range []ircFormat{
		{"irc, minutes", time.Minute, false, parseMinutes},
		{"irc, seconds", time.Second, true, parseSeconds},
	} {
		if one := f.parse(text); one.stamped && one.leftOut == "" {
			return &f
		}
	}
	return nil
}

// ircLine is what a line says: an event, or why it is none.
type ircLine struct {
	leftOut string // the reason; empty for an event
	stamp   time.Time
	stamped bool
	channel string // empty where lines do not name it
	action  Action
	nick    string
	to      string // of a rename
	size    int    // of a message, in bytes
}

// Why lines are left out.
const (
	blank        = "blank"
	notice       = "notice"
	topic        = "topic"
	service      = "server or client message"
	unrecognised = "unrecognised"
)

// parseMinutes reads a line of a log with minutes, one channel a file:
//
//	[09:41] <nick> text
//	[09:41]  * nick does something
//	=== nick [user@host] has joined #channel
//	=== nick is now known as other
func parseMinutes(text []byte) ircLine {
	const stamp = "[15:04] "
	if len(bytes.TrimSpace(text)) == 0 {
		return ircLine{leftOut: blank}
	}
	if body, ok := bytes.CutPrefix(text, []byte("=== ")); ok {
		return parseService(body)
	}
	if len(text) < len(stamp) {
		return ircLine{leftOut: unrecognised}
	}
	at, err := time.Parse(stamp, string(text[:len(stamp)]))
	if err != nil {
		return ircLine{leftOut: unrecognised}
	}
	line := parseSaid(text[len(stamp):])
	line.stamp, line.stamped = at, true
	return line
}

// parseSeconds reads a line of a log with dates and seconds, which names its
// channel:
//
//	channel 2019-02-18 [09:41:05] <nick> text
//	channel 2019-02-18 [09:41:05] * nick does something
func parseSeconds(text []byte) ircLine {
	const stamp = "2006-01-02 [15:04:05] "
	if len(bytes.TrimSpace(text)) == 0 {
		return ircLine{leftOut: blank}
	}
	channel, rest, ok := bytes.Cut(text, []byte(" "))
	if !ok || len(channel) == 0 || len(rest) < len(stamp) {
		return ircLine{leftOut: unrecognised}
	}
	at, err := time.Parse(stamp, string(rest[:len(stamp)]))
	if err != nil {
		return ircLine{leftOut: unrecognised}
	}
	line := parseSaid(rest[len(stamp):])
	line.stamp, line.stamped, line.channel = at, true, utf8Name(channel)
	return line
}

// parseSaid reads what follows a stamp.
func parseSaid(text []byte) ircLine {
	if said, ok := bytes.CutPrefix(text, []byte("<")); ok {
		nick, body, closed := bytes.Cut(said, []byte(">"))
		nick = bytes.TrimLeft(nick, "@+%&~ ") // an operator's or a voice's sign
		if !closed || !isNick(nick) || len(body) > 0 && body[0] != ' ' && body[0] != '\t' {
			return ircLine{leftOut: unrecognised}
		}
		return message(nick, body)
	}
	if body, ok := bytes.CutPrefix(text, []byte("=== ")); ok {
		return parseService(body)
	}
	// One or two spaces before the star: the stamp has taken the first.
	if done, ok := bytes.CutPrefix(bytes.TrimPrefix(text, []byte(" ")), []byte("* ")); ok {
		if nick, body, _ := bytes.Cut(done, []byte(" ")); isNick(nick) {
			return message(nick, body)
		}
		return ircLine{leftOut: unrecognised}
	}
	switch trimmed := bytes.TrimLeft(text, " "); {
	case bytes.HasPrefix(trimmed, []byte("-!-")), bytes.HasPrefix(trimmed, []byte("***")):
		return ircLine{leftOut: service}
	case bytes.HasPrefix(trimmed, []byte("-")):
		return ircLine{leftOut: notice}
	}
	return ircLine{leftOut: unrecognised}
}

func message(nick, body []byte) ircLine {
	return ircLine{action: Send, nick: utf8Name(nick), size: len(bytes.Trim(body, " \t\r"))}
}

// parseService reads a line of the server, without the === before it.
func parseService(body []byte) ircLine {
	words := bytes.Fields(body)
	is := func(at int, want string) bool { return at < len(words) && string(words[at]) == want }
	if len(words) == 6 && is(1, "is") && is(2, "now") && is(3, "known") && is(4, "as") {
		return ircLine{action: Rename, nick: utf8Name(words[0]), to: utf8Name(words[5])}
	}
	verb := 1
	if len(words) > 1 && words[1][0] == '[' { // the user's host
		verb = 2
	}
	if is(verb, "has") {
		switch {
		case is(verb+1, "joined"):
			return ircLine{action: Join, nick: utf8Name(words[0])}
		case is(verb+1, "left"), is(verb+1, "quit"):
			return ircLine{action: Leave, nick: utf8Name(words[0])}
		}
	}
	if bytes.Contains(bytes.ToLower(body), []byte("topic")) {
		return ircLine{leftOut: topic}
	}
	return ircLine{leftOut: service}
}

// isNick says whether it can be a name: not empty, without spaces.
func isNick(nick []byte) bool { return len(nick) > 0 && !bytes.ContainsAny(nick, " \t") }

// utf8Name is a name as text. One that is not UTF-8 is read as Latin-1, so that
// different bytes stay different names.
func utf8Name(name []byte) string {
	if utf8.Valid(name) {
		return string(name)
	}
	runes := make([]rune, len(name))
	for i, b := range name {
		runes[i] = rune(b)
	}
	return string(runes)
}
