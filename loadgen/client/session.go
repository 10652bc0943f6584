package client

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/seed886cd727/throng/loadgen/check"
	"github.com/seed886cd727/throng/loadgen/population"
	"github.com/seed886cd727/throng/loadgen/target"
	"github.com/seed886cd727/throng/netio"
)

// Session is one device of one user. It implements netio.Handler.
//
//  1. All fields but fleet, user and device are used under mu.
//  2. conn is not nil from the upgrade on until Close; there is one at a time.
//  3. pending holds, in the order of n, what was not answered; those before
//     written were written on this connection. While the session is usable that
//     is all of them.
//  4. n and a message's counter are given out when it comes due, and stay.
//  5. catchup says that a lack of idCatchUp was asked for, and the session counts as
//     one that is catching up.
type Session struct {
	mu      sync.Mutex
	fleet   *Fleet
	conn    *netio.Conn
	pending []pending
	lacking []lack // what was missed and has not all come yet
	stream  target.Stream
	n       uint64
	dialed  time.Duration // when the present dial was due
	opened  time.Duration // when its upgrade was complete
	lost    time.Duration // when the last connection was lost
	ready   time.Duration // since when it is usable
	user    uint32
	written uint32
	generation,
	draws uint32
	attempt  uint8
	device   uint8
	state    state
	before   bool   // it was usable on an earlier connection
	end      end    // how we ended the connection
	catchup  bool   // it is catching up: what it missed while it was away has not all come yet
	received uint16 // lane of the poller that is reading
}

type end uint8

const (
	kept    end = iota // we did not
	dropped            // as an event wants it: the session comes back as after any loss
	moved              // as the target asked: the session connects again at once
)

type state uint8

const (
	idle     state = iota // not connected, and nothing is under way
	waiting               // for the moment to connect again
	dialing               // until the upgrade
	greeting              // until all conversations are listed
	usable
)

// anyGeneration marks an alarm that is for whatever connection there is.
const anyGeneration = math.MaxUint32

// key names the session to draws.
func (s *Session) key() uint64 { return uint64(s.user)<<8 | uint64(s.device) }

func (s *Session) sender() check.Sender { return check.Sender{User: s.user, Device: s.device} }

// receiver names the session's place in a conversation.
func (s *Session) receiver(seat, conversation uint32) check.Receiver {
	f := s.fleet
	return check.Receiver{Conversation: conversation, Place: f.seats.member[seat]*uint32(f.devices) + uint32(s.device)}
}

// Open implements netio.Handler: it says hello.
func (s *Session) Open(c *netio.Conn, i netio.Info) {
	f := s.fleet
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn, s.state = c, greeting
	s.opened = i.Upgraded.Sub(f.config.Start)
	f.counts.opened()
	lane := c.Poller()
	f.record(lane, ConnectTCP, s.dialed, i.Connected.Sub(i.Started))
	ready := i.Connected
	if !i.Secured.IsZero() {
		ready = i.Secured
		f.record(lane, ConnectTLS, s.dialed, i.Secured.Sub(i.Connected))
	}
	f.record(lane, ConnectUpgrade, s.dialed, i.Upgraded.Sub(ready))
	if f.ended.Load() { // End passed this session by
		s.hangUp()
		return
	}
	hello := target.Hello{User: f.config.Names.User(s.user), Device: population.Device(s.device), Stream: s.stream}
	if f.config.Token != nil {
		hello.Token = f.config.Token(s.user)
	}
	s.write(func(dst []byte) []byte { return f.protocol.AppendHello(dst, hello) })
	f.clock.set(alarm{at: s.opened + f.config.GreetWithin, session: s, what: greet, generation: s.generation})
}

// hangUp closes the connection at the run's end. It needs mu.
func (s *Session) hangUp() {
	s.end = dropped
	s.conn.Shutdown(netio.CloseNormal, "the run is over")
}

// write puts one message on the wire. It needs mu.
func (s *Session) write(encode func(dst []byte) []byte) {
	b := s.fleet.buffers.Get().(*buffer)
	b.payload = encode(b.payload[:0])
	s.emit(b.payload)
	s.fleet.buffers.Put(b)
}

func (s *Session) emit(payload []byte) {
	if s.fleet.protocol.Binary() {
		s.conn.Send(netio.BinaryFrame(payload))
		return
	}
	s.conn.Send(netio.TextFrame(payload))
}

// Message implements netio.Handler.
func (s *Session) Message(c *netio.Conn, _ bool, payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lane := c.Poller()
	s.received = uint16(lane)
	if err := s.fleet.decoders[lane].Decode(payload, (*hearing)(s)); err != nil {
		s.fleet.counts.malformed.Add(1)
		s.fleet.counts.fault("malformed: " + err.Error())
	}
}

// Close implements netio.Handler: the session connects again.
func (s *Session) Close(_ *netio.Conn, code netio.CloseCode, err error) {
	f := s.fleet
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		s.dialFailed(err)
		return
	}
	if s.end == kept {
		f.counts.closedByTarget.Add(1)
		f.counts.fault(ending(code, err))
	}
	s.disconnected()
	if s.end == moved {
		s.dial(f.clock.now())
		return
	}
	s.retry(0)
}

// disconnected forgets what was of the connection. It needs mu.
func (s *Session) disconnected() {
	f := s.fleet
	f.counts.open.Add(-1)
	switch {
	case s.state == usable:
		f.counts.usable.Add(-1)
		s.lost, s.before, s.attempt = f.clock.now(), true, 0
	case s.end == kept:
		f.counts.failed.Add(1)
	}
	s.away()
	if s.catchup {
		f.counts.catching.Add(-1)
	}
	s.conn, s.lacking, s.written, s.ready, s.catchup = nil, nil, 0, 0, false
	s.generation++
}

// away tells the checker that nothing reaches the session. It needs mu.
func (s *Session) away() {
	if s.fleet.reads == nil {
		return
	}
	from, to := s.fleet.seats.of(s.user)
	for seat := from; seat < to; seat++ {
		s.fleet.checker.Away(s.receiver(seat, s.fleet.seats.conversation(s.user, seat)))
	}
}

func ending(code netio.CloseCode, err error) string {
	if err != nil && code == netio.CloseAbnormal {
		return "connection lost: " + cause(err)
	}
	return fmt.Sprintf("closed by the target with %d", code)
}
