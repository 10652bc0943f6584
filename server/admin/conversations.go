package admin

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

const (
	// maxLine bounds one line of NDJSON, in bytes: MaxMembers ids of ordinary
	// length.
	maxLine = 16 << 20
	// A batch is handed to the log when it has this many conversations or members.
	batchConversations = 1000
	batchMembers       = 20_000
	// maxFaults is how many faults an answer names; it counts them all.
	maxFaults = 100
)

// Summary answers a stream of conversations.
type Summary struct {
	Created  int     `json:"created"`
	Existing int     `json:"existing"`
	Removed  int     `json:"removed,omitempty"`
	Failed   int     `json:"failed,omitempty"`
	Faults   []Fault `json:"errors,omitempty"` // the first 100 of them
}

// Fault says what is wrong with a line; lines count from 1.
type Fault struct {
	Line  int    `json:"line"`
	Error string `json:"error"`
}

func (s *Summary) fault(line int, err error) {
	s.Failed++
	if len(s.Faults) < maxFaults {
		s.Faults = append(s.Faults, Fault{line, err.Error()})
	}
}

// line is a conversation as it stands in NDJSON.
type line struct {
	ID      chat.ConversationID `json:"conv"`
	Kind    string              `json:"kind,omitempty"`
	Members []chat.UserID       `json:"members,omitempty"`
}

// provision creates conversations. What is wrong with one line does not touch
// the others: the answer's status is 400 if there was any, and its body says
// which.
func (a *api) provision(w http.ResponseWriter, r *http.Request) {
	p := provisioning{api: a, ctx: r.Context()}
	broken, err := eachLine(r.Body, func(n int, raw []byte) {
		spec, err := a.parse(raw)
		if err != nil {
			p.summary.fault(n, err)
			return
		}
		p.add(n, spec)
	})
	p.flush()
	if err != nil {
		p.summary.fault(broken, err)
	}
	respond(w, &p.summary)
}

// remove deletes conversations. Those that do not exist are passed over.
func (a *api) remove(w http.ResponseWriter, r *http.Request) {
	var s Summary
	var ids []chat.ConversationID
	first := 1
	flush := func() {
		removed, err := a.Log.Remove(r.Context(), ids)
		a.Service.Removed(ids)
		if s.Removed += removed; err != nil {
			s.fault(first, fmt.Errorf("remove %d conversations from this line on: %w", len(ids), err))
		}
		ids = ids[:0]
	}
	broken, err := eachLine(r.Body, func(n int, raw []byte) {
		var l line
		if err := decodeStrict(raw, &l); err != nil {
			s.fault(n, err)
			return
		}
		if len(ids) == 0 {
			first = n
		}
		if ids = append(ids, l.ID); len(ids) == batchConversations {
			flush()
		}
	})
	if len(ids) > 0 {
		flush()
	}
	if err != nil {
		s.fault(broken, err)
	}
	respond(w, &s)
}

func respond(w http.ResponseWriter, s *Summary) {
	w.Header().Set("Content-Type", "application/json")
	if s.Failed > 0 {
		w.WriteHeader(http.StatusBadRequest)
	}
	writeJSON(w, s)
}

// provisioning gathers lines into batches.
type provisioning struct {
	api     *api
	ctx     context.Context
	specs   []conversation.Spec
	lines   []int
	members int
	summary Summary
}

func (p *provisioning) add(line int, s conversation.Spec) {
	p.specs, p.lines = append(p.specs, s), append(p.lines, line)
	if p.members += len(s.Members); len(p.specs) >= batchConversations || p.members >= batchMembers {
		p.flush()
	}
}

// flush hands the batch to the log. If one of it cannot be, each is tried alone,
// so that the answer names the line.
func (p *provisioning) flush() {
	if len(p.specs) == 0 {
		return
	}
	if !p.try(p.specs) {
		for i := range p.specs {
			if err := p.one(p.specs[i : i+1]); err != nil {
				p.summary.fault(p.lines[i], err)
			}
		}
	}
	p.specs, p.lines, p.members = p.specs[:0], p.lines[:0], 0
}

func (p *provisioning) try(specs []conversation.Spec) bool { return p.one(specs) == nil }

func (p *provisioning) one(specs []conversation.Spec) error {
	created, existing, err := p.api.Log.Provision(p.ctx, specs)
	if err != nil {
		return err
	}
	p.summary.Created += created
	p.summary.Existing += existing
	p.api.Service.Provisioned(specs)
	return nil
}

func (a *api) parse(raw []byte) (conversation.Spec, error) {
	var l line
	if err := decodeStrict(raw, &l); err != nil {
		return conversation.Spec{}, err
	}
	kind, ok := chat.ParseKind(l.Kind)
	if !ok {
		return conversation.Spec{}, fmt.Errorf("unknown kind %q: direct, group or channel", l.Kind)
	}
	return conversation.Spec{ID: l.ID, Kind: kind, Members: l.Members}, a.judge(kind, l.Members)
}

func (a *api) judge(kind chat.Kind, members []chat.UserID) error {
	if kind == chat.Direct && len(members) != 2 {
		return fmt.Errorf("a direct conversation has 2 members, not %d", len(members))
	}
	if len(members) > a.MaxMembers {
		return fmt.Errorf("%d members; %d are allowed", len(members), a.MaxMembers)
	}
	seen := make(map[chat.UserID]bool, len(members))
	for _, u := range members {
		if err := validID("member", string(u)); err != nil {
			return err
		}
		if seen[u] {
			return fmt.Errorf("%q is a member twice", u)
		}
		seen[u] = true
	}
	return nil
}

func validID(what, id string) error {
	if id == "" || len(id) > chat.MaxID || !utf8.ValidString(id) {
		return fmt.Errorf("%s: an id has 1 to %d bytes of UTF-8", what, chat.MaxID)
	}
	return nil
}

func decodeStrict(raw []byte, l *line) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(l); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one object in the line")
	}
	return validID("conv", string(l.ID))
}

// eachLine calls do for each line that is not empty. It fails where a line is
// too long or the stream breaks off, and says in which line.
func eachLine(r io.Reader, do func(n int, raw []byte)) (broken int, err error) {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	n := 1
	for ; s.Scan(); n++ {
		if raw := bytes.TrimSpace(s.Bytes()); len(raw) > 0 {
			do(n, raw)
		}
	}
	switch err := s.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return n, fmt.Errorf("the line is longer than %d bytes", maxLine)
	case err != nil:
		return n, fmt.Errorf("read the line: %w", err)
	}
	return n, nil
}

// conversation tells a conversation's state.
func (a *api) conversation(w http.ResponseWriter, r *http.Request) {
	id := chat.ConversationID(r.PathValue("id"))
	s, err := a.Log.Conversation(id)
	if err != nil {
		fail(w, statusOf(err), err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	writeJSON(w, map[string]any{
		"conv": id, "kind": s.Kind.String(), "members": s.Members, "first": s.First,
		"head": map[string]any{"epoch": s.Head.Epoch, "seq": s.Head.Seq},
	})
}

// entry is a log entry as it stands in NDJSON.
type entry struct {
	Epoch  chat.Epoch  `json:"epoch"`
	Seq    chat.Seq    `json:"seq"`
	User   chat.UserID `json:"user"`
	At     time.Time   `json:"at"`
	Change string      `json:"change,omitempty"`
	Body   *string     `json:"body,omitempty"`
	B64    []byte      `json:"b64,omitempty"` // a body that is not UTF-8
}

// entries streams a range of a conversation's log, from ?from= (1) to ?to= (the
// head).
func (a *api) entries(w http.ResponseWriter, r *http.Request) {
	id := chat.ConversationID(r.PathValue("id"))
	state, err := a.Log.Conversation(id)
	if err != nil {
		fail(w, statusOf(err), err)
		return
	}
	from, err := seqParam(r, "from", max(1, state.First))
	if err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	to, err := seqParam(r, "to", state.Head.Seq)
	if err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	if to = min(to, state.Head.Seq); from > to {
		return
	}
	out, wrote := json.NewEncoder(w), false
	err = a.Log.Range(id, from, to, func(e chat.Entry) bool {
		wrote = true
		return r.Context().Err() == nil && out.Encode(lineOf(e)) == nil
	})
	if err != nil && !wrote {
		fail(w, statusOf(err), err)
	} else if err != nil {
		writeJSON(w, map[string]string{"error": err.Error()}) // the last line: too late for a status
	}
}

func lineOf(e chat.Entry) entry {
	l := entry{Epoch: e.At.Epoch, Seq: e.At.Seq, User: e.User, At: e.Time}
	switch {
	case e.Change == chat.Joined:
		l.Change = "joined"
	case e.Change == chat.Left:
		l.Change = "left"
	case utf8.Valid(e.Body):
		l.Body = new(string(e.Body))
	default:
		l.B64 = e.Body
	}
	return l
}

func seqParam(r *http.Request, name string, otherwise chat.Seq) (chat.Seq, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("?%s= is a seq, from 1 on", name)
	}
	return chat.Seq(n), nil
}
