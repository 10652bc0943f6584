package trace

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Options are an importer's settings.
type Options struct {
	// Date is the first day of logs that name none in their lines, at 00:00 UTC. It
	// goes before the date in a file's name; zero leaves it to that.
	Date time.Time
	Seed uint64 // of the times made up within the sources' resolution
}

// File is a log to be imported. Its name says the date and the conversation where
// its lines do not.
type File struct {
	Name string
	Text io.Reader
}

// Import reads the logs in files of a format ("irc") into one trace. One name is
// one user over all of them, and one conversation too; messages stand in order of
// time, and those of one moment in the order of the files.
func Import(format string, paths []string, o Options) (*Trace, error) {
	if format != "irc" {
		return nil, fmt.Errorf("format %q: this version imports irc", format)
	}
	files := make([]File, len(paths))
	for i, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
		defer f.Close()
		files[i] = File{Name: path, Text: f}
	}
	return ImportIRC(files, o)
}

// record is an event with the time of its source.
type record struct {
	at time.Time
	Event
}

// assemble makes a trace of what the importer found, ordered by time.
func assemble(records []record, h Header) *Trace {
	slices.SortStableFunc(records, func(a, b record) int { return a.at.Compare(b.at) })
	h.Schema, h.Events = Schema, len(records)
	t := &Trace{Header: h}
	for _, r := range records {
		r.Event.At = r.at.Sub(records[0].at)
		t.Events = append(t.Events, r.Event)
	}
	if len(records) > 0 {
		t.Start = records[0].at.Format(time.RFC3339)
	}
	return t
}

// people are the users of an import, by the names they went by.
//
//  1. A name is the same user from its first line to the last.
//  2. Who takes a name under which nobody has spoken stays the same user under it.
//  3. Who takes a name that has spoken is not made one with its user: the lines
//     under that name stay that user's.
type people struct {
	names  []string // of users, the first that each went by
	holder map[string]uint32
	spoke  map[string]bool
}

func newPeople() *people {
	return &people{holder: map[string]uint32{}, spoke: map[string]bool{}}
}

func (p *people) user(name string) uint32 {
	u, known := p.holder[name]
	if !known {
		u = uint32(len(p.names))
		p.names = append(p.names, name)
		p.holder[name] = u
	}
	return u
}

func (p *people) rename(from, to string) (user uint32) {
	user = p.user(from)
	if !p.spoke[to] {
		p.holder[to] = user
	}
	return user
}

// places are the conversations of an import and their members.
type places struct {
	list   []Conversation
	byName map[string]uint32
	member map[[2]uint32]bool // conversation, user
}

func newPlaces() *places {
	return &places{byName: map[string]uint32{}, member: map[[2]uint32]bool{}}
}

func (p *places) conversation(name string) uint32 {
	c, known := p.byName[name]
	if !known {
		c = uint32(len(p.list))
		p.list = append(p.list, Conversation{Name: name})
		p.byName[name] = c
	}
	return c
}

func (p *places) add(conversation, user uint32) {
	if key := [2]uint32{conversation, user}; !p.member[key] {
		p.member[key] = true
		members := &p.list[conversation].Members
		*members = append(*members, user)
	}
}

// total sums up the lines of all sources.
func total(sources []Source) Source {
	sum := Source{LeftOut: map[string]int{}}
	for _, s := range sources {
		sum.Lines += s.Lines
		sum.Messages += s.Messages
		sum.Joins += s.Joins
		sum.Leaves += s.Leaves
		sum.Renames += s.Renames
		for reason, n := range s.LeftOut {
			sum.LeftOut[reason] += n
		}
	}
	return sum
}

// reasons are the reasons for which lines were left out, the most frequent first.
func (s Source) reasons() []string {
	var all []string
	for reason := range s.LeftOut {
		all = append(all, reason)
	}
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(s.LeftOut[b], s.LeftOut[a]), cmp.Compare(a, b))
	})
	return all
}

func base(name string) string { return filepath.Base(filepath.ToSlash(name)) }
