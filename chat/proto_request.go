package chat

// request reads the operation of a client.
func (d *protoDecoder) request(op Op, r *protoReader, again bool) Request {
	switch op {
	case OpHello:
		return d.readHello(r, again)
	case OpSend:
		return d.readSend(r, again)
	case OpJoin:
		j := fresh(&d.join, again)
		d.readMembership(r, &j.ID, &j.Conversation)
		return j
	case OpLeave:
		l := fresh(&d.leave, again)
		d.readMembership(r, &l.ID, &l.Conversation)
		return l
	case OpDelivered:
		c := fresh(&d.delivered, again)
		d.readCursor(r, &c.Conversation, &c.At)
		return c
	case OpRead:
		c := fresh(&d.read, again)
		d.readCursor(r, &c.Conversation, &c.At)
		return c
	case OpSync:
		return d.readSync(r, again)
	}
	return d.readHeartbeat(r, again)
}

func (d *protoDecoder) readHello(r *protoReader, again bool) *Hello {
	h := fresh(&d.hello, again)
	for r.next() {
		switch r.field {
		case 1:
			h.User = d.user(r)
		case 2:
			h.Device = DeviceID(d.name(r))
		case 3:
			h.Token = string(r.text())
		case 4:
			h.Stream = r.stream()
		}
	}
	return h
}

func (d *protoDecoder) readSend(r *protoReader, again bool) *Send {
	s := fresh(&d.send, again)
	for r.next() {
		switch r.field {
		case 1:
			s.Conversation = d.conversation(r)
		case 2:
			s.Stream = r.stream()
		case 3:
			s.N = r.number()
		case 4:
			s.Body = d.body(r)
		}
	}
	s.Body = orEmpty(s.Body)
	return s
}

func (d *protoDecoder) readMembership(r *protoReader, id *uint64, conversation *ConversationID) {
	for r.next() {
		switch r.field {
		case 1:
			*id = r.number()
		case 2:
			*conversation = d.conversation(r)
		}
	}
}

func (d *protoDecoder) readCursor(r *protoReader, conversation *ConversationID, at *Position) {
	for r.next() {
		switch r.field {
		case 1:
			*conversation = d.conversation(r)
		case 2:
			at.Epoch = r.epoch()
		case 3:
			at.Seq = Seq(r.number())
		}
	}
}

func (d *protoDecoder) readSync(r *protoReader, again bool) *Sync {
	s := fresh(&d.sync, again)
	for r.next() {
		switch r.field {
		case 1:
			s.ID = r.number()
		case 2:
			s.Conversation = d.conversation(r)
		case 3:
			s.Epoch = r.epoch()
		case 4:
			s.From = Seq(r.number())
		case 5:
			s.To = Seq(r.number())
		}
	}
	return s
}

func (d *protoDecoder) readHeartbeat(r *protoReader, again bool) *Heartbeat {
	h := fresh(&d.heartbeat, again)
	for r.next() {
		if r.field == 1 {
			h.ID = r.number()
		}
	}
	return h
}
