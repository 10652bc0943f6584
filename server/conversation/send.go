package conversation

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// send judges a message by what the session knows, and submits it. The answer
// comes from a publisher, or at once where it is refused.
func (s *Service) send(c *Session, r *chat.Send) {
	if r.Stream.IsZero() {
		r.Stream = c.stream
	}
	m, ok := c.member(r.Conversation)
	if !ok {
		s.refuse(c, refusal(r, chat.NotMember, "not a member of the conversation"))
		return
	}
	if e := s.judgeSend(c, r); e != nil {
		s.refuse(c, e)
		return
	}
	err := s.log.Submit(&Write{
		Verb: Append, Conversation: m.topic.ID(), User: c.user(),
		Ref: chat.Ref{Stream: r.Stream, N: r.N}, Body: slices.Clone(r.Body), From: c,
	})
	if err != nil {
		s.refuse(c, refusal(r, codeOf(err), err.Error()))
		return
	}
	s.counts.Sends.Add(1)
}

func (s *Service) judgeSend(c *Session, r *chat.Send) *chat.Error {
	if n := len(r.Body); n > s.config.MaxBody {
		return refusal(r, chat.BodyTooBig, fmt.Sprintf("the body has %d bytes; %d are allowed", n, s.config.MaxBody))
	}
	now := s.clock()
	if f := judgeStream(r.Stream, now); f != nil {
		return refusal(r, f.code, f.text)
	}
	if c.limit == nil {
		return nil
	}
	if wait := c.limit.take(now, s.config.SendsPerSecond, s.config.SendBurst); wait > 0 {
		e := refusal(r, chat.RateLimited, "too many sends")
		e.RetryAfter = max(wait, time.Millisecond)
		return e
	}
	return nil
}

// fault is why a stream is not accepted.
type fault struct {
	code chat.Code
	text string
}

// judgeStream judges a stream by the time that stands in it, without a lookup:
// so nothing has to be remembered for longer than RefMaxAge.
func judgeStream(s chat.StreamID, now time.Time) *fault {
	if !s.Valid() {
		return &fault{chat.RefUnknown, "the stream is no UUIDv7, so no server issued it"}
	}
	switch age := now.Sub(s.Time()); {
	case age > chat.RefMaxAge:
		return &fault{chat.RefTooOld, "the stream is too old; the next welcome gives a new one"}
	case age < -chat.RefMaxAhead:
		return &fault{chat.RefInFuture, "the stream lies in the future"}
	}
	return nil
}
