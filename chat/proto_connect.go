package chat

import "errors"

// Here are the events of a connection's beginning and end, and refusals.

func (d *protoDecoder) readWelcome(r *protoReader, again bool) *Welcome {
	w := fresh(&d.welcome, again)
	for r.next() {
		switch r.field {
		case 1:
			w.User = d.user(r)
		case 2:
			w.Device = DeviceID(d.name(r))
		case 3:
			w.Stream = r.stream()
		case 4:
			w.Node = d.name(r)
		case 5:
			w.Conversations = int(r.number())
		case 6:
			w.Heartbeat = r.millis()
		case 7:
			w.MaxFrame = int(r.number())
		case 8:
			w.MaxBody = int(r.number())
		case 9:
			w.RefMaxAge = r.millis()
		case 10:
			w.Resumed = r.flag()
		}
	}
	return w
}

func (d *protoDecoder) readState(r *protoReader, again bool) *State {
	s := &d.state
	if !again {
		*s = State{Conversations: s.Conversations[:0]}
	}
	for r.next() {
		switch r.field {
		case 1:
			d.appendState(r, s)
		case 2:
			s.More = r.flag()
		}
	}
	return s
}

func (d *protoDecoder) appendState(r *protoReader, s *State) {
	if len(s.Conversations) == MaxStates {
		r.fail(tooMany("conversations", MaxStates))
		return
	}
	var one ConversationState
	in := r.message()
	d.readConversation(&in, &one)
	r.fail(in.err)
	s.Conversations = append(s.Conversations, one)
}

func (d *protoDecoder) readConversation(r *protoReader, c *ConversationState) {
	for r.next() {
		switch r.field {
		case 1:
			c.Conversation = d.conversation(r)
		case 2:
			c.Kind = Kind(r.enum("kind", uint8(Channel)))
		case 3:
			r.position(&c.Head)
		case 4:
			c.First = Seq(r.number())
		case 5:
			r.position(&c.Delivered)
		case 6:
			r.position(&c.Read)
		}
	}
	if c.Kind == 0 {
		r.fail(errors.New("kind is missing"))
	}
}

func (d *protoDecoder) readDrain(r *protoReader, again bool) *Drain {
	e := fresh(&d.drain, again)
	for r.next() {
		switch r.field {
		case 1:
			e.Within = r.millis()
		case 2:
			e.Reason = string(r.text())
		case 3:
			e.Hint = string(r.text())
		}
	}
	return e
}

func (d *protoDecoder) readError(r *protoReader, again bool) *Error {
	e := fresh(&d.refusal, again)
	for r.next() {
		switch r.field {
		case 1:
			e.Code = Code(r.text())
		case 2:
			e.Text = string(r.text())
		case 3:
			e.Re = r.refused()
		case 4:
			e.ID = r.number()
		case 5:
			e.Conversation = d.conversation(r)
		case 6:
			e.Stream = r.stream()
		case 7:
			e.N = r.number()
		case 8:
			e.RetryAfter = r.millis()
		case 9:
			e.First = Seq(r.number())
		}
	}
	return e
}

// refused is the operation that an error names; one of a later version is 0.
func (r *protoReader) refused() Op {
	if n := int32(r.varint()); n >= 0 && n <= int32(OpError) {
		return Op(n)
	}
	return 0
}
