package conversation

import (
	"errors"
	"fmt"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// acceptSync hands a range request to the workers.
func (s *Service) acceptSync(c *Session, r *chat.Sync) {
	m, ok := c.member(r.Conversation)
	switch {
	case !ok:
		s.refuse(c, refusal(r, chat.NotMember, "not a member of the conversation"))
		return
	case r.To != 0 && r.To < r.From:
		s.Reject(c, r, "the range ends before it starts")
		return
	case int(c.syncs.Load()) >= s.config.MaxSyncs:
		s.refuse(c, refusal(r, chat.Overloaded, "too many syncs are unanswered"))
		return
	}
	c.syncs.Add(1)
	if !s.workers.do(&syncJob{service: s, session: c, request: *r, member: m}) {
		c.syncs.Add(-1)
		s.refuse(c, refusal(r, chat.Overloaded, "too much waits"))
		return
	}
	s.counts.Syncs.Add(1)
}

// syncJob answers one range request, a part a turn, so that a long answer delays
// no other for longer than a part takes.
type syncJob struct {
	service *Service
	session *Session
	request chat.Sync
	member  membership
	started bool
	next    chat.Seq // the next entry to send
	to, end chat.Position
}

// syncPause is how long a sync waits for a client that does not keep up.
const syncPause = 20 * time.Millisecond

func (j *syncJob) turn(t *scratch) (again bool, pause time.Duration) {
	c := j.session
	if !c.Live() {
		return false, 0
	}
	if c.Out.Backlog() > j.service.config.SyncBacklog {
		return true, syncPause
	}
	done, err := j.part(t)
	if err != nil {
		j.fail(err)
	}
	c.Out.Flush()
	if done || err != nil {
		c.syncs.Add(-1)
		return false, 0
	}
	return true, 0
}

// part sends the next entries, and the end of the answer behind the last.
func (j *syncJob) part(t *scratch) (done bool, err error) {
	if !j.started {
		if err := j.start(); err != nil {
			return false, err
		}
	}
	if j.next <= j.to.Seq {
		if err := j.entries(t); err != nil {
			return false, err
		}
	}
	if j.next <= j.to.Seq {
		return false, nil
	}
	j.session.Out.Push(&chat.Synced{ID: j.request.ID, Conversation: j.request.Conversation, To: j.to, Head: j.end})
	return true, nil
}

// errForged says that a sync goes on from where no honest client can be.
var errForged = errors.New("the range starts behind the head")

// start settles what the answer will hold: all that the member is owed of the
// range, up to the head of this moment.
func (j *syncJob) start() error {
	r := &j.request
	state, err := j.service.log.Conversation(r.Conversation)
	if err != nil {
		return err
	}
	if r.From > state.Head.Seq+1 || r.Epoch > state.Head.Epoch {
		return errForged
	}
	if r.From < state.First {
		return &GoneError{max(state.First, j.member.first)}
	}
	j.started, j.end, j.to = true, state.Head, state.Head
	if r.To != 0 && r.To < state.Head.Seq {
		j.to.Seq = r.To
	}
	j.next = max(r.From, j.member.first)
	return nil
}

// entries sends one Entries event.
func (j *syncJob) entries(t *scratch) error {
	t.reset()
	err := j.service.log.Range(j.request.Conversation, j.next, j.to.Seq, func(e chat.Entry) bool { return t.take(e) })
	if err != nil {
		return err
	}
	if len(t.entries) == 0 {
		return fmt.Errorf("the log has nothing from %d on", j.next)
	}
	j.next = t.entries[len(t.entries)-1].At.Seq + 1
	j.service.counts.SyncEntries.Add(uint64(len(t.entries)))
	j.session.Out.Push(&chat.Entries{ID: j.request.ID, Conversation: j.request.Conversation, Entries: t.entries})
	return nil
}

func (j *syncJob) fail(err error) {
	if errors.Is(err, errForged) {
		j.service.Reject(j.session, &j.request, err.Error())
		return
	}
	e := refusal(&j.request, codeOf(err), "the log cannot be read")
	if gone, ok := errors.AsType[*GoneError](err); ok {
		e = refusal(&j.request, chat.Gone, gone.Error())
		e.First = gone.First
	}
	j.service.refuse(j.session, e)
}

// scratch is a worker's own: the entries of one event, with their bodies.
type scratch struct {
	entries []chat.Entry
	bodies  []byte
	size    int // of bodies and names
}

func (t *scratch) reset() { t.entries, t.bodies, t.size = t.entries[:0], t.bodies[:0], 0 }

// take keeps an entry and reports whether there is room for more.
func (t *scratch) take(e chat.Entry) bool {
	t.size += len(e.Body) + len(e.User)
	if len(t.entries) > 0 && t.size > chat.MaxEntriesBytes {
		return false
	}
	start := len(t.bodies)
	t.bodies = append(t.bodies, e.Body...)
	e.Body = t.bodies[start:len(t.bodies):len(t.bodies)]
	t.entries = append(t.entries, e)
	return len(t.entries) < chat.MaxEntries
}
