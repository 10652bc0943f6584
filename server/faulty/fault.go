// Package faulty breaks the server's promises on purpose, so that the checks of
// a load generator can be proven: each kind of fault is one that some check must
// find.
//
// Faults are decorators around the log, around what it tells of its commits, and
// around the rooms. Each strikes every n-th of what it concerns, counted over
// the whole node, so the number of strikes is known beforehand.
package faulty

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kind is what goes wrong.
type Kind string

// The kinds of faults.
const (
	// Reorder pushes a message behind the next one of its conversation. Where
	// none comes within five seconds, it is only late.
	Reorder Kind = "reorder"
	// Drop does not push a message. It is in the log: a client that notices the
	// gap can fetch it.
	Drop Kind = "drop"
	// Duplicate pushes a message twice.
	Duplicate Kind = "duplicate"
	// Forget acknowledges a message that then nobody gets: it is not pushed, and
	// a sync finds the sender's joining in its place.
	Forget Kind = "forget"
	// Invent stores a message of the same sender that the sender never sent.
	Invent Kind = "invent"
	// Reassign stores a message a second time, under a seq of its own.
	Reassign Kind = "reassign"
	// Misdeliver stores a message in another conversation too.
	Misdeliver Kind = "misdeliver"
	// Corrupt flips a bit in the last byte of a body that is pushed.
	Corrupt Kind = "corrupt"
	// Swap exchanges the seqs of two messages in a row for one session: the one that
	// sent the first of them. It gets them before the third.
	Swap Kind = "swap"
	// StaleReceipt tells a read cursor, and then once more one that lies before.
	StaleReceipt Kind = "stale_receipt"
)

// Kinds lists all kinds.
func Kinds() []Kind {
	return []Kind{Reorder, Drop, Duplicate, Forget, Invent, Reassign, Misdeliver, Corrupt, Swap, StaleReceipt}
}

// Fault strikes every Every-th message (or receipt, for StaleReceipt).
type Fault struct {
	Kind  Kind
	Every int
}

// Parse reads "kind:every=n".
func Parse(text string) (Fault, error) {
	kind, rest, ok := strings.Cut(text, ":every=")
	every, err := strconv.Atoi(rest)
	if !ok || err != nil {
		return Fault{}, fmt.Errorf("fault %q: want kind:every=n, as in drop:every=100", text)
	}
	f := Fault{Kind(kind), every}
	return f, Validate([]Fault{f})
}

// Validate lists what is wrong with faults.
func Validate(faults []Fault) error {
	var wrong []error
	for _, f := range faults {
		if !slices.Contains(Kinds(), f.Kind) {
			wrong = append(wrong, fmt.Errorf("fault %q is unknown; there are %v", f.Kind, Kinds()))
		}
		if f.Every < 1 {
			wrong = append(wrong, fmt.Errorf("fault %s: every is %d; it must be above 0", f.Kind, f.Every))
		}
	}
	return errors.Join(wrong...)
}
