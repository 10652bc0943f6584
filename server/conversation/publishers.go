package conversation

import (
	"hash/maphash"
	"sync"

	"github.com/seed886cd727/throng/chat"
)

// Publishers tells what the log took, while the log waits for its next fsync.
//
// 1. A conversation always has the same publisher, so its writes are told in the
// log's order.
// 2. Each publisher's queue is bounded. A full one makes Committed wait, and so
// the log, and so, in the end, those who send.
type Publishers struct {
	seed   maphash.Seed
	queues []chan []*Write
	wg     sync.WaitGroup
}

// NewPublishers starts n publishers whose queues hold `queue` batches each.
// Close ends them.
func NewPublishers(c Config, rooms Rooms, users *Directory, counts *Counts) *Publishers {
	p := &Publishers{seed: maphash.MakeSeed(), queues: make([]chan []*Write, c.Publishers)}
	for i := range p.queues {
		p.queues[i] = make(chan []*Write, c.PublishQueue)
		one := &publisher{queue: p.queues[i], out: rooms.Publisher(), rooms: rooms, users: users, counts: counts}
		p.wg.Go(one.run)
	}
	return p
}

// Committed is what a log is opened with. Calls come one at a time.
func (p *Publishers) Committed(batch []*Write) {
	if len(batch) == 1 {
		p.queues[p.shard(batch[0])] <- []*Write{batch[0]}
		return
	}
	parts := make([][]*Write, len(p.queues))
	for _, w := range batch {
		i := p.shard(w)
		if parts[i] == nil {
			parts[i] = make([]*Write, 0, len(batch))
		}
		parts[i] = append(parts[i], w)
	}
	for i, part := range parts {
		if len(part) > 0 {
			p.queues[i] <- part
		}
	}
}

// Waiting is how many batches wait to be told.
func (p *Publishers) Waiting() (n int) {
	for _, q := range p.queues {
		n += len(q)
	}
	return n
}

// Close tells what still waits and ends the publishers. The log must be closed.
func (p *Publishers) Close() {
	for _, q := range p.queues {
		close(q)
	}
	p.wg.Wait()
}

func (p *Publishers) shard(w *Write) uint64 {
	return maphash.String(p.seed, string(w.Conversation)) % uint64(len(p.queues))
}

// publisher tells the writes of its conversations, on a goroutine of its own.
type publisher struct {
	queue  chan []*Write
	out    Publisher
	rooms  Rooms
	users  *Directory
	counts *Counts

	// What a batch says is gathered here; nobody keeps it.
	message  chat.Message
	member   chat.Member
	ack      chat.Ack
	receipts map[reader]receipt
	order    []reader
	sessions []*Session
}

type reader struct {
	conversation chat.ConversationID
	user         chat.UserID
}

type receipt struct {
	at   chat.Position
	from *Session
}

// glued is about how many writes are told before connections are written to,
// where that many wait: what several of them have for one connection leaves in
// one system call.
const glued = 1024

func (p *publisher) run() {
	p.receipts = make(map[reader]receipt)
	for batch := range p.queue {
		p.tell(batch)
		for n := len(batch); n < glued; {
			more, ok := p.poll()
			if !ok {
				break
			}
			p.tell(more)
			n += len(more)
		}
		p.tellReceipts()
		p.out.Flush()
	}
}

// poll takes what waits already.
func (p *publisher) poll() (batch []*Write, ok bool) {
	select {
	case batch, ok = <-p.queue:
		return batch, ok
	default:
		return nil, false
	}
}

func (p *publisher) tell(batch []*Write) {
	for _, w := range batch {
		switch w.Verb {
		case Append:
			p.tellAppend(w)
		case Join, Leave:
			p.tellMember(w)
		case Read, Delivered:
			p.tellCursor(w)
		}
	}
	p.counts.Published.Add(uint64(len(batch)))
	p.counts.PublishedInBatch.Add(1)
}

func (p *publisher) tellAppend(w *Write) {
	from, _ := w.From.(*Session)
	if w.Err != nil {
		r := &chat.Send{Conversation: w.Conversation, Stream: w.Ref.Stream, N: w.Ref.N}
		p.refuse(from, refusal(r, codeOf(w.Err), w.Err.Error()))
		return
	}
	p.ack = chat.Ack{Conversation: w.Conversation, Stream: w.Ref.Stream, N: w.Ref.N, At: w.At, Time: w.Time, Duplicate: w.Duplicate}
	p.acknowledge(from, w)
	if w.Duplicate {
		return // everyone was told the first time
	}
	p.message = chat.Message{Conversation: w.Conversation, Entry: chat.Entry{At: w.At, User: w.User, Time: w.Time, Body: w.Body}}
	p.counts.Messages.Add(1)
	p.counts.BodyBytes.Add(uint64(len(w.Body)))
	p.out.Publish(w.Conversation, &p.message, nil)
}

func (p *publisher) acknowledge(to *Session, w *Write) {
	if to == nil {
		return
	}
	p.counts.Acks.Add(1)
	if w.Duplicate {
		p.counts.Duplicates.Add(1)
	}
	p.out.Push(to.Out, &p.ack)
}

func (p *publisher) refuse(to *Session, e *chat.Error) {
	if to == nil {
		return
	}
	p.counts.Refused.Add(1)
	p.out.Push(to.Out, e)
}

// tellMember changes the rooms in the middle of the conversation's own order: a
// joiner hears its own joining first of all, a leaver its own leaving last.
func (p *publisher) tellMember(w *Write) {
	mark, ok := w.From.(*asked)
	if !ok {
		return
	}
	if w.Err != nil {
		p.refuse(mark.session, refusal(mark.request, codeOf(w.Err), w.Err.Error()))
		return
	}
	p.ack = chat.Ack{Conversation: w.Conversation, ID: mark.id, At: w.At, Time: w.Time, Duplicate: w.Duplicate}
	p.acknowledge(mark.session, w)
	if w.Duplicate {
		return
	}
	p.counts.Members.Add(1)
	p.member = chat.Member{Conversation: w.Conversation, Entry: chat.Entry{At: w.At, User: w.User, Time: w.Time, Change: chat.Left}}
	p.sessions = p.users.of(w.User, p.sessions[:0])
	if w.Verb == Join {
		p.member.Change = chat.Joined
		for _, c := range p.sessions {
			c.enter(p.rooms, w.Conversation, mark.kind, w.At.Seq)
		}
	}
	p.out.Publish(w.Conversation, &p.member, nil)
	if w.Verb == Leave {
		for _, c := range p.sessions {
			c.depart(p.rooms, w.Conversation, w.At.Seq)
		}
	}
	clear(p.sessions)
}

// tellCursor keeps a read cursor until the end of the batch: only the newest of
// each reader is told. Nobody hears of delivered cursors.
func (p *publisher) tellCursor(w *Write) {
	from, _ := w.From.(*Session)
	if w.Err != nil {
		p.refuseCursor(from, w)
		return
	}
	if w.Verb == Delivered || w.Duplicate {
		return
	}
	key := reader{w.Conversation, w.User}
	if _, ok := p.receipts[key]; !ok {
		p.order = append(p.order, key)
	}
	p.receipts[key] = receipt{w.At, from}
}

// refuseCursor ends a connection whose cursor lies where nothing is: no honest
// client has seen it.
func (p *publisher) refuseCursor(from *Session, w *Write) {
	var r chat.Request = &chat.Read{Conversation: w.Conversation}
	if w.Verb == Delivered {
		r = &chat.Delivered{Conversation: w.Conversation}
	}
	e := refusal(r, codeOf(w.Err), w.Err.Error())
	p.refuse(from, e)
	if from != nil && e.Code == chat.BadRequest {
		from.End(chat.CloseBadRequest, e.Text)
	}
}

func (p *publisher) tellReceipts() {
	for _, key := range p.order {
		r := p.receipts[key]
		var except Outbox
		if r.from != nil {
			except = r.from.Out
		}
		p.counts.Receipts.Add(1)
		p.out.Publish(key.conversation, &chat.Receipt{Conversation: key.conversation, User: key.user, At: r.at}, except)
	}
	clear(p.receipts)
	p.order = p.order[:0]
}
