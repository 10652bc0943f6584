package chat

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// TestDocumentedTranscripts decodes every line of docs/protocol.md that shows an
// operation: '> ' is said by clients, '< ' by servers.
func TestDocumentedTranscripts(t *testing.T) {
	text, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	d := JSON{}.NewDecoder()
	seen := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		var op Op
		switch {
		case strings.HasPrefix(line, "> {"):
			r, err := d.Request([]byte(line[2:]))
			if err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			op = RequestOp(r)
		case strings.HasPrefix(line, "< {"):
			e, err := d.Event([]byte(line[2:]))
			if err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			op = EventOp(e)
		default:
			continue
		}
		seen[line[:1]+op.String()] = true
	}
	for op := OpHello; op <= OpError; op++ {
		want := "<"
		if op < OpHeartbeat {
			want = ">"
		}
		if !seen[want+op.String()] {
			t.Errorf("%s%s is not shown", want, op)
		}
	}
}

// TestDocumentedBytes holds every line of docs/protocol.md that shows an operation
// in hex against the transcripts in JSON: it is one of them, and none is missing.
func TestDocumentedBytes(t *testing.T) {
	text, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		if said, op, digits, ok := hexLine(strings.TrimSpace(line)); ok {
			shown[said+op+digits] = true
		}
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "> {") && !strings.HasPrefix(line, "< {") {
			continue
		}
		op, wire := inProto(t, line[:1], []byte(line[2:]))
		key := line[:1] + op.String() + hex.EncodeToString(wire)
		if !shown[key] {
			t.Errorf("%s\nis not shown in hex: %s %s % x", line, line[:1], op, wire)
		}
		delete(shown, key)
	}
	for key := range shown {
		t.Errorf("%s is not the hex of a transcript", key)
	}
}

// hexLine takes a line apart that shows an operation in hex.
func hexLine(line string) (said, op, digits string, ok bool) {
	said, rest, _ := strings.Cut(line, " ")
	op, digits, _ = strings.Cut(rest, " ")
	digits = strings.ReplaceAll(digits, " ", "")
	_, err := hex.DecodeString(digits)
	return said, op, digits, (said == ">" || said == "<") && err == nil && digits != ""
}

// inProto gives the bytes of what is said in JSON.
func inProto(t *testing.T, said string, text []byte) (Op, []byte) {
	t.Helper()
	if said == ">" {
		r, err := JSON{}.NewDecoder().Request(text)
		if err != nil {
			t.Fatal(err)
		}
		return RequestOp(r), Proto{}.AppendRequest(nil, r)
	}
	e, err := JSON{}.NewDecoder().Event(text)
	if err != nil {
		t.Fatal(err)
	}
	return EventOp(e), Proto{}.AppendEvent(nil, e)
}
