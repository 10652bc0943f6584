// Package selftest shows that the checks can fail: it runs a small scenario
// against a server that breaks one promise on purpose, a known number of times,
// and compares what the checks find with what they must find.
package selftest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed886cd727/throng/loadgen/coordinator"
	"github.com/seed886cd727/throng/loadgen/sample"
	"github.com/seed886cd727/throng/results"
	"github.com/seed886cd727/throng/scenarios"
)

// The load of each run: messages are evenly spaced, so that their number, and with
// it the number of strikes, is known beforehand.
const (
	members   = 6
	messages  = 200
	every     = 30                             // of the messages, one is struck
	strikes   = messages / every               // the last one is not the last message
	reordered = (messages - strikes) / every   // what overtakes is not counted by that fault
	swapped   = (messages - 2*strikes) / every // nor the two behind each message that is swapped
)

// receiptsTold is the server's own count of the read cursors that it told.
const receiptsTold = "throng_receipts_total"

// Want is what a check must find.
type Want struct {
	Figure string
	Value  float64
}

// Case is one fault, and what must be found.
type Case struct {
	Fault  string // a kind of server/faulty; empty: a server that keeps its promises
	Means  string // what the server does wrong
	groups int
	pair   bool // of two members instead
	want   func(page sample.Page) []Want
}

// Cases lists all of them: first the server without a fault.
func Cases() []Case {
	const each = strikes * members // every member of the group sees every strike
	fixed := func(want ...Want) func(sample.Page) []Want {
		return func(sample.Page) []Want { return want }
	}
	return []Case{
		{Fault: "", Means: "nothing", groups: 1, want: fixed()},
		{Fault: "reorder", Means: "pushes a message behind the next one", groups: 1, want: fixed(Want{"order.violations", reordered * members}, Want{"gaps", reordered * members})},
		{Fault: "drop", Means: "does not push a message", groups: 1, want: fixed(Want{"gaps", each})},
		{Fault: "duplicate", Means: "pushes a message twice", groups: 1, want: fixed(Want{"duplicates.wire", each}, Want{"duplicates.wire_ratio", each / float64(messages*members+each)})},
		{Fault: "forget", Means: "acknowledges a message and forgets it", groups: 1, want: fixed(Want{"lost", each}, Want{"delivery.unfinished", each}, Want{"gaps", each})},
		{Fault: "invent", Means: "stores a message that nobody sent", groups: 1, want: fixed(Want{"phantom", each})},
		{Fault: "reassign", Means: "stores a message under a second seq", groups: 1, want: fixed(Want{"double_stored", strikes}, Want{"duplicates.residual", each})},
		{Fault: "misdeliver", Means: "stores a message in another conversation too", groups: 2, want: fixed(Want{"misdelivered", each})},
		{Fault: "corrupt", Means: "flips a bit of a message", groups: 1, want: fixed(Want{"corrupted", each})},
		{Fault: "swap", Means: "tells a session two messages with their seqs exchanged", groups: 1, pair: true,
			want: fixed(Want{"order.disagreements", 1}, Want{"duplicates.residual", 2 * swapped})},
		{Fault: "stale_receipt", Means: "tells a read cursor that went back", groups: 1, want: func(page sample.Page) []Want {
			return []Want{{"cursor.regressions", float64(int(page[receiptsTold]) / every * (members - 1))}}
		}},
	}
}

// Outcome is what became of a case.
type Outcome struct {
	Case
	Seen   []Seen
	Passed bool
	Err    error // the run itself failed
}

// Seen is a figure, and what it should have been.
type Seen struct {
	Want
	Got *float64 // nil: absent
}

// Config is how to run the cases.
type Config struct {
	Binary string // the throng program; empty: this one
	// Records is a folder that keeps the run records; empty: none is kept.
	Records string
}

// Run makes the run of one case.
func (c Config) Run(ctx context.Context, one Case) Outcome {
	o := Outcome{Case: one}
	dir := c.Records
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "throng-selftest-"); err != nil {
			o.Err = err
			return o
		}
		defer func() { _ = os.RemoveAll(dir) }()
	}
	scenario, err := scenarios.Parse("selftest", []byte(one.scenario()), nil)
	if err != nil {
		o.Err = err
		return o
	}
	var page sample.Page
	options := coordinator.Options{
		Scenario: scenario, Out: filepath.Join(dir, one.name()), Progress: coordinator.Silent{},
		Binary: c.Binary, LastPage: func(p sample.Page) { page = p },
	}
	if one.Fault != "" {
		options.ServeArgs = []string{"--fault", fmt.Sprintf("%s:every=%d", one.Fault, every)}
	}
	summary, err := coordinator.Run(ctx, options)
	if o.Err = err; err != nil || ctx.Err() != nil {
		o.Err = fmt.Errorf("the run did not end: %w", context.Cause(ctx))
		if err != nil {
			o.Err = err
		}
		return o
	}
	o.judge(summary.Figures, one.want(page))
	return o
}

func (c Case) name() string {
	if c.Fault == "" {
		return "none"
	}
	return c.Fault
}

// judge compares. What is not wanted must be 0: a fault that a wrong check finds is
// not found.
func (o *Outcome) judge(f results.Figures, want []Want) {
	o.Passed = true
	wanted := make(map[string]bool)
	for _, w := range want {
		wanted[w.Figure] = true
		got := f.Get(w.Figure)
		o.Seen = append(o.Seen, Seen{w, got})
		o.Passed = o.Passed && got != nil && *got == w.Value && w.Value > 0
	}
	for _, name := range mustBeZero() {
		if got := f.Get(name); !wanted[name] && (got == nil || *got != 0) {
			o.Seen = append(o.Seen, Seen{Want{name, 0}, got})
			o.Passed = false
		}
	}
}

// mustBeZero are the figures that no sound run has.
func mustBeZero() []string {
	return []string{
		"lost", "unacknowledged", "duplicates.wire", "duplicates.residual", "order.violations", "order.disagreements",
		"double_stored", "phantom", "foreign", "misdelivered", "corrupted", "gaps", "receipt.lost", "cursor.regressions",
	}
}

// scenario is the load: one group or two, each message acknowledged and read.
func (c Case) scenario() string {
	size := members
	if c.pair {
		size = 2
	}
	return strings.NewReplacer(
		"USERS", fmt.Sprint(size*c.groups), "GROUPS", fmt.Sprint(c.groups), "MEMBERS", fmt.Sprint(size), "RATE", fmt.Sprint(messages),
	).Replace(`
name: selftest
target: {store: memory, durability: none}
population: {users: USERS}
conversations: {kind: group, count: GROUPS, members: MEMBERS}
traffic:
  send: {rate: RATE/s, arrival: constant}
  receipts: {share: 100%}
phases:
- {name: connect, rate: 1k/s}
- {name: load, for: 1s, measured: true}
- {name: settle, for: 3s}
- {name: drain, for: 1s}
`)
}
