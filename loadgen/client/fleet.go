package client

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed886cd727/throng/loadgen/check"
	"github.com/seed886cd727/throng/loadgen/draw"
	"github.com/seed886cd727/throng/loadgen/plan"
	"github.com/seed886cd727/throng/loadgen/population"
	"github.com/seed886cd727/throng/loadgen/target"
	"github.com/seed886cd727/throng/netio"
)

// Config is a fleet's.
type Config struct {
	Run        uint32    // the run's id, in every message's header
	Start      time.Time // the run's: due times count from it
	Seed       uint64
	Population *population.Population
	Share      population.Share
	Names      population.Names
	Protocol   target.Protocol
	Reactor    *netio.Reactor // a client's, with Pollers pollers
	Pollers    int
	Checker    *check.Checker
	Recorder   Recorder
	// Dial says where session number i connects to. The protocol's part is filled in.
	Dial func(i int) netio.Dial
	// Token gives a user's token; nil without authentication.
	Token func(user uint32) string
	// BackoffBase and BackoffMax bound the waits before reconnects: before attempt
	// k a session waits a time between 0 and min(BackoffMax, BackoffBase·2^k), all
	// of them equally likely ('full jitter': Brooker, 2015).
	BackoffBase, BackoffMax time.Duration
	// GreetWithin is how long a target may take from the upgrade until a session is
	// usable; 0 is 10 s.
	GreetWithin time.Duration
	Receipts    bool // whether any traffic moves read cursors
	// Compression makes sessions ask for permessage-deflate. A target that declines
	// it is not connected to: the figures would be of another system.
	Compression bool
}

// Fleet is the sessions of a share of the users. Its methods may be called
// concurrently; sends of one session are numbered in the order of the calls.
type Fleet struct {
	config   Config
	protocol target.Protocol
	people   *population.Population
	checker  *check.Checker
	recorder Recorder
	clock    *clock
	seats    *seats
	from, to uint32
	devices  int

	sessions []Session
	counters []uint32        // of each seat and device: the last message's
	reads    []atomic.Uint64 // of each seat: the read cursor's seq; nil without receipts
	decoders []target.Decoder
	receipts atomic.Pointer[Receipts]

	backoff, spread, chosen, reading draw.Source
	buffers                          sync.Pool // of *buffer
	counts                           counters
	ended                            atomic.Bool
	strikes                          atomic.Uint64 // reconnect events so far
}

// Receipts is how receivers read.
type Receipts struct {
	Share float64       // of the messages that arrive live
	After time.Duration // from the arrival on
}

// buffer is what a message is built in.
type buffer struct{ body, payload []byte }

// NewFleet makes the sessions. None connects before Connect.
func NewFleet(c Config) (*Fleet, error) {
	if err := c.Share.Validate(); err != nil {
		return nil, err
	}
	if c.GreetWithin == 0 {
		c.GreetWithin = 10 * time.Second
	}
	f := &Fleet{
		config: c, protocol: c.Protocol, people: c.Population, checker: c.Checker, recorder: c.Recorder,
		clock: newClock(c.Start), devices: c.Population.Devices(),
		backoff: draw.New(c.Seed, "client: back-off"), spread: draw.New(c.Seed, "client: spread"),
		chosen: draw.New(c.Seed, "client: chosen by an event"), reading: draw.New(c.Seed, "client: receipts"),
	}
	f.from, f.to = c.Share.Users(c.Population.Users())
	f.seats = newSeats(c.Population, f.from, f.to)
	f.buffers.New = func() any { return new(buffer) }
	f.counts.errors = make(map[string]int64)
	f.counters = make([]uint32, f.seats.len()*f.devices)
	if c.Receipts {
		f.reads = make([]atomic.Uint64, f.seats.len())
	}
	for range c.Pollers {
		f.decoders = append(f.decoders, c.Protocol.NewDecoder())
	}
	f.sessions = make([]Session, int(f.to-f.from)*f.devices)
	for i := range f.sessions {
		s := &f.sessions[i]
		s.fleet, s.user, s.device = f, f.from+uint32(i/f.devices), uint8(i%f.devices)
	}
	return f, nil
}

// Run serves the sessions' alarms until ctx is done.
func (f *Fleet) Run(ctx context.Context) { f.clock.run(ctx) }

// Len is how many sessions there are.
func (f *Fleet) Len() int { return len(f.sessions) }

// Now is the time since the run's start.
func (f *Fleet) Now() time.Duration { return f.clock.now() }

// SetReceipts says how receivers read from now on.
func (f *Fleet) SetReceipts(r Receipts) { f.receipts.Store(&r) }

// Connect makes session number i connect, which was to begin at a time since the
// run's start.
func (f *Fleet) Connect(i int, due time.Duration) {
	s := &f.sessions[i]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == idle {
		s.dial(due)
	}
}

// Send makes a user send what a plan says, which is due at a time since the run's
// start. The message is written at once if the session is usable, and else waits.
func (f *Fleet) Send(p plan.Send, due time.Duration) {
	s := f.session(p.Sender, p.Device)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.send(p, due)
}

func (f *Fleet) session(user uint32, device uint8) *Session {
	return &f.sessions[int(user-f.from)*f.devices+int(device)]
}

// Reconnect makes a share of the sessions lose their connections, at moments that
// are spread over a time.
func (f *Fleet) Reconnect(share float64, spread time.Duration) {
	event := f.strikes.Add(1)
	now := f.clock.now()
	for i := range f.sessions {
		s := &f.sessions[i]
		key := s.key()
		if f.chosen.Float64(key, event) < share {
			delay := time.Duration(f.spread.Float64(key, event) * float64(spread))
			f.clock.set(alarm{at: now + delay, session: s, what: drop, generation: anyGeneration})
		}
	}
}

// StayAway makes sessions that lose their connection stay away.
func (f *Fleet) StayAway() { f.ended.Store(true) }

// End closes all connections, and no session connects again.
func (f *Fleet) End() {
	f.ended.Store(true)
	for i := range f.sessions {
		s := &f.sessions[i]
		s.mu.Lock()
		if s.conn != nil {
			s.hangUp()
		}
		s.mu.Unlock()
	}
}

// offPollers is the lane of what is measured off the pollers: by the pacer, the clock
// and the ends of connections.
func (f *Fleet) offPollers() int { return f.config.Pollers }

func (f *Fleet) record(lane int, m Measure, at, d time.Duration) { f.recorder.Record(lane, m, at, d) }
