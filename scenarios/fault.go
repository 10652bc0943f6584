package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong with a scenario.
type Fault struct {
	// File is where it stands: a file, the library, or '--set PATH=VALUE'.
	File         string
	Line, Column int    // from 1; 0 outside files
	Path         string // in the YAML, like phases[1].for; "" is the whole
	Text         string // what is wrong, and what to write instead
}

// String is 'file:line:column: path: text', without what is not known.
func (f Fault) String() string {
	b := strings.Builder{}
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
	}
	if f.Path != "" {
		b.WriteString(": " + f.Path)
	}
	return b.String() + ": " + f.Text
}

// Faults is everything that is wrong with a scenario: first what stands in the
// file, in order of position, then what was set on the command line.
type Faults []Fault

// Error implements error: a fault a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

func (f Faults) sort() {
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(
			cmp.Compare(min(b.Line, 1), min(a.Line, 1)), // files first
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
		)
	})
}

// place is where something was written.
type place struct {
	file         string
	line, column int
}

func (p place) fault(path, text string) Fault {
	return Fault{p.file, p.line, p.column, path, text}
}
