package results

import "time"

// maxViolations is how many findings are kept; the first ones, for what follows
// is mostly their consequence. All are counted.
const maxViolations = 10_000

// Violation is one line of violations.jsonl: a finding of a check and its evidence.
type Violation struct {
	At           time.Duration `json:"at_ns"`  // since the run's start
	Figure       string        `json:"figure"` // that it counts in
	Conversation string        `json:"conversation,omitempty"`
	Receiver     string        `json:"receiver,omitempty"`
	Sender       string        `json:"sender,omitempty"`
	Epoch        uint32        `json:"epoch,omitempty"`
	Seq          uint64        `json:"seq,omitempty"`
	Counter      uint64        `json:"counter,omitempty"` // the sender's, within the conversation
	Text         string        `json:"text"`              // what was seen, and what should have been
}

// violationTotal is the last line of violations.jsonl.
type violationTotal struct {
	Total map[string]int64 `json:"total"` // all findings by figure, kept or not
	Kept  int64            `json:"kept"`  // lines above
}
