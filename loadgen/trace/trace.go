// Package trace is recorded traffic: who spoke when, where, and how much. What
// they said is private and no trace holds it: of a message, its size is kept.
//
// A trace is a text of JSON objects, one a line. The first is the header, with
// the names of users and conversations; each further one is an event, with
// numbers into those lists. IRC logs are imported, and a Replay turns a trace into
// a population and a plan of sends.
package trace

import (
	"errors"
	"fmt"
	"time"
)

// Schema is the version of the format that this package writes and reads.
const Schema = 1

// Action is what happened.
type Action uint8

// The actions.
const (
	Send   Action = iota + 1 // a message
	Join                     // a user came into the conversation
	Leave                    // a user went
	Rename                   // a user took another name, and stays the same user
)

// String is the action's name in a trace.
func (a Action) String() string {
	switch a {
	case Send:
		return "send"
	case Join:
		return "join"
	case Leave:
		return "leave"
	case Rename:
		return "rename"
	}
	return fmt.Sprintf("action %d", uint8(a))
}

// Event is a line of a trace.
type Event struct {
	At           time.Duration // since the first event; never goes back
	Conversation uint32        // index into Header.Conversations
	User         uint32        // index into Header.Users
	Action       Action
	Size         int // of a message, in bytes, as it stood in its source
}

// Header is the first line of a trace.
type Header struct {
	Schema int `json:"throng_trace"`
	// Start is when the first event was, as the sources name the time: their clock's
	// zone is not known.
	Start string `json:"start,omitempty"`
	// ResolutionNS is the coarsest unit of time of the sources, in ns: within it, times
	// are made up by Rules.
	ResolutionNS int64    `json:"resolution_ns"`
	Rules        []string `json:"rules,omitempty"` // how the importer read the sources
	Seed         uint64   `json:"seed"`            // of the importer's draws
	Sources      []Source `json:"sources,omitempty"`
	Events       int      `json:"events"` // lines that follow
	Users        []string `json:"users"`
	// Conversations have everyone as member who is named in them, from the start.
	Conversations []Conversation `json:"conversations"`
}

// Conversation is a place where people spoke.
type Conversation struct {
	Name    string   `json:"name"`
	Members []uint32 `json:"members"` // indexes into Header.Users, each once
}

// Source is a file that was imported, and what became of each of its lines:
// Lines = Messages + Joins + Leaves + Renames + the sum of LeftOut.
type Source struct {
	Name     string         `json:"name"`   // without its folder
	Format   string         `json:"format"` // what the importer took it for
	Lines    int            `json:"lines"`
	Messages int            `json:"messages"`
	Joins    int            `json:"joins"`
	Leaves   int            `json:"leaves"`
	Renames  int            `json:"renames"`
	LeftOut  map[string]int `json:"left_out,omitempty"` // by reason
}

// Trace is a whole trace in memory, 32 bytes an event. It is not changed once
// made, and may then be read concurrently.
type Trace struct {
	Header
	Events []Event
}

// Limits of a trace: what is above them is no chat.
const (
	maxSize  = 1 << 24     // bytes of a message
	maxCount = 1 << 24     // users, conversations
	maxSpan  = 1 << 62     // ns between the first and the last event: 146 years
	maxLine  = 1 << 28     // bytes of the header
	second   = int64(1e9)  // ns
	minute   = 60 * second // ns
)

// Validate names the faults of the header.
func (h *Header) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if h.Schema != Schema {
		fault("throng_trace is %d: this version reads %d", h.Schema, Schema)
	}
	if h.Events < 0 || h.ResolutionNS < 0 {
		fault("events %d, resolution_ns %d: must not be negative", h.Events, h.ResolutionNS)
	}
	if len(h.Users) > maxCount || len(h.Conversations) > maxCount {
		fault("%d users, %d conversations: more than %d", len(h.Users), len(h.Conversations), maxCount)
	}
	for i, c := range h.Conversations {
		seen := make(map[uint32]bool, len(c.Members))
		for _, u := range c.Members {
			if int64(u) >= int64(len(h.Users)) || seen[u] {
				fault("conversation %d: member %d is there twice, or is none of %d users", i, u, len(h.Users))
				break
			}
			seen[u] = true
		}
	}
	return errors.Join(faults...)
}
