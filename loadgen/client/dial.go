package client

import (
	"errors"
	"syscall"
	"time"

	"github.com/seed886cd727/throng/netio"
)

// dial needs mu.
func (s *Session) dial(due time.Duration) {
	f := s.fleet
	if f.ended.Load() {
		s.state = idle
		return
	}
	s.state, s.dialed, s.end = dialing, due, kept
	f.counts.attempted.Add(1)
	d := f.config.Dial(int(s.user-f.from)*f.devices + int(s.device))
	d.Protocols, d.NeedCompression = f.protocol.Subprotocols(), f.config.Compression
	if err := f.config.Reactor.Dial(d, s); err != nil {
		f.counts.failed.Add(1)
		f.counts.fault("dial: " + cause(err))
		s.retry(0)
	}
}

// retry waits before it connects again: for as long as the target asked, and then
// for the back-off, so that those whom it refused together do not come back
// together. It needs mu.
func (s *Session) retry(least time.Duration) {
	f := s.fleet
	if f.ended.Load() {
		s.state = idle
		return
	}
	s.state = waiting
	bound := backoffBound(f.config.BackoffBase, f.config.BackoffMax, s.attempt)
	if s.attempt < mostDoublings {
		s.attempt++
	}
	s.draws++
	wait := time.Duration(f.backoff.Float64(s.key(), uint64(s.draws)) * float64(bound))
	f.clock.set(alarm{at: f.clock.now() + least + wait, session: s, what: redial, generation: anyGeneration})
}

// mostDoublings is from which attempt on the back-off grows no more.
const mostDoublings = 20

// backoffBound is the longest wait before an attempt.
func backoffBound(base, most time.Duration, attempt uint8) time.Duration {
	if base > most>>attempt { // the shift of base might overflow
		return most
	}
	return base << attempt
}

// dialFailed is the end of a dial that came to nothing. It needs mu.
func (s *Session) dialFailed(err error) {
	f := s.fleet
	least := time.Duration(0)
	if d, ok := errors.AsType[*netio.DialError](err); ok && d.Status != 0 {
		f.counts.refusedDials.Add(1)
		least = d.RetryAfter
	} else {
		f.counts.failed.Add(1)
	}
	f.counts.fault("dial: " + cause(err))
	s.retry(least)
}

// cause is what kind of failure an error is: its innermost one, without what
// differs from one connection to the next.
func cause(err error) string {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno.Error()
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
