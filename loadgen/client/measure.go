package client

import (
	"fmt"
	"time"
)

// Measure is a latency that sessions measure.
type Measure uint8

// The measures, by the names of results/figure.
const (
	Connect        Measure = iota // from the intended start of the dial to usable
	ConnectTCP                    // its parts
	ConnectTLS                    // of wss alone
	ConnectUpgrade                //
	ConnectWelcome                //
	Away                          // from the loss of a connection to usable again
	Resume                        // from the dial to the last missed message
	AckLatency                    // from the intended send to the acknowledgement
	Delivery                      // from the intended send to arrival at one who was ready all the while
	Catchup                       // to arrival at one who was away
	ReceiptLatency                // from a read cursor's move to another member's learning of it
	GapHeal                       // from a hole seen live to its filling
	Late                          // actual minus intended send
	Measures                      // how many there are
)

var measureNames = [Measures]string{
	Connect: "connect", ConnectTCP: "connect_tcp", ConnectTLS: "connect_tls", ConnectUpgrade: "connect_upgrade", ConnectWelcome: "connect_welcome",
	Away: "away", Resume: "resume", AckLatency: "ack", Delivery: "delivery", Catchup: "catchup",
	ReceiptLatency: "receipt", GapHeal: "gap_heal", Late: "generator.late",
}

// String is the measure's name in the catalogue of figures.
func (m Measure) String() string {
	if m < Measures {
		return measureNames[m]
	}
	return fmt.Sprintf("measure %d", uint8(m))
}

// OfMessages says whether the measure is one of messages, which count by when they
// were due. The others are of connections and count over the whole run.
func (m Measure) OfMessages() bool {
	return m == AckLatency || m == Delivery || m == Catchup || m == ReceiptLatency || m == Late
}

// Recorder takes what was measured. It may be called concurrently; calls on one
// lane mostly come one at a time, so that a lock for each lane is hardly ever
// contended.
type Recorder interface {
	// Record takes one sample. at is when the message was due, or when it was
	// measured, since the run's start.
	Record(lane int, m Measure, at, d time.Duration)
}
