package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/seed886cd727/throng/results/figure"
)

// word reads a text, which may have to be one of a few.
func (r *reader) word(n *node, path string, f field) string {
	want := "a text"
	if f.oneof != nil {
		want = choice(f.oneof)
	}
	if !r.isScalar(n, path, want) {
		return ""
	}
	switch {
	case f.oneof == nil || slices.Contains(f.oneof, n.text):
	case slices.Contains(f.later, n.text):
		r.fault(n.place, path, "%q is not in this version: write %s", n.text, want)
	default:
		r.fault(n.place, path, "%q is unknown: write %s", n.text, want)
	}
	return n.text
}

// truth reads true or false.
func (r *reader) truth(n *node, path string) bool {
	if n.kind != scalar || n.quoted || n.text != "true" && n.text != "false" {
		r.fault(n.place, path, "must be true or false")
	}
	return n.text == "true"
}

// choice lists values: 'a, b or c'.
func choice(values []string) string {
	last := len(values) - 1
	if last < 1 {
		return strings.Join(values, "")
	}
	return strings.Join(values[:last], ", ") + " or " + values[last]
}

// suggestion is what may have been meant by a word that is not known.
func suggestion(word string, known []string) string {
	best, fewest := "", max(2, len(word)/3)+1
	for _, k := range known {
		if len(word) <= 64 {
			if d := figure.Edits(word, k); d < fewest {
				best, fewest = k, d
			}
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	return "here stand " + strings.Join(known, ", ")
}

// later tells what to do instead of a setting that has its name already, but is
// not in this version; "" for all others.
func later(path string) string {
	const not = "is not in this version: "
	path = regexp.MustCompile(`^phases\[\d+\]\.|\[\d+\]`).ReplaceAllString(path, "")
	switch path {
	case "matrix":
		return not + "run the scenario once for each value, with --set"
	case "search":
		return not + "run the scenario with rising rates, with --set traffic.send.rate=RATE"
	case "target.fanout":
		return not + "the kind of a conversation decides: group fans out on write, channel on read"
	case "target.redis", "target.nats", "target.kafka":
		return not + "one node keeps its own log; leave it out, and write store: pebble or store: memory"
	case "population.online":
		return not + "all users are online; give fewer users"
	case "traffic.typing", "traffic.history":
		return not + "traffic is send or replay, payload and receipts"
	}
	return ""
}

// plainWord tells whether a text needs no quotes in YAML, whatever it is read as.
func plainWord(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '_' || c == '-')) {
			return false
		}
	}
	return s != ""
}
