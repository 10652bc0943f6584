package check

import "time"

// figureOf numbers the figures that are counted as the run goes.
type figureOf uint8

const (
	duplicatesWire figureOf = iota
	duplicatesAfterReconnect
	duplicatesResidual
	orderViolations
	orderDisagreements
	blocksCompared
	doubleStored
	phantom
	foreign
	misdelivered
	corrupted
	gaps
	cursorRegressions
	lost
	receiptLost
	figures // how many there are
)

// String is the figure's name in the catalogue.
func (f figureOf) String() string {
	return [figures]string{
		duplicatesWire:           "duplicates.wire",
		duplicatesAfterReconnect: "duplicates.after_reconnect",
		duplicatesResidual:       "duplicates.residual",
		orderViolations:          "order.violations",
		orderDisagreements:       "order.disagreements",
		blocksCompared:           "order.blocks_compared",
		doubleStored:             "double_stored",
		phantom:                  "phantom",
		foreign:                  "foreign",
		misdelivered:             "misdelivered",
		corrupted:                "corrupted",
		gaps:                     "gaps",
		cursorRegressions:        "cursor.regressions",
		lost:                     "lost",
		receiptLost:              "receipt.lost",
	}[f]
}

// Finding is the evidence of one thing that is not as promised.
type Finding struct {
	Figure      string // its name in the catalogue
	At          time.Duration
	Receiver    Receiver
	HasReceiver bool // else only Receiver.Conversation is known, or not even that
	Sender      Sender
	Counter     uint32 // 0 if the finding is of no known message
	Position    Position
	Text        string // what was found, for people
}

// maxFindings is how many findings of one figure are reported: enough to see what
// is wrong, and few enough that a server that does all wrong costs no more to check
// than another.
const maxFindings = 1000

// wanted reports whether one more finding of a figure is to be reported.
func (c *Checker) wanted(f figureOf) bool {
	return c.config.Report != nil && c.reported[f].Load() < maxFindings && c.reported[f].Add(1) <= maxFindings
}
