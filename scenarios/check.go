package scenarios

import (
	"fmt"
	"strings"
)

// checker looks for what cannot be, though each value alone can. It is silent
// about whatever hangs on a value that could not be read.
type checker struct {
	*Scenario
	reader *reader
	unread Faults // what the reader told
}

func (c *checker) check() {
	c.unread = c.reader.faults
	c.heads()
	c.target()
	c.population()
	c.conversations()
	c.load()
	c.phases()
	c.thresholds()
}

// fault tells what is wrong at a path: at the place of the nearest thing around it
// that is there.
func (c *checker) fault(path, format string, args ...any) {
	if !c.broken(path) {
		c.reader.fault(c.place(path), path, format, args...)
	}
}

// broken tells whether something at, in or around a path could not be read.
func (c *checker) broken(path string) bool {
	for _, f := range c.unread {
		if within(f.Path, path) || within(path, f.Path) {
			return true
		}
	}
	return false
}

// within tells whether a path is another or lies in it. Nothing lies in "".
func within(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && outer != "" && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// given tells whether the text says something at a path.
func (c *checker) given(path string) bool {
	_, is := c.reader.places[path]
	return is
}

func (c *checker) place(path string) place {
	for path != "" {
		if p, is := c.reader.places[path]; is {
			return p
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return c.reader.places[""]
}

// heads checks what stands at the head of a scenario.
func (c *checker) heads() {
	if c.given("name") && !isName(c.Name) {
		c.fault("name", "%q is no name: write up to %d letters, digits, '-', '_' and '.', a letter or digit first", c.Name, maxName)
	}
	if strings.ContainsAny(c.Question, "\r\n") {
		c.fault("question", "has several lines: write one")
	}
}

// isName tells whether a text may name a scenario, a phase or a part: names become
// those of folders and columns.
func isName(s string) bool {
	return s != "" && len(s) <= maxName && strings.Trim(s, nameCharacters) == "" && !strings.ContainsRune("-_.", rune(s[0]))
}

// population checks who exists.
func (c *checker) population() {
	p := c.Population
	switch replay := c.replayed(); {
	case replay != "" && c.given("population.users"):
		c.fault("population.users", "the users of a replay are those of the trace (%s): leave users out", replay)
	case replay == "" && !c.given("population.users"):
		c.fault("population.users", "is missing: say how many, like population: {users: 500}")
	}
	if p.Backoff.Max < p.Backoff.Base {
		c.fault("population.backoff", "max %v is below base %v: raise max", p.Backoff.Max, p.Backoff.Base)
	}
}

// replayed is the path of the first replay, or "" if no trace is replayed.
func (c *checker) replayed() string {
	if c.Traffic.Replay != nil {
		return "traffic.replay"
	}
	for i, p := range c.Phases {
		if p.Traffic != nil && p.Traffic.Replay != nil {
			return fmt.Sprintf("phases[%d].traffic.replay", i)
		}
	}
	return ""
}
