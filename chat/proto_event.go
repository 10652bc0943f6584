package chat

// event reads the operation of a server.
func (d *protoDecoder) event(op Op, r *protoReader, again bool) Event {
	switch op {
	case OpMessage:
		return d.readMessage(r, again)
	case OpAck:
		return d.readAck(r, again)
	case OpReceipt:
		return d.readReceipt(r, again)
	case OpMember:
		return d.readMember(r, again)
	case OpEntries:
		return d.readEntries(r, again)
	case OpSynced:
		return d.readSynced(r, again)
	case OpWelcome:
		return d.readWelcome(r, again)
	case OpState:
		return d.readState(r, again)
	case OpDrain:
		return d.readDrain(r, again)
	case OpError:
		return d.readError(r, again)
	}
	return d.readHeartbeat(r, again)
}

func (d *protoDecoder) readMessage(r *protoReader, again bool) *Message {
	m := fresh(&d.message, again)
	for r.next() {
		switch r.field {
		case 1:
			m.Conversation = d.conversation(r)
		default:
			d.entry(r, &m.Entry)
		}
	}
	settle(&m.Entry)
	return m
}

func (d *protoDecoder) readMember(r *protoReader, again bool) *Member {
	m := fresh(&d.member, again)
	for r.next() {
		switch r.field {
		case 1:
			m.Conversation = d.conversation(r)
		default:
			d.entry(r, &m.Entry)
		}
	}
	settle(&m.Entry)
	return m
}

func (d *protoDecoder) readAck(r *protoReader, again bool) *Ack {
	a := fresh(&d.ack, again)
	for r.next() {
		switch r.field {
		case 1:
			a.Conversation = d.conversation(r)
		case 2:
			a.At.Epoch = r.epoch()
		case 3:
			a.At.Seq = Seq(r.number())
		case 4:
			a.Time = r.time()
		case 5:
			a.ID = r.number()
		case 6:
			a.Stream = r.stream()
		case 7:
			a.N = r.number()
		case 8:
			a.Duplicate = r.flag()
		}
	}
	return a
}

func (d *protoDecoder) readReceipt(r *protoReader, again bool) *Receipt {
	e := fresh(&d.receipt, again)
	for r.next() {
		switch r.field {
		case 1:
			e.Conversation = d.conversation(r)
		case 2:
			e.User = d.user(r)
		case 3:
			e.At.Epoch = r.epoch()
		case 4:
			e.At.Seq = Seq(r.number())
		}
	}
	return e
}

func (d *protoDecoder) readEntries(r *protoReader, again bool) *Entries {
	e := &d.entries
	if !again {
		*e = Entries{Entries: e.Entries[:0]}
	}
	for r.next() {
		switch r.field {
		case 1:
			e.ID = r.number()
		case 2:
			e.Conversation = d.conversation(r)
		case 3:
			d.appendEntry(r, e)
		}
	}
	return e
}

func (d *protoDecoder) appendEntry(r *protoReader, e *Entries) {
	if len(e.Entries) == MaxEntries {
		r.fail(tooMany("entries", MaxEntries))
		return
	}
	var one Entry
	in := r.message()
	for in.next() {
		d.entry(&in, &one)
	}
	r.fail(in.err)
	settle(&one)
	e.Entries = append(e.Entries, one)
}

func (d *protoDecoder) readSynced(r *protoReader, again bool) *Synced {
	s := fresh(&d.synced, again)
	for r.next() {
		switch r.field {
		case 1:
			s.ID = r.number()
		case 2:
			s.Conversation = d.conversation(r)
		case 3:
			r.position(&s.To)
		case 4:
			r.position(&s.Head)
		}
	}
	return s
}
