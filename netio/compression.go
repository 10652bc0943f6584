package netio

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// Compression is permessage-deflate (RFC 7692), without context takeover: each
// message is compressed by itself, so that a connection keeps no window and a
// message to many is compressed once for all of them.
type Compression struct {
	// Enabled makes listeners accept it and dials offer it. Whether a connection
	// has it is agreed in its handshake; Info says so.
	Enabled bool
	// Level is from 1 (fast) to 9 (small).
	Level int
	// MinBytes is the length from which messages are compressed, in bytes. Those
	// that do not become shorter are sent as they are.
	MinBytes int
}

// DefaultCompression is off. Level 3 costs chat messages what 1 does, and makes them
// a tenth shorter.
func DefaultCompression() Compression { return Compression{Level: 3, MinBytes: 256} }

func (c Compression) validate() error {
	var faults []error
	if c.Level < 1 || c.Level > 9 {
		faults = append(faults, fmt.Errorf("compression level is %d; it must be 1 to 9", c.Level))
	}
	if c.MinBytes < 0 {
		faults = append(faults, fmt.Errorf("compression min bytes is %d; it must be at least 0", c.MinBytes))
	}
	return errors.Join(faults...)
}

// CompressionStats counts since the reactor was made.
type CompressionStats struct {
	Agreed         uint64 // upgrades that agreed on compression
	Deflated       uint64 // messages compressed, each once however many connections it went to
	Incompressible uint64 // messages sent as they were, because they did not become shorter
	DeflateIn      uint64 // bytes of Deflated before
	DeflateOut     uint64 // bytes of Deflated after
	Inflated       uint64 // compressed messages received
	InflateIn      uint64 // bytes of Inflated before
	InflateOut     uint64 // bytes of Inflated after
}

type compressionCounts struct {
	agreed, deflated, incompressible, deflateIn, deflateOut, inflated, inflateIn, inflateOut atomic.Uint64
}

func (n *compressionCounts) stats() CompressionStats {
	return CompressionStats{
		Agreed: n.agreed.Load(), Deflated: n.deflated.Load(), Incompressible: n.incompressible.Load(),
		DeflateIn: n.deflateIn.Load(), DeflateOut: n.deflateOut.Load(),
		Inflated: n.inflated.Load(), InflateIn: n.inflateIn.Load(), InflateOut: n.inflateOut.Load(),
	}
}
