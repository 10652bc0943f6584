package client

import (
	"slices"
	"time"

	"github.com/seed886cd727/throng/loadgen/check"
	"github.com/seed886cd727/throng/loadgen/plan"
	"github.com/seed886cd727/throng/loadgen/target"
)

// maxWaiting is how many sends wait for a session that is cut off. What comes due
// beyond that is abandoned, and counted.
const maxWaiting = 1024

// pending is a send that was not answered yet. Its body is a function of these
// fields, so that a resend makes the same bytes.
type pending struct {
	n            uint64
	due          time.Duration
	stream       target.Stream // under which n was first written; zero before that
	conversation uint32
	counter      uint32
	size         uint32
	sent         bool
}

// send takes what is due. It needs mu.
func (s *Session) send(p plan.Send, due time.Duration) {
	f := s.fleet
	if s.state != usable && len(s.pending) >= maxWaiting {
		f.counts.abandoned.Add(1)
		return
	}
	seat, ok := f.seats.find(s.user, p.Conversation)
	if !ok {
		panic("client: a plan sends for a user who is no member")
	}
	counter := &f.counters[int(seat)*f.devices+int(s.device)]
	*counter++
	s.n++
	if p.Size < check.HeaderSize {
		f.counts.grown.Add(1)
	}
	s.pending = append(s.pending, pending{
		n: s.n, due: due, conversation: p.Conversation, counter: *counter, size: uint32(p.Size),
	})
	f.counts.waiting.Add(1)
	if s.state == usable {
		f.record(f.offPollers(), Late, due, f.clock.now()-due)
		s.writeNext()
	}
}

// writeNext writes the first send that was not written on this connection. It
// needs mu.
func (s *Session) writeNext() {
	f := s.fleet
	p := &s.pending[s.written]
	s.written++
	if !p.sent {
		p.sent, p.stream = true, s.stream
		f.checker.Sent(p.conversation, s.sender(), p.counter)
		f.counts.sent.Add(1)
		f.counts.waiting.Add(-1)
		f.counts.unacknowledged.Add(1)
	}
	b := f.buffers.Get().(*buffer)
	b.body = check.AppendBody(b.body[:0], check.Header{
		Run: f.config.Run, Conversation: p.conversation, Sender: s.user, Device: s.device, Counter: p.counter, Due: p.due,
	}, int(p.size))
	send := target.Send{Conversation: f.config.Names.Conversation(p.conversation), N: p.n, Body: b.body}
	if p.stream != s.stream {
		send.Stream = p.stream // a ref keeps the stream that it was first written under
	}
	b.payload = f.protocol.AppendSend(b.payload[:0], &send)
	s.emit(b.payload)
	f.buffers.Put(b)
}

// resend writes all that was not answered, in order. It needs mu.
func (s *Session) resend() {
	for int(s.written) < len(s.pending) {
		s.writeNext()
	}
}

// answered takes a send that was acknowledged or refused out of what is pending.
// It needs mu.
func (s *Session) answered(n uint64, stream target.Stream) (p pending, ok bool) {
	if stream == (target.Stream{}) {
		stream = s.stream
	}
	i := slices.IndexFunc(s.pending, func(p pending) bool { return p.n == n && p.sent && p.stream == stream })
	if i < 0 {
		return pending{}, false
	}
	p = s.pending[i]
	s.pending = slices.Delete(s.pending, i, i+1)
	if i < int(s.written) {
		s.written--
	}
	if len(s.pending) == 0 && cap(s.pending) > 8 {
		s.pending = nil // what a storm left behind
	}
	s.fleet.counts.unacknowledged.Add(-1)
	return p, true
}
