package trace

import (
	"errors"
	"fmt"
	"time"
)

// line is an event as it stands in a trace.
type line struct {
	TimeNS       *int64  `json:"t_ns"` // since the first event
	Conversation *uint32 `json:"conv"`
	User         *uint32 `json:"user"`
	Action       string  `json:"action"`
	Size         *int    `json:"size,omitempty"` // of send, and of nothing else
}

func (e Event) line() line {
	ns := int64(e.At)
	l := line{TimeNS: &ns, Conversation: &e.Conversation, User: &e.User, Action: e.Action.String()}
	if e.Action == Send {
		l.Size = &e.Size
	}
	return l
}

func (l line) event() (Event, error) {
	if l.TimeNS == nil || l.Conversation == nil || l.User == nil {
		return Event{}, errors.New("an event needs t_ns, conv and user")
	}
	e := Event{At: time.Duration(*l.TimeNS), Conversation: *l.Conversation, User: *l.User}
	for a := Send; a <= Rename; a++ {
		if a.String() == l.Action {
			e.Action = a
		}
	}
	switch {
	case e.Action == 0:
		return Event{}, fmt.Errorf("action %q: must be send, join, leave or rename", l.Action)
	case (e.Action == Send) != (l.Size != nil):
		return Event{}, errSizeOf(e.Action)
	case l.Size != nil:
		e.Size = *l.Size
	}
	return e, nil
}

// grammar checks events against their header and against each other.
type grammar struct {
	header  *Header
	members []map[uint32]bool
	last    time.Duration
	events  int
}

func newGrammar(h *Header) (*grammar, error) {
	if err := h.Validate(); err != nil {
		return nil, err
	}
	g := &grammar{header: h, members: make([]map[uint32]bool, len(h.Conversations))}
	for i, c := range h.Conversations {
		g.members[i] = make(map[uint32]bool, len(c.Members))
		for _, u := range c.Members {
			g.members[i][u] = true
		}
	}
	return g, nil
}

// take says whether e may be the next event.
func (g *grammar) take(e Event) error {
	switch {
	case g.events >= g.header.Events:
		return fmt.Errorf("more than the %d events that the header names", g.header.Events)
	case e.At < g.last || e.At > maxSpan:
		return fmt.Errorf("t_ns %d is before the last event (%d) or too far", e.At, g.last)
	case int64(e.Conversation) >= int64(len(g.members)):
		return fmt.Errorf("conv %d of %d conversations", e.Conversation, len(g.members))
	case !g.members[e.Conversation][e.User]:
		return fmt.Errorf("user %d is not a member of conv %d", e.User, e.Conversation)
	case e.Size < 0 || e.Size > maxSize:
		return fmt.Errorf("size %d: must be 0 to %d bytes", e.Size, maxSize)
	case e.Action != Send && e.Size != 0:
		return errSizeOf(e.Action)
	}
	g.last = e.At
	g.events++
	return nil
}

// end says whether all events are there.
func (g *grammar) end() error {
	if g.events < g.header.Events {
		return fmt.Errorf("ends after %d of %d events: it was cut off", g.events, g.header.Events)
	}
	return nil
}

func errSizeOf(a Action) error {
	return fmt.Errorf("size belongs to send, which needs it, and to no other action: this is %v", a)
}
