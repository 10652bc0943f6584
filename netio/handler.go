package netio

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"time"
)

// Handler hears what happens on one connection. Its calls come one at a time.
type Handler interface {
	// Open says that the upgrade is complete. It is called on the poller's
	// goroutine and must not block.
	Open(c *Conn, i Info)
	// Message hands over one whole message. The payload is valid during the call
	// only and may be changed. It is called on the poller's goroutine and must not
	// block. Frames that it queues on c are written when all that was read has
	// been handled.
	Message(c *Conn, binary bool, payload []byte)
	// Close says that the connection is no more: it is called exactly once for
	// every handler that Accept returned and every Dial that returned nil, on a
	// goroutine of its own, after every other call. err is nil after a closing
	// handshake.
	Close(c *Conn, code CloseCode, err error)
}

// Info tells how a connection came about. The times are zero for a server's end,
// and Secured is without TLS.
type Info struct {
	Subprotocol                           string
	Compressed                            bool // compression was agreed
	Started, Connected, Secured, Upgraded time.Time
}

// Request is an upgrade request.
type Request struct {
	Path, RawQuery, Host string
	Header               http.Header // without the handshake's own fields
	Protocols            []string    // subprotocols in the client's order
	Remote               netip.AddrPort
}

// Answer accepts an upgrade (Status 0 or 101) or refuses it with a status.
type Answer struct {
	Status      int
	Subprotocol string // of an acceptance; must be one of the request's
	Header      http.Header
	Body        []byte // of a refusal
}

// Accept judges upgrade requests. It is called on a poller's goroutine and must
// not block. A nil Handler refuses.
type Accept func(*Request) (Handler, Answer)

// Stages of a dial.
const (
	StageConnect = "connect"
	StageTLS     = "tls"
	StageUpgrade = "upgrade"
)

// DialError says at which stage a dial failed.
type DialError struct {
	Stage  string
	Status int // of an answer that was not 101
	// RetryAfter is what a refusal asked for; 0 if it did not.
	RetryAfter time.Duration
	Err        error
}

func (e *DialError) Error() string { return fmt.Sprintf("%s: %v", e.Stage, e.Err) }

// Unwrap gives the cause.
func (e *DialError) Unwrap() error { return e.Err }

// Why a connection ended without the peer's wish.
var (
	ErrSlowReader = errors.New("the peer reads too slowly")
	ErrDead       = errors.New("the peer was silent for two heartbeat intervals")
	ErrKilled     = errors.New("dropped on this end")
	ErrTimeout    = errors.New("timed out")
	errEvicted    = errors.New("too much is incomplete here")
	ErrClosed     = errors.New("the reactor is closed")
)

// ProtocolError says how a peer broke the WebSocket protocol or a limit.
type ProtocolError struct {
	Code   CloseCode
	Reason string
}

func (e *ProtocolError) Error() string { return e.Reason }
