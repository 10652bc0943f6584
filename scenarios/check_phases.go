package scenarios

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// idling is how long a phase that measures memory has to be: resident memory is
// read after this time of silence.
const idling = Duration(30 * time.Second)

func (c *checker) phases() {
	if len(c.Phases) == 0 {
		c.fault("phases", "is missing: list them, like [{name: steady, for: 30s, measured: true}]")
		return
	}
	seen, ending := map[string]bool{}, ""
	for i, p := range c.Phases {
		path := fmt.Sprintf("phases[%d]", i)
		switch {
		case !c.given(path + ".name"):
			c.fault(path+".name", "is missing: name the phase, like steady")
		case !isName(p.Name):
			c.fault(path+".name", "%q is no name: write letters, digits, '-' and '_', a letter or digit first", p.Name)
		case seen[p.Name]:
			c.fault(path+".name", "%q is the name of another phase too: give each its own", p.Name)
		case p.Name == PhaseConnect && i > 0:
			c.fault(path+".name", "connect is the first phase: move it to phases[0]")
		case ending == PhaseDrain || ending == PhaseSettle && p.Name != PhaseDrain:
			c.fault(path+".name", "%s comes after %s: settle and drain are the last phases, in this order", p.Name, ending)
		}
		seen[p.Name] = true
		if p.Name == PhaseSettle || p.Name == PhaseDrain {
			ending = p.Name
		}
		last := !slices.ContainsFunc(c.Phases[i+1:], Phase.IsTraffic)
		c.phase(path, p, last)
	}
}

func (c *checker) phase(path string, p Phase, last bool) {
	if c.given(path+".for") && p.For == 0 {
		c.fault(path+".for", "must be above 0s")
	}
	switch {
	case !c.given(path + ".name"):
	case p.IsTraffic():
		c.trafficPhase(path, p, last)
	default:
		c.specialPhase(path, p)
	}
}

// specialPhase checks connect, settle and drain.
func (c *checker) specialPhase(path string, p Phase) {
	for _, key := range []string{"traffic", "events", "measure"} {
		if c.given(path + "." + key) {
			c.fault(path+"."+key, "%s has no %s: it stands in a phase of another name", p.Name, key)
		}
	}
	if p.Measured {
		c.fault(path+".measured", "%s cannot be measured: measure a phase of another name", p.Name)
	}
	switch connect := p.Name == PhaseConnect; {
	case connect && c.given(path+".for"):
		c.fault(path+".for", "connect ends when everyone is connected: leave for out, and give its rate")
	case connect && c.given(path+".rate") && p.Rate == 0:
		c.fault(path+".rate", "must be above 0/s: write it like 2k/s")
	case !connect && c.given(path+".rate"):
		c.fault(path+".rate", "is for connect: leave it out of %s", p.Name)
	case !connect && c.given(path+".at_once"):
		c.fault(path+".at_once", "is for connect: leave it out of %s", p.Name)
	}
}

// trafficPhase checks a phase that may send; last is whether no other such follows.
func (c *checker) trafficPhase(path string, p Phase, last bool) {
	replays := c.replaysIn(p)
	if !replays && !c.given(path+".for") {
		c.fault(path+".for", "is missing: say how long, like 30s")
	}
	if c.given(path + ".rate") {
		c.fault(path+".rate", "is of connections, for connect: write traffic: {send: {rate: %s/s}} for messages", plain(p.Rate))
	}
	if c.given(path + ".at_once") {
		c.fault(path+".at_once", "is for connect: leave it out of %s", p.Name)
	}
	if p.Measure != "" {
		c.memory(path, p)
	}
	ends := !replays && c.given(path+".for") && !c.broken(path+".for")
	busy := Duration(0) // until when the node is gone
	for i, e := range p.Events {
		at := fmt.Sprintf("%s.events[%d]", path, i)
		c.event(at, e)
		if ends && e.At >= p.For {
			c.fault(at+".at", "%v is not within the phase of %v: lower at or raise for", e.At, p.For)
		} else if r := e.Reconnect; r != nil && ends && e.At+r.Spread > p.For {
			c.fault(at+".reconnect.spread", "ends %v after the phase: lower it or raise for", e.At+r.Spread-p.For)
		}
		if e.Kill == nil && e.Drain == nil {
			continue
		}
		if e.Drain != nil && e.Drain.ForGood {
			c.forGood(at+".drain.", p, last)
		}
		if e.At < busy {
			c.fault(at+".at", "the node is still gone at %v by the event before: write %v or later, in order of time", e.At, busy)
		}
		busy = e.At + e.gone()
	}
}

// forGood checks a drain after which the node does not come back.
func (c *checker) forGood(at string, p Phase, last bool) {
	t := p.Traffic
	if t == nil {
		t = &c.Traffic
	}
	switch {
	case c.given(at + "restart_after"):
		c.fault(at+"restart_after", "is of no use with for_good: leave one of them out")
	case t.Sends():
		c.fault(at+"for_good", "there is nobody to send to when the node is gone: give the phase traffic: {send: {rate: 0/s}}")
	case !last:
		c.fault(at+"for_good", "the node is gone in the phases that follow: move it to the last traffic phase")
	}
}

// gone is for how long an event takes the node away.
func (e Event) gone() Duration {
	if e.Kill != nil {
		return e.Kill.RestartAfter
	}
	if e.Drain.ForGood {
		return math.MaxInt64 - e.At
	}
	return e.Drain.Within + e.Drain.RestartAfter
}

// memory checks a phase in which bytes per connection are measured.
func (c *checker) memory(path string, p Phase) {
	t := p.Traffic
	if t == nil {
		t = &c.Traffic
	}
	switch {
	case t.Sends():
		c.fault(path+".measure", "memory is measured in silence: give the phase traffic: {send: {rate: 0/s}}")
	case len(p.Events) > 0:
		c.fault(path+".events", "memory is measured in silence: move the events to another phase")
	case c.given(path+".for") && p.For < idling:
		c.fault(path+".for", "memory is read after %v of silence: write 30s or more", idling)
	}
}

// event checks that exactly one thing happens, and that it can.
func (c *checker) event(path string, e Event) {
	happens := 0
	for _, is := range []bool{e.Reconnect != nil, e.Drain != nil, e.Kill != nil} {
		if is {
			happens++
		}
	}
	if happens != 1 {
		c.fault(path, "has %d of reconnect, drain and kill: give one, like {at: 5s, reconnect: {share: 50%%}}", happens)
		return
	}
	what := "kill"
	if e.Drain != nil {
		what = "drain"
	}
	switch t := c.Target; {
	case e.Reconnect != nil:
	case !t.Embedded():
		c.fault(path+"."+what, "only the embedded server can be ended and started again: leave target.urls out, or use reconnect")
	case t.Store == "memory":
		c.fault(path+"."+what, "store: memory forgets everything when the node ends: write target.store: pebble")
	case e.Kill != nil && t.Durability == "none":
		c.fault(path+"."+what, "durability: none promises nothing after kill -9: write target.durability: fsync or os")
	}
}
