package conversation

import (
	"errors"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// Authenticator says who speaks. It may be called concurrently and may take as
// long as checking a signature does.
type Authenticator interface {
	Authenticate(*chat.Hello) (chat.UserID, error)
}

// Service keeps the chat rules for one node. Its methods may be called
// concurrently, but the requests of one session come one at a time.
type Service struct {
	config  Config
	log     Log
	rooms   Rooms
	users   *Directory
	auth    Authenticator
	clock   func() time.Time
	streams func() (chat.StreamID, error)
	workers *workers
	counts  *Counts
}

// Deps is what a Service works with.
type Deps struct {
	Log   Log
	Rooms Rooms
	Users *Directory // the same as the Publishers'
	Auth  Authenticator
	Clock func() time.Time
	// Streams issues stream ids, by the same clock: chat.NewStream.
	Streams func() (chat.StreamID, error)
	// Counts is what is counted; the same as the Publishers'.
	Counts *Counts
}

// NewService starts the workers. Close ends them.
func NewService(c Config, d Deps) *Service {
	return &Service{
		config: c, log: d.Log, rooms: d.Rooms, users: d.Users, auth: d.Auth, clock: d.Clock,
		streams: d.Streams, counts: d.Counts,
		workers: newWorkers(c.Workers, c.WorkQueue),
	}
}

// Close ends the workers. What still waits for one is not answered.
func (s *Service) Close() { s.workers.close() }

// Waiting is how many requests wait for a worker.
func (s *Service) Waiting() int { return s.workers.waiting() }

// Handle hears a request. It does not block, and the request need not stay
// valid after it; strings in it must.
func (s *Service) Handle(c *Session, r chat.Request) {
	switch c.phase.Load() {
	case open:
		s.dispatch(c, r)
	case expecting:
		if h, ok := r.(*chat.Hello); ok {
			s.acceptHello(c, *h)
			return
		}
		s.Reject(c, r, "the first request is a hello")
	case welcoming:
		s.Reject(c, r, "nothing is said before the welcome")
	}
}

func (s *Service) dispatch(c *Session, r chat.Request) {
	switch r := r.(type) {
	case *chat.Send:
		s.send(c, r)
	case *chat.Read:
		s.cursor(c, r, &Write{Verb: Read, Conversation: r.Conversation, Cursor: r.At})
	case *chat.Delivered:
		s.cursor(c, r, &Write{Verb: Delivered, Conversation: r.Conversation, Cursor: r.At, Device: c.device()})
	case *chat.Sync:
		s.acceptSync(c, r)
	case *chat.Join:
		s.acceptJoin(c, *r)
	case *chat.Leave:
		s.leave(c, r)
	case *chat.Heartbeat:
		c.Out.Push(r)
	case *chat.Hello:
		s.Reject(c, r, "hello was said already")
	}
}

// Reject refuses a bad request and ends its connection. r is nil for bytes that
// were no request.
func (s *Service) Reject(c *Session, r chat.Request, why string) {
	e := refusal(r, chat.BadRequest, why)
	s.refuse(c, e)
	c.End(chat.CloseBadRequest, why)
}

// Disconnect forgets a session whose connection is no more.
func (s *Service) Disconnect(c *Session) {
	if c.close(s.rooms) {
		s.users.remove(c)
	}
}

func (s *Service) refuse(c *Session, e *chat.Error) {
	s.counts.Refused.Add(1)
	c.Out.Push(e)
}

// retryLater is when a client that met an overload does well to try again.
const retryLater = time.Second

// refusal makes the error that answers a request.
func refusal(r chat.Request, code chat.Code, text string) *chat.Error {
	e := &chat.Error{Code: code, Text: text}
	if code == chat.Overloaded || code == chat.Unavailable {
		e.RetryAfter = retryLater
	}
	if r == nil {
		return e
	}
	e.Re = chat.RequestOp(r)
	switch r := r.(type) {
	case *chat.Send:
		e.Conversation, e.Stream, e.N = r.Conversation, r.Stream, r.N
	case *chat.Join:
		e.Conversation, e.ID = r.Conversation, r.ID
	case *chat.Leave:
		e.Conversation, e.ID = r.Conversation, r.ID
	case *chat.Sync:
		e.Conversation, e.ID = r.Conversation, r.ID
	case *chat.Read:
		e.Conversation = r.Conversation
	case *chat.Delivered:
		e.Conversation = r.Conversation
	case *chat.Heartbeat:
		e.ID = r.ID
	}
	return e
}

// codeOf says what a log's error means to a client.
func codeOf(err error) chat.Code {
	switch {
	case errors.Is(err, ErrRefTooOld):
		return chat.RefTooOld
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrNotMember):
		return chat.NotMember
	case errors.Is(err, ErrCursor):
		return chat.BadRequest
	case errors.Is(err, ErrOverloaded):
		return chat.Overloaded
	}
	return chat.Unavailable
}
