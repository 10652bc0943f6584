package conversation

import "github.com/seed886cd727/throng/chat"

// cursor submits the move of a cursor. Only the log knows how far one may move;
// it is answered only where it was forged.
func (s *Service) cursor(c *Session, r chat.Request, w *Write) {
	m, ok := c.member(w.Conversation)
	if !ok {
		s.refuse(c, refusal(r, chat.NotMember, "not a member of the conversation"))
		return
	}
	w.Conversation, w.User, w.From = m.topic.ID(), c.user(), c
	if err := s.log.Submit(w); err != nil {
		s.refuse(c, refusal(r, codeOf(err), err.Error()))
	}
}
