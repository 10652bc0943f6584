package chat

import "time"

// Limits of the protocol. A server tells a client those that it may set
// otherwise in [Welcome]; the rest hold everywhere.
const (
	// MaxID is the longest user, device or conversation id, in bytes.
	MaxID = 128
	// MaxToken is the longest token of a Hello, in bytes.
	MaxToken = 8 << 10
	// MaxBody is the longest body of a message by default, in bytes.
	MaxBody = 32 << 10
	// MaxFrame bounds a whole WebSocket message by default, in bytes: a body of
	// MaxBody bytes of which each was escaped, and what stands around it.
	MaxFrame = 256 << 10
	// MaxEntries is the most entries that one [Entries] event carries.
	MaxEntries = 256
	// MaxEntriesBytes bounds the bodies and names that one Entries event carries, so
	// that it stays within MaxFrame when JSON writes each of their bytes as six
	// (\u0000): that leaves 21 KiB for what stands around them. A single larger body
	// still travels, alone.
	MaxEntriesBytes = 39 << 10
	// MaxStates is the most conversations that one [State] event names.
	MaxStates = 100
	// MaxN is the largest counter of a ref, and the largest seq that JSON
	// carries: a browser's numbers are exact up to it (2^53 - 1).
	MaxN = 1<<53 - 1
	// MaxMembers is the most members of a conversation by default.
	MaxMembers = 100_000

	// RefMaxAge is how old a stream may be before its refs are refused.
	RefMaxAge = 7 * 24 * time.Hour
	// RefMaxAhead is how far in the future a stream may lie: clocks differ.
	RefMaxAhead = 5 * time.Minute
)

// The subprotocols, as they stand in Sec-WebSocket-Protocol.
const (
	SubprotocolJSON  = "throng.v1.json"
	SubprotocolProto = "throng.v1.proto"
)
