package chat

import (
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
	d := Codecs()[0].NewDecoder()
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
