package trace

import (
	_ "embed"
	"strings"
)

//go:embed sample.jsonl
var sample string

// Sample is a small trace that is made up: ten minutes of a help channel and of a
// smaller room beside it, with bursts and silences. It is what irc-replay replays
// where no other is given.
func Sample() (*Trace, error) { return Read(strings.NewReader(sample), "sample trace") }
