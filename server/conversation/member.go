package conversation

import (
	"errors"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// asked marks the write of a join or leave: who waits for its answer.
type asked struct {
	session *Session
	request chat.Request
	id      uint64
	kind    chat.Kind
}

// acceptJoin hands a join to a worker: what kind of conversation it is, is not
// known to a session that is no member.
func (s *Service) acceptJoin(c *Session, r chat.Join) {
	if !s.workers.do(&joinJob{s, c, r}) {
		s.refuse(c, refusal(&r, chat.Overloaded, "too much waits"))
	}
}

type joinJob struct {
	service *Service
	session *Session
	request chat.Join
}

func (j *joinJob) turn(*scratch) (again bool, pause time.Duration) {
	if e := j.service.join(j.session, &j.request); e != nil {
		j.service.refuse(j.session, e)
		j.session.Out.Flush()
	}
	return false, 0
}

func (s *Service) join(c *Session, r *chat.Join) *chat.Error {
	state, err := s.log.Conversation(r.Conversation)
	switch {
	case errors.Is(err, ErrNotFound):
		return refusal(r, chat.NotMember, "no such conversation")
	case err != nil:
		return refusal(r, codeOf(err), "the log cannot be read")
	case state.Kind == chat.Direct:
		return refusal(r, chat.NotAllowed, "a direct conversation has the members that it was made with")
	case state.Members >= s.config.MaxMembers:
		return refusal(r, chat.NotAllowed, "the conversation is full")
	}
	err = s.log.Submit(&Write{
		Verb: Join, Conversation: r.Conversation, User: c.user(),
		From: &asked{c, r, r.ID, state.Kind},
	})
	if err != nil {
		return refusal(r, codeOf(err), err.Error())
	}
	return nil
}

func (s *Service) leave(c *Session, r *chat.Leave) {
	m, ok := c.member(r.Conversation)
	switch {
	case !ok:
		s.refuse(c, refusal(r, chat.NotMember, "not a member of the conversation"))
		return
	case m.topic.Kind() == chat.Direct:
		s.refuse(c, refusal(r, chat.NotAllowed, "a direct conversation keeps its members"))
		return
	}
	kept := *r
	err := s.log.Submit(&Write{
		Verb: Leave, Conversation: m.topic.ID(), User: c.user(),
		From: &asked{c, &kept, r.ID, m.topic.Kind()},
	})
	if err != nil {
		s.refuse(c, refusal(r, codeOf(err), err.Error()))
	}
}

// Provisioned tells sessions of conversations that were made for their users
// while they were connected. It may block on disk.
func (s *Service) Provisioned(specs []Spec) {
	p := s.rooms.Publisher()
	defer p.Flush()
	var sessions []*Session
	for i := range specs {
		for _, user := range specs[i].Members {
			sessions = s.users.of(user, sessions[:0])
			for _, c := range sessions {
				s.admit(p, c, &specs[i])
			}
		}
	}
}

// admit subscribes first and reads the head then, as a hello does, and for the
// same reason.
func (s *Service) admit(p Publisher, c *Session, spec *Spec) {
	if !c.enter(s.rooms, spec.ID, spec.Kind, 1) {
		return
	}
	state, err := s.log.Conversation(spec.ID)
	if err != nil {
		return // removed again, or the log failed: the session finds out as it uses it
	}
	p.Push(c.Out, &chat.State{Conversations: []chat.ConversationState{{
		Conversation: spec.ID, Kind: spec.Kind, Head: state.Head, First: 1,
	}}})
}

// Removed makes everyone forget conversations that were deleted.
func (s *Service) Removed(ids []chat.ConversationID) {
	for _, id := range ids {
		s.rooms.Drop(id)
	}
}
