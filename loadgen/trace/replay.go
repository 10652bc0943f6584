package trace

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/seed886cd727/throng/loadgen/pace"
	"github.com/seed886cd727/throng/loadgen/plan"
	"github.com/seed886cd727/throng/loadgen/population"
)

// FitInto is how long a replay takes at the default speed, at most.
const FitInto = 60 * time.Second

// Settings is how a trace is replayed.
type Settings struct {
	Speed   float64       // trace time over run time; 0 makes the trace fit into FitInto, and never slows it
	MaxGap  time.Duration // of trace time: longer silences between sends are cut to it; 0 keeps them
	Copies  int           // how many times, side by side and in step; 0 is 1
	Devices int           // of each user; 0 is 1. The first one sends
	Phase   int           // what Send.Phase shall be
}

// Replay is a trace that is ready to be sent again: every message of it, at its
// time and of its size. Who is named in a conversation is a member of it from the
// start; joins, leaves and renames are not replayed. It is not changed once made.
type Replay struct {
	trace      *Trace
	settings   Settings
	population *population.Population
	sends      []Event
	due        []time.Duration
}

// NewReplay prepares a replay. What Settings left open is filled in.
func NewReplay(t *Trace, s Settings) (*Replay, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	s.Copies, s.Devices = max(s.Copies, 1), max(s.Devices, 1)
	r := &Replay{trace: t, settings: s}
	var err error
	if r.population, err = t.population(s.Copies, s.Devices); err != nil {
		return nil, fmt.Errorf("population of the trace: %w", err)
	}
	for _, e := range t.Events {
		if e.Action == Send {
			r.sends = append(r.sends, e)
		}
	}
	r.schedule()
	return r, nil
}

func (s Settings) validate() error {
	var faults []error
	if !(s.Speed >= 0) || math.IsInf(s.Speed, 0) {
		faults = append(faults, fmt.Errorf("speed %v: must be a positive number, or 0 to fit into %v", s.Speed, FitInto))
	}
	if s.MaxGap < 0 || s.Copies < 0 || s.Devices < 0 {
		faults = append(faults, fmt.Errorf("max_gap %v, copies %d, devices %d: must not be negative", s.MaxGap, s.Copies, s.Devices))
	}
	return errors.Join(faults...)
}

// schedule sets when each send is due: silences cut, the first send at 0, divided
// by the speed.
func (r *Replay) schedule() {
	r.due = make([]time.Duration, len(r.sends))
	for i := 1; i < len(r.sends); i++ {
		gap := r.sends[i].At - r.sends[i-1].At
		if r.settings.MaxGap > 0 {
			gap = min(gap, r.settings.MaxGap)
		}
		r.due[i] = r.due[i-1] + gap
	}
	span, fit := r.Duration(), r.settings.Speed == 0
	if fit {
		r.settings.Speed = max(float64(span)/float64(FitInto), 1)
	}
	for i, at := range r.due {
		r.due[i] = time.Duration(min(float64(at)/r.settings.Speed, math.MaxInt64/2))
		if fit {
			r.due[i] = min(r.due[i], FitInto-1) // a phase of FitInto holds the last one too
		}
	}
}

// Settings are those that are in effect: the speed is never 0.
func (r *Replay) Settings() Settings { return r.settings }

// Population is the users and conversations of all copies: user u of copy c is
// number c·users + u, conversations likewise.
func (r *Replay) Population() *population.Population { return r.population }

// Len is how many sends there are, over all copies.
func (r *Replay) Len() int { return len(r.sends) * r.settings.Copies }

// Duration is when the last send is due.
func (r *Replay) Duration() time.Duration {
	if len(r.due) == 0 {
		return 0
	}
	return r.due[len(r.due)-1]
}

// Sends is the part of the replay that the users of a share send. Many shares may
// be walked at once, each by one goroutine.
func (r *Replay) Sends(share population.Share) (plan.Source, error) {
	if err := share.Validate(); err != nil {
		return nil, err
	}
	s := &replaySends{replay: r, schedule: &pace.Recorded{At: r.due}, copy: r.settings.Copies}
	s.from, s.to = share.Users(r.population.Users())
	return s, nil
}

// replaySends walks a replay: each recorded send, once for every copy.
type replaySends struct {
	replay   *Replay
	schedule *pace.Recorded
	from, to uint32 // users of the share
	due      time.Duration
	event    uint64
	copy     int // that is next for the event
}

// Next implements plan.Source.
func (s *replaySends) Next() (plan.Send, bool) {
	r := s.replay
	for {
		if s.copy == r.settings.Copies {
			var ok bool
			if s.due, s.event, ok = s.schedule.Next(); !ok {
				return plan.Send{}, false
			}
			s.copy = 0
		}
		e, n := r.sends[s.event], uint32(s.copy)
		s.copy++
		sender := n*uint32(len(r.trace.Users)) + e.User
		if sender < s.from || sender >= s.to {
			continue
		}
		return plan.Send{
			K:            s.event*uint64(r.settings.Copies) + uint64(n),
			Due:          s.due,
			Phase:        r.settings.Phase,
			Conversation: n*uint32(len(r.trace.Conversations)) + e.Conversation,
			Sender:       sender,
			Size:         e.Size,
		}, true
	}
}

// groupsUpTo is how many members make a channel of what a trace calls a
// conversation: from there on, writing to every member costs more than it saves.
const groupsUpTo = 100

// population is everyone in the trace, once for each copy.
func (t *Trace) population(copies, devices int) (*population.Population, error) {
	if copies > math.MaxUint32/max(len(t.Users), len(t.Conversations), 1) {
		return nil, fmt.Errorf("%d copies of %d users: too many", copies, len(t.Users))
	}
	var all []population.Listed
	for n := range uint32(copies) {
		for _, c := range t.Conversations {
			kind := population.Group
			if len(c.Members) > groupsUpTo {
				kind = population.Channel
			}
			members := make([]uint32, len(c.Members))
			for i, u := range c.Members {
				members[i] = n*uint32(len(t.Users)) + u
			}
			all = append(all, population.Listed{Kind: kind, Members: members})
		}
	}
	return population.FromLists(copies*len(t.Users), devices, all)
}
