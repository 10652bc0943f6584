// Package netio holds WebSocket connections, of a server's end and of a
// client's, by the hundred thousand. It knows nothing of what they say.
//
// Every connection is a file descriptor on one of a few pollers (netpoll's, with
// own callbacks) and a [Conn] of some 100 bytes. While it is silent it owns no
// goroutine, no timer and no buffer: bytes are read into one buffer a poller,
// frames are parsed where they lie, and only what is incomplete is copied into a
// borrowed one. What a peer does not take waits in a borrowed outbox that is
// bounded in bytes and in time. Writing never waits for a peer.
//
// The same holds with TLS, but for a goroutine during the handshake and some 3 KB
// for the keys and crypto/tls's state.
//
// A [Handler]'s Open and Message are called on the poller's goroutine and must
// not block: every other connection of that poller waits for them.
package netio

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

// Config is a reactor's. [DefaultConfig] fills it.
type Config struct {
	// Pollers is the number of event loops, each with one goroutine.
	Pollers int
	// Heartbeat is how long a connection may be silent before it is pinged. One
	// that was silent for two of them is closed with DeadCode. 0 turns it off.
	Heartbeat time.Duration
	// HandshakeTimeout bounds the time from accept to a complete request head, and
	// from dial to a complete answer.
	HandshakeTimeout time.Duration
	// TLSHandshakes is how many TLS handshakes may be under way at once, of those
	// accepted and of those dialed. The others wait within HandshakeTimeout. One
	// under way takes a goroutine and some 50 KB; no more than GOMAXPROCS compute at
	// the same time.
	TLSHandshakes int
	// MaxHead bounds a request's or an answer's head, in bytes.
	MaxHead int
	// MaxMessage bounds a message after reassembly and inflating, in bytes: beyond it 1009.
	MaxMessage int
	// OutboxBytes and OutboxAge bound what waits for a peer that does not read:
	// beyond either the connection is closed with SlowCode.
	OutboxBytes int
	OutboxAge   time.Duration
	// MessageTimeout bounds the time from the first byte of a message to its last:
	// beyond it 1008. It leaves 64 KiB time over 20 kbit/s.
	MessageTimeout time.Duration
	// HeadBytes and PartialBytes bound what is kept of incomplete heads, and of
	// incomplete messages, over all connections; each poller has its share. Beyond
	// it those who wait longest are refused with 503, or closed with 1013.
	HeadBytes, PartialBytes int
	// MaxConnections bounds the accepted connections that are open, of all kinds:
	// beyond it 503. 0 is no bound, here and below.
	MaxConnections int
	// MaxPerAddress bounds those of one IPv4 address, or of one /64 of IPv6.
	MaxPerAddress int
	// UpgradesPerSecond bounds how many connections are accepted in a second, after
	// UpgradeBurst at once (0: a tenth of a second's). Others wait in the kernel's
	// queue, as many as will be taken within AcceptWait; beyond that 503. Where the
	// kernel does not tell the queue's length (other than Linux) all wait.
	UpgradesPerSecond float64
	UpgradeBurst      int
	AcceptWait        time.Duration
	// UpgradesPerAddress bounds those of one address (see MaxPerAddress), after a
	// second's at once, ten at least. Beyond it 503.
	UpgradesPerAddress float64
	// RetryAfter is told with 503: come back after this, or up to twice as much.
	RetryAfter time.Duration
	// CloseTimeout is how long a closing handshake may take.
	CloseTimeout time.Duration
	// SendBuffer is SO_SNDBUF, in bytes; 0 leaves the kernel's default. A peer that
	// stops reading costs the kernel up to twice this (Linux doubles it) and one
	// more segment, of at most 64 KiB.
	SendBuffer int
	// DeadCode and SlowCode are the close codes of dead peers and slow readers.
	DeadCode, SlowCode CloseCode
	// Compression is of messages, both ways.
	Compression Compression
}

// DefaultConfig suits a server.
func DefaultConfig() Config {
	return Config{
		Pollers: cores(), Heartbeat: 30 * time.Second, HandshakeTimeout: 10 * time.Second, TLSHandshakes: 4096,
		MaxHead: 8 << 10, MaxMessage: 256 << 10, OutboxBytes: 1 << 20, OutboxAge: 10 * time.Second,
		MessageTimeout: 30 * time.Second, HeadBytes: 16 << 20, PartialBytes: 64 << 20,
		AcceptWait: 2 * time.Second, RetryAfter: 5 * time.Second,
		CloseTimeout: 2 * time.Second, SendBuffer: 32 << 10, DeadCode: CloseGoingAway, SlowCode: CloseTryLater,
		Compression: DefaultCompression(),
	}
}

// Validate lists every fault.
func (c Config) Validate() error {
	var faults []error
	atLeast := func(name string, value, least int64) {
		if value < least {
			faults = append(faults, fmt.Errorf("%s is %d; it must be at least %d", name, value, least))
		}
	}
	atLeast("pollers", int64(c.Pollers), 1)
	atLeast("TLS handshakes", int64(c.TLSHandshakes), 1)
	atLeast("max head", int64(c.MaxHead), 256)
	atLeast("max message", int64(c.MaxMessage), 125)
	atLeast("outbox bytes", int64(c.OutboxBytes), 1024)
	atLeast("head bytes", int64(c.HeadBytes), 2*int64(c.MaxHead)*int64(c.Pollers)) // a buffer that grows is at most twice too large
	atLeast("partial bytes", int64(c.PartialBytes), 2*int64(c.MaxMessage)*int64(c.Pollers))
	atLeast("max connections", int64(c.MaxConnections), 0)
	atLeast("max per address", int64(c.MaxPerAddress), 0)
	atLeast("upgrade burst", int64(c.UpgradeBurst), 0)
	for name, rate := range map[string]float64{"upgrades per second": c.UpgradesPerSecond, "upgrades per address": c.UpgradesPerAddress} {
		if !(rate >= 0) || rate > 1e9 || rate > 0 && rate < 1e-3 {
			faults = append(faults, fmt.Errorf("%s is %v; it must be 0 (no limit) or a thousandth to a billion", name, rate))
		}
	}
	for name, d := range map[string]time.Duration{"accept wait": c.AcceptWait, "retry after": c.RetryAfter} {
		if d < 0 {
			faults = append(faults, fmt.Errorf("%s is %v; it must be 0 or more", name, d))
		}
	}
	atLeast("send buffer", int64(c.SendBuffer), 0)
	for name, d := range map[string]time.Duration{"handshake timeout": c.HandshakeTimeout, "message timeout": c.MessageTimeout, "outbox age": c.OutboxAge, "close timeout": c.CloseTimeout} {
		if d < tick {
			faults = append(faults, fmt.Errorf("%s is %v; it must be at least %v", name, d, tick))
		}
	}
	if c.Heartbeat != 0 && c.Heartbeat < 8*tick {
		faults = append(faults, fmt.Errorf("heartbeat is %v; it must be 0 or at least %v", c.Heartbeat, 8*tick))
	}
	for name, code := range map[string]CloseCode{"dead code": c.DeadCode, "slow code": c.SlowCode} {
		if !code.sendable() {
			faults = append(faults, fmt.Errorf("%s is %d; a close frame cannot carry it", name, code))
		}
	}
	return errors.Join(append(faults, c.Compression.validate())...)
}

// Reactor owns pollers and the connections on them. Its methods may be called
// concurrently.
type Reactor struct {
	config    Config
	loops     []*loop
	next      atomic.Uint32 // loop of the next dial
	table     table
	clock     atomic.Uint32 // ticks; see sweep
	ping      *Frame
	admission admission
	tls       struct {
		servers, clients handshakes
		turn             chan struct{} // holds one for each handshake that computes
	}
	gone sync.WaitGroup // connections that were not closed yet

	mu        sync.Mutex
	listeners []*Listener
	closed    bool

	stop    chan struct{}
	running sync.WaitGroup
	counts  counts

	deflaters   sync.Pool // of *deflater
	compression compressionCounts
}

type counts struct {
	open                                  atomic.Int64
	accepted, dialed, handshakes, handed  atomic.Uint64
	acceptErrors                          atomic.Uint64
	tlsDone, tlsFailed                    atomic.Uint64
	slow, dead, malformed                 atomic.Uint64
	lateHandshakes, lateMessages, evicted atomic.Uint64
	refused                               [refusals]atomic.Uint64 // by reason
	pings                                 atomic.Uint64
	bytesOut, framesUp                    atomic.Uint64
	writes                                atomic.Uint64
}

// New starts the pollers and the sweep.
func New(c Config) (*Reactor, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	r := &Reactor{config: c, stop: make(chan struct{}), ping: newFrame(ws.OpPing, nil)}
	r.admission.limit(c)
	r.tls.turn = make(chan struct{}, cores())
	addProcs(c.Pollers)
	for i := range c.Pollers {
		l, err := openLoop(r, i)
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		r.loops = append(r.loops, l)
		r.running.Go(l.run)
	}
	r.running.Go(r.sweep)
	return r, nil
}

// Close stops listening, drops every connection without a close frame, and ends
// the pollers once all handlers have been told.
func (r *Reactor) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	listeners := r.listeners
	r.mu.Unlock()
	var errs []error
	for _, l := range listeners {
		errs = append(errs, l.Close())
	}
	for c := range r.table.all {
		c.Kill()
	}
	r.gone.Wait()
	close(r.stop)
	for _, l := range r.loops {
		errs = append(errs, l.poll.Close())
	}
	r.running.Wait()
	addProcs(-r.config.Pollers)
	return errors.Join(errs...)
}

// enter counts a connection in, unless the reactor is closed.
func (r *Reactor) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.gone.Add(1)
	return true
}

// Stats counts since the reactor was made.
type Stats struct {
	Open               int64  // connections, also those in a handshake
	Accepted, Dialed   uint64 // TCP connections; those that were refused are not among them
	AcceptErrors       uint64 // accept(2) failed, for want of files for example
	Upgraded           uint64 // handshakes that succeeded
	HandedOver         uint64 // connections that were plain HTTP
	TLSDone            uint64 // TLS handshakes that succeeded
	TLSFailed          uint64 // TLS handshakes that failed or were cut
	TLSUnderWay        int64  // TLS handshakes under way
	LateHandshakes     uint64 // connections closed because an upgrade took too long
	LateMessages       uint64 // because a message did
	Evicted            uint64 // because too much was incomplete
	RefusedFull        uint64 // connections refused at MaxConnections
	RefusedAddress     uint64 // at MaxPerAddress
	RefusedRate        uint64 // at UpgradesPerSecond
	RefusedAddressRate uint64 // at UpgradesPerAddress
	RefusedFiles       uint64 // for want of files
	Slow, Dead         uint64 // connections closed as slow readers, as dead peers
	Malformed          uint64 // connections closed for breaking the protocol
	Messages           uint64 // whole messages received
	Pings, Pongs       uint64 // pings sent to silent peers, pongs received
	FramesQueued       uint64 // frames queued for peers
	Writes             uint64 // system calls that wrote
	BytesIn, BytesOut  uint64
	Busy               []time.Duration // of each poller, spent in callbacks
	Compression        CompressionStats
}

// Stats reads the counters.
func (r *Reactor) Stats() Stats {
	n := &r.counts
	s := Stats{
		Open: n.open.Load(), Accepted: n.accepted.Load(), Dialed: n.dialed.Load(), AcceptErrors: n.acceptErrors.Load(),
		Upgraded: n.handshakes.Load(), HandedOver: n.handed.Load(), Slow: n.slow.Load(), Dead: n.dead.Load(),
		LateHandshakes: n.lateHandshakes.Load(), LateMessages: n.lateMessages.Load(), Evicted: n.evicted.Load(),
		RefusedFull: n.refused[refusedFull].Load(), RefusedAddress: n.refused[refusedAddress].Load(),
		RefusedRate: n.refused[refusedRate].Load(), RefusedAddressRate: n.refused[refusedAddressRate].Load(), RefusedFiles: n.refused[refusedFiles].Load(),
		Malformed: n.malformed.Load(), Pings: n.pings.Load(), FramesQueued: n.framesUp.Load(), Writes: n.writes.Load(), BytesOut: n.bytesOut.Load(),
		Compression: r.compression.stats(),
	}
	s.TLSDone, s.TLSFailed = n.tlsDone.Load(), n.tlsFailed.Load()
	s.TLSUnderWay = r.tls.servers.underWay() + r.tls.clients.underWay()
	for _, l := range r.loops {
		s.Messages += l.messages.Load()
		s.Pongs += l.pongs.Load()
		s.BytesIn += l.bytesIn.Load()
		s.Busy = append(s.Busy, time.Duration(l.busy.Load()))
	}
	return s
}
