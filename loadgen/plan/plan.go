// Package plan says what a run sends: who, in which conversation, how much and
// when. A plan is a pure function of a population, the phases and a seed. The
// schedule is global, and each agent walks all of it and keeps the sends of its
// own users: so the sends of all shares together are the same, byte for byte,
// whatever the number of agents.
package plan

import (
	"errors"
	"fmt"
	"time"

	"github.com/seed886cd727/throng/loadgen/draw"
	"github.com/seed886cd727/throng/loadgen/pace"
	"github.com/seed886cd727/throng/loadgen/population"
)

// Arrival is how sends are spread over time.
type Arrival uint8

// The kinds of arrival.
const (
	Even    Arrival = iota // evenly spaced
	Poisson                // independent of each other
)

// String is the arrival's name in scenarios.
func (a Arrival) String() string {
	switch a {
	case Even:
		return "constant"
	case Poisson:
		return "poisson"
	}
	return fmt.Sprintf("arrival %d", uint8(a))
}

// Phase is a stretch of time in which the traffic is of one sort.
type Phase struct {
	For time.Duration
	// From and To are the sends per second of the whole population at the phase's
	// start and its end: a constant rate if they are the same, else a ramp.
	From, To float64
	Arrival  Arrival
	Size     draw.Distribution // of bodies, in bytes; nil is Plan.Size
}

// Plan is all sends of a run.
type Plan struct {
	Population *population.Population
	Phases     []Phase // one after the other
	Size       draw.Distribution
	Seed       uint64
}

// Send is one message to be sent. Numbers of conversation and user are the
// population's.
type Send struct {
	K            uint64        // counts up by one over the sends of the whole plan
	Due          time.Duration // since the start of the first phase
	Phase        int           // index into Plan.Phases
	Conversation uint32
	Sender       uint32
	Device       uint8
	Size         int // of the body, in bytes
}

// Source is sends in the order in which they are due. One goroutine uses it.
type Source interface {
	// Next is the next send; at the end ok is false, and stays false.
	Next() (send Send, ok bool)
}

// Validate names every fault of the plan.
func (p *Plan) Validate() error {
	var faults []error
	if p.Population == nil {
		faults = append(faults, errors.New("a plan without a population"))
	}
	traffic := false
	for i, phase := range p.Phases {
		if err := phase.validate(p.Size); err != nil {
			faults = append(faults, fmt.Errorf("phase %d: %w", i, err))
		}
		traffic = traffic || phase.From > 0 || phase.To > 0
	}
	if traffic && p.Population != nil && p.Population.Len() == 0 {
		faults = append(faults, errors.New("sends, but no conversations to send in"))
	}
	return errors.Join(faults...)
}

func (p Phase) validate(size draw.Distribution) error {
	var faults []error
	if err := p.stretch(nil).Validate(); err != nil {
		faults = append(faults, err)
	}
	if p.Arrival > Poisson {
		faults = append(faults, fmt.Errorf("%v: must be constant or poisson", p.Arrival))
	}
	if p.Size != nil {
		size = p.Size
	}
	switch {
	case size == nil && (p.From > 0 || p.To > 0):
		faults = append(faults, errors.New("sends without a size"))
	case size != nil:
		if err := size.Validate(); err != nil {
			faults = append(faults, fmt.Errorf("size: %w", err))
		}
	}
	return errors.Join(faults...)
}

// stretch is the phase as a stretch of the schedule.
func (p Phase) stretch(exponential pace.Gaps) pace.Stretch {
	if p.Arrival == Even {
		exponential = nil
	}
	return pace.Ramp(p.From, p.To, p.For, exponential)
}

// Duration is how long the phases take together.
func (p *Plan) Duration() time.Duration {
	sum := time.Duration(0)
	for _, phase := range p.Phases {
		sum += phase.For
	}
	return sum
}
