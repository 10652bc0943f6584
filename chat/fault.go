package chat

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// What must hold of an operation whatever carried it. Decoders ask before they
// hand one out. The faults of operations are each a *SyntaxError; those of single
// values, at the end of this file, are told by the decoder with the place.

func (r *Hello) fault() error {
	return checks(short("user", string(r.User), MaxID), requireID("device", string(r.Device)), short("token", r.Token, MaxToken))
}

func (r *Send) fault() error {
	return checks(requireID("conv", string(r.Conversation)), positive("n", r.N))
}

func (r *Join) fault() error {
	return checks(requireID("conv", string(r.Conversation)), positive("id", r.ID))
}

func (r *Leave) fault() error {
	return checks(requireID("conv", string(r.Conversation)), positive("id", r.ID))
}

func (r *Delivered) fault() error {
	return checks(requireID("conv", string(r.Conversation)), r.At.fault())
}

func (r *Read) fault() error {
	return checks(requireID("conv", string(r.Conversation)), r.At.fault())
}

func (r *Sync) fault() error {
	return checks(requireID("conv", string(r.Conversation)), positive("id", r.ID), positive("from", uint64(r.From)))
}

func (*Heartbeat) fault() error { return nil }

func (e *Welcome) fault() error { return requireID("user", string(e.User)) }

func (e *State) fault() error {
	for i := range e.Conversations {
		if err := requireID("conv", string(e.Conversations[i].Conversation)); err != nil {
			return err
		}
	}
	return nil
}

// The answer to a join may be without a seq: of a member in a conversation
// without entries it tells the head, which is 0.
func (e *Ack) fault() error {
	if e.ID != 0 {
		return checks(requireID("conv", string(e.Conversation)), positive("epoch", uint64(e.At.Epoch)))
	}
	return checks(requireID("conv", string(e.Conversation)), e.At.fault())
}

func (e *Message) fault() error {
	if e.Change != None {
		return &SyntaxError{Reason: "a message changes no members"}
	}
	return checks(requireID("conv", string(e.Conversation)), e.At.fault())
}

func (e *Member) fault() error {
	if e.Change == None {
		return &SyntaxError{Reason: "change is missing"}
	}
	return checks(requireID("conv", string(e.Conversation)), e.At.fault())
}

func (e *Receipt) fault() error {
	return checks(requireID("conv", string(e.Conversation)), requireID("user", string(e.User)), e.At.fault())
}

func (e *Entries) fault() error { return requireID("conv", string(e.Conversation)) }

func (e *Synced) fault() error { return requireID("conv", string(e.Conversation)) }

func (*Drain) fault() error { return nil }

func (*Error) fault() error { return nil }

func (p Position) fault() error {
	return checks(positive("epoch", uint64(p.Epoch)), positive("seq", uint64(p.Seq)))
}

// checks gives the first fault.
func checks(faults ...error) error {
	for _, err := range faults {
		if err != nil {
			return err
		}
	}
	return nil
}

func positive(name string, n uint64) error {
	if n == 0 {
		return &SyntaxError{Reason: name + " must be at least 1"}
	}
	return nil
}

func requireID(name, id string) error {
	if id == "" {
		return &SyntaxError{Reason: name + " is missing"}
	}
	return short(name, id, MaxID)
}

func short(name, s string, limit int) error {
	if len(s) > limit {
		return &SyntaxError{Reason: fmt.Sprintf("%s is longer than %d bytes", name, limit)}
	}
	return nil
}

// exact refuses a number that a browser could not hold.
func exact(n uint64) error {
	if n > MaxN {
		return errors.New("a number is at most 2^53-1")
	}
	return nil
}

func inEpoch(n uint64) error {
	if n > math.MaxUint32 {
		return errors.New("an epoch is at most 2^32-1")
	}
	return nil
}

func tooMany(what string, limit int) error {
	return fmt.Errorf("more than %d %s", limit, what)
}

// millis is a duration as it travels.
func millis(ms uint64) (time.Duration, error) {
	if ms > uint64(math.MaxInt64/time.Millisecond) {
		return 0, errors.New("a duration is at most 292 years")
	}
	return time.Duration(ms) * time.Millisecond, nil
}

// moment is a time as it travels: milliseconds since 1970, 0 for none.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
