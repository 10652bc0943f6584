package conversation

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// acceptHello hands a hello to a worker: it reads what the user is a member of.
func (s *Service) acceptHello(c *Session, h chat.Hello) {
	if !c.phase.CompareAndSwap(expecting, welcoming) {
		return
	}
	c.Out.Hold()
	if !s.workers.do(&helloJob{s, c, h}) {
		s.refuse(c, refusal(&h, chat.Overloaded, "too many are connecting"))
		c.End(chat.CloseTryLater, "too many are connecting")
	}
}

type helloJob struct {
	service *Service
	session *Session
	hello   chat.Hello
}

func (j *helloJob) turn(*scratch) (again bool, pause time.Duration) {
	j.service.hello(j.session, &j.hello)
	j.session.Out.Flush()
	return false, 0
}

// hello answers a hello. The order is what makes the resume airtight:
//
// 1. The session is registered before its memberships are read: a join or leave
// that the reading did not see is told to a session that is known.
// 2. It is subscribed before the heads are read: an entry that a head does not
// count is published to a session that is subscribed.
// 3. What is published meanwhile is held until the states are queued.
func (s *Service) hello(c *Session, h *chat.Hello) {
	if err := s.identify(c, h); err != nil {
		s.refuse(c, refusal(h, chat.Unauthorized, err.Error()))
		c.End(chat.CloseUnauthorized, "unauthorized")
		return
	}
	if !s.register(c) {
		return
	}
	list, err := s.log.Memberships(c.user(), c.device())
	if err == nil {
		list, err = s.enterAll(c, list)
	}
	if err != nil {
		s.refuse(c, refusal(h, codeOf(err), "the log cannot be read"))
		c.End(chat.CloseTryLater, "the log cannot be read")
		return
	}
	s.welcome(c, list, c.stream == h.Stream)
}

// identify sets who speaks, and on which stream.
func (s *Service) identify(c *Session, h *chat.Hello) error {
	user, err := s.auth.Authenticate(h)
	if err != nil {
		return err
	}
	if user == "" || len(user) > chat.MaxID {
		return fmt.Errorf("a user's id has 1 to %d bytes", chat.MaxID)
	}
	stream := h.Stream
	if judgeStream(stream, s.clock()) != nil {
		if stream, err = s.streams(); err != nil {
			return fmt.Errorf("issue a stream: %w", err)
		}
	}
	c.name(user, h.Device)
	c.stream = stream
	if s.config.SendsPerSecond > 0 {
		c.limit = new(allowance)
	}
	return nil
}

// register makes the session known, in the place of an earlier connection of the
// same session. It reports false when the connection is gone already.
func (s *Service) register(c *Session) bool {
	c.mu.Lock()
	if c.phase.Load() == closed {
		c.mu.Unlock()
		return false
	}
	replaced := s.users.add(c)
	c.known = true
	c.mu.Unlock()
	if replaced != nil {
		s.counts.Replaced.Add(1)
		replaced.End(chat.CloseReplaced, "the session came back on another connection")
	}
	return true
}

// enterAll subscribes the session to all that it is a member of, and brings the
// heads up to date. What it left meanwhile, or what was removed, is left out.
func (s *Service) enterAll(c *Session, list []Membership) ([]Membership, error) {
	c.expectMemberships(len(list))
	for _, m := range list {
		c.enter(s.rooms, m.Conversation, m.Kind, m.First)
	}
	kept := list[:0]
	for _, m := range list {
		if _, ok := c.member(m.Conversation); !ok {
			continue
		}
		state, err := s.log.Conversation(m.Conversation)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		m.Head = state.Head
		kept = append(kept, m)
	}
	return kept, nil
}

func (s *Service) welcome(c *Session, list []Membership, resumed bool) {
	c.Out.Push(&chat.Welcome{
		User: c.user(), Device: c.device(), Stream: c.stream, Resumed: resumed,
		Node: s.config.Node, Conversations: len(list), Heartbeat: s.config.Heartbeat,
		MaxFrame: s.config.MaxFrame, MaxBody: s.config.MaxBody, RefMaxAge: chat.RefMaxAge,
	})
	for states := range stateEvents(list) {
		c.Out.Push(states)
	}
	if !c.welcomed() {
		return
	}
	s.counts.Welcomed.Add(1)
	if !c.Out.Release(countedBy(list)) {
		c.End(chat.CloseSlowReader, "too much came in while connecting")
	}
}

// countedBy says which entries the heads of memberships count. Without it they
// would come twice: live, and when the client asks for what it lacks.
func countedBy(list []Membership) func(chat.ConversationID, chat.Position) bool {
	var heads map[chat.ConversationID]chat.Position // made when asked for: mostly nothing was held
	return func(id chat.ConversationID, at chat.Position) bool {
		if heads == nil {
			heads = make(map[chat.ConversationID]chat.Position, len(list))
			for _, m := range list {
				heads[m.Conversation] = m.Head
			}
		}
		head, ok := heads[id]
		return ok && at.Epoch == head.Epoch && at.Seq <= head.Seq
	}
}

// stateEvents lists memberships in events of at most chat.MaxStates. There is
// always one, that nothing follows.
func stateEvents(list []Membership) func(func(*chat.State) bool) {
	return func(yield func(*chat.State) bool) {
		if len(list) == 0 {
			yield(&chat.State{})
			return
		}
		left := len(list)
		for part := range slices.Chunk(list, chat.MaxStates) {
			left -= len(part)
			e := &chat.State{More: left > 0, Conversations: make([]chat.ConversationState, 0, len(part))}
			for _, m := range part {
				e.Conversations = append(e.Conversations, chat.ConversationState{
					Conversation: m.Conversation, Kind: m.Kind, Head: m.Head,
					First: m.First, Delivered: m.Delivered, Read: m.Read,
				})
			}
			if !yield(e) {
				return
			}
		}
	}
}
