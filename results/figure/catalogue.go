package figure

// Direction says which way a figure gets better.
type Direction string

const (
	Lower  Direction = "lower"  // less is better
	Higher Direction = "higher" // more is better
	None   Direction = "none"   // neither: it describes the run
)

// Figure is one entry of the catalogue.
type Figure struct {
	Name      string
	Group     string // the heading that it stands under, see Groups
	Unit      Unit
	Direction Direction
	Meaning   string // one line, no full stop
}

// Groups lists the headings of the catalogue in the order in which people read them.
func Groups() []string {
	return []string{"connections", "sends", "deliveries", "correctness", "target", "generator"}
}

// All returns the whole catalogue, group by group, in a fixed order. The slice is the caller's.
func All() []Figure {
	var c catalogue
	c.connections()
	c.sends()
	c.deliveries()
	c.correctness()
	c.target()
	c.generator()
	return c.figures
}

// Lookup finds a figure by its exact name.
func Lookup(name string) (Figure, bool) {
	for _, f := range All() {
		if f.Name == name {
			return f, true
		}
	}
	return Figure{}, false
}

// Distribution lists the suffixes of a figure that is a distribution of
// latencies: NAME.p50 and so on to NAME.count.
func Distribution() []string { return []string{"p50", "p90", "p99", "p999", "max", "count"} }

// catalogue gathers figures under the heading that was named last.
type catalogue struct {
	group   string
	figures []Figure
}

func (c *catalogue) add(name string, unit Unit, better Direction, meaning string) {
	c.figures = append(c.figures, Figure{name, c.group, unit, better, meaning})
}

// count adds a number of things that happened.
func (c *catalogue) count(name string, better Direction, meaning string) {
	c.add(name, Count, better, meaning)
}

// latency adds the six figures of a distribution of times.
func (c *catalogue) latency(name, meaning string) {
	for _, q := range []struct{ suffix, words string }{
		{"p50", "half took no longer"},
		{"p90", "90% took no longer"},
		{"p99", "99% took no longer"},
		{"p999", "99.9% took no longer"},
		{"max", "the longest"},
	} {
		c.add(name+"."+q.suffix, Nanoseconds, Lower, meaning+": "+q.words)
	}
	c.count(name+".count", None, meaning+": how many were measured")
}
