package chat

// Codec carries operations over a connection. Its methods may be called
// concurrently.
type Codec interface {
	// Subprotocol is what stands in Sec-WebSocket-Protocol.
	Subprotocol() string
	// Binary says whether its messages travel in binary frames.
	Binary() bool
	AppendRequest(dst []byte, r Request) []byte
	AppendEvent(dst []byte, e Event) []byte
	// NewDecoder gives a decoder that one goroutine uses at a time.
	NewDecoder() Decoder
}

// Decoder reads operations. It owns what it returns: an operation and all that
// it points to, strings apart, are valid until the next call. Not safe for
// concurrent use. Errors are *SyntaxError.
type Decoder interface {
	Request(message []byte) (Request, error)
	Event(message []byte) (Event, error)
}

// SyntaxError says why bytes are not an operation.
type SyntaxError struct{ Reason string }

func (e *SyntaxError) Error() string { return "malformed operation: " + e.Reason }

// Codecs lists what this version speaks. The first is what a client speaks that
// names none.
func Codecs() []Codec { return []Codec{JSON{}, Proto{}} }

// CodecFor finds the codec of a subprotocol.
func CodecFor(subprotocol string) (Codec, bool) {
	for _, c := range Codecs() {
		if c.Subprotocol() == subprotocol {
			return c, true
		}
	}
	return nil, false
}
