// Package population says who exists: users, their devices, and the
// conversations between them. It is computed from a seed, the same on every
// machine, so that an agent that simulates a tenth of the users knows all of
// them, and nothing has to be handed out but the seed.
package population

import (
	"errors"
	"fmt"

	"github.com/seed886cd727/throng/loadgen/draw"
)

// Kind is what sort of conversation it is.
type Kind uint8

// The kinds.
const (
	Direct  Kind = iota + 1 // between two users
	Group                   // few members; a message is written to each
	Channel                 // up to many thousand members, who read from the log
)

// String is the kind's name in the chat protocol and in scenarios.
func (k Kind) String() string {
	switch k {
	case Direct:
		return "direct"
	case Group:
		return "group"
	case Channel:
		return "channel"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Part is conversations of one sort. Two of Count, PerUser and Members are given
// (of a direct part one of Count and PerUser, since it has two members each), and
// the third follows.
type Part struct {
	Name string
	Kind Kind
	// Count is how many conversations there are.
	Count int
	// PerUser is in how many of them a user is, on average. All users have the
	// nearest whole number below or above it; in direct parts with an odd number of
	// users, where someone is left over in each round, one less than that or more.
	PerUser float64
	// Members is how many members a conversation has. What it gives is brought
	// into [2, users]. With PerUser, the last conversation takes what is left over
	// (and the one before it, if that is a single place).
	Members draw.Distribution
	// Senders is how many members of each conversation send, the first ones of
	// Members; 0 is all of them.
	Senders int
	// Share is how much of all sends go to this part, as a weight among the parts.
	// If no part has one, each counts by its number of conversations.
	Share float64
}

// Spec is a population to be made.
type Spec struct {
	Users   int
	Devices int // of each user; 0 is 1
	Parts   []Part
	Seed    uint64
}

const (
	maxUsers   = 1 << 26
	maxDevices = 255
	maxPlaces  = 1 << 30 // the sum of all members of all conversations
)

// Validate names every fault of the spec.
func (s Spec) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if s.Users < 1 || s.Users > maxUsers {
		fault("%d users: must be 1 to %d", s.Users, maxUsers)
	}
	if s.Devices < 0 || s.Devices > maxDevices {
		fault("%d devices a user: must be 1 to %d", s.Devices, maxDevices)
	}
	shared := 0
	for i, p := range s.Parts {
		if err := p.validate(s.Users); err != nil {
			fault("conversations %s: %w", p.label(i), err)
		}
		if p.Share > 0 {
			shared++
		}
	}
	if shared > 0 && shared < len(s.Parts) {
		fault("%d of %d parts of the conversations have a share of the sends: give it to all or to none", shared, len(s.Parts))
	}
	return errors.Join(faults...)
}

// label names a part in messages.
func (p Part) label(i int) string {
	if p.Name != "" {
		return p.Name
	}
	return fmt.Sprintf("part %d", i+1)
}

func (p Part) validate(users int) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if p.Kind < Direct || p.Kind > Channel {
		fault("%v: must be direct, group or channel", p.Kind)
	}
	if users < 2 {
		fault("needs 2 users, there are %d", users)
	}
	if p.Count < 0 || !(p.PerUser >= 0) || p.PerUser > maxUsers {
		fault("count %d, per_user %v: a negative or impossible number", p.Count, p.PerUser)
	}
	if p.Members != nil {
		if err := p.Members.Validate(); err != nil {
			fault("members: %w", err)
		}
	}
	given := 0
	for _, is := range []bool{p.Count > 0, p.PerUser > 0, p.Members != nil} {
		if is {
			given++
		}
	}
	switch {
	case p.Kind == Direct && p.Members != nil:
		fault("direct conversations have 2 members: leave members out")
	case p.Kind == Direct && given != 1:
		fault("give one of count and per_user; the other follows")
	case p.Kind != Direct && given != 2:
		fault("give two of count, per_user and members; the third follows")
	}
	if p.Share < 0 || p.Senders < 0 {
		fault("share %v, senders %d: must not be negative", p.Share, p.Senders)
	}
	return errors.Join(faults...)
}
