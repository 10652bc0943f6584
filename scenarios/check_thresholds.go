package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed886cd727/throng/results/figure"
)

func (c *checker) thresholds() {
	for i, t := range c.Thresholds {
		path := fmt.Sprintf("thresholds[%d]", i)
		if c.given(path+".after") && !t.Abort {
			c.fault(path+".after", "is of no use without abort: write abort: true, or leave it out")
		}
		if t.Expression.Op == "" {
			continue // not read
		}
		c.thresholdPhase(path, t)
		if why := c.absent(t.Expression.Figure); why != "" {
			c.fault(path, "%s is not measured in this scenario, so that '%s' never holds: %s", t.Expression.Figure.Name, t.Expression, why)
		}
	}
}

// thresholdPhase checks that a threshold's phase is there, is measured, and has
// such a figure of its own.
func (c *checker) thresholdPhase(path string, t Threshold) {
	if !c.given(path+".phase") || c.unnamed() {
		return
	}
	i := c.Scenario.phase(t.Phase)
	switch {
	case i < 0:
		var known []string
		for _, p := range c.Phases {
			known = append(known, p.Name)
		}
		c.fault(path+".phase", "no phase is called %q: %s", t.Phase, suggestion(t.Phase, known))
	case !c.Phases[i].Measured:
		c.fault(path+".phase", "%s is not measured: write measured: true there, or leave phase out", t.Phase)
	case wholeRun(t.Expression.Figure):
		c.fault(path+".phase", "%s is of the whole run: leave phase out", t.Expression.Figure.Name)
	}
}

// unnamed tells whether the names of the phases could not all be read.
func (c *checker) unnamed() bool {
	for i := range max(len(c.Phases), 1) {
		if c.broken(fmt.Sprintf("phases[%d].name", i)) {
			return true
		}
	}
	return false
}

// wholeRun tells whether a figure is not told apart by phase: correctness,
// connections and memory are not.
func wholeRun(f figure.Figure) bool {
	memory := f.Unit == figure.Bytes && (f.Group == "target" || f.Group == "generator") || strings.HasPrefix(f.Name, "target.heap_objects")
	return f.Group == "correctness" || f.Group == "connections" || memory
}

// absent tells why a figure will be missing from the record, or "" if it will not.
func (c *checker) absent(f figure.Figure) string {
	is := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(f.Name, p) })
	}
	switch {
	case is("push."):
		return "push is not in this version"
	case is("connect_tls.") && !c.secure():
		return "clients connect in the clear"
	case is("clock."):
		return "several machines are not in this version"
	case c.broken("phases") || c.broken("traffic"):
		return "" // it may be measured
	case is("target.bytes_per_connection", "target.heap_objects_per_connection") && c.memoryPhases() == 0:
		return "give a silent phase measure: memory"
	case f.Name == "target.bytes_per_connection_after" && c.memoryPhases() < 2:
		return "give a second silent phase, after the traffic, measure: memory"
	case is("target.") && c.unseen():
		return "give target.metrics_url, target.admin or target.pid"
	case is("receipt.") && !c.receipts():
		return "give traffic.receipts a share"
	case latency(f) && len(c.traffics(true)) == 0:
		return "no phase is measured"
	case is("ack.", "delivery.p", "delivery.max", "delivery.rate", "send.rate", "delivery_local.", "generator.late", "target.cpu_per_delivery", "target.deliveries") && !c.sendsMeasured():
		return "no measured phase sends anything"
	}
	return ""
}

// latency tells whether a figure is taken of the messages of measured phases.
func latency(f figure.Figure) bool {
	return (f.Group == "sends" || f.Group == "deliveries") && (f.Unit == figure.Nanoseconds || f.Unit == figure.PerSecond)
}

// unseen tells whether nothing is known of the target's process.
func (c *checker) unseen() bool {
	t := c.Target
	return !t.Embedded() && t.MetricsURL == "" && t.Admin == "" && t.PID == 0
}

// traffics are the traffic of all traffic phases, or of the measured ones alone.
func (c *checker) traffics(measured bool) []*Traffic {
	var all []*Traffic
	for _, p := range c.Phases {
		switch {
		case !p.IsTraffic() || measured && !p.Measured:
		case p.Traffic != nil:
			all = append(all, p.Traffic)
		default:
			all = append(all, &c.Traffic)
		}
	}
	return all
}

func (c *checker) sendsMeasured() bool {
	return slices.ContainsFunc(c.traffics(true), (*Traffic).Sends)
}

func (c *checker) receipts() bool {
	return slices.ContainsFunc(c.traffics(false), func(t *Traffic) bool { return t.Receipts.Share > 0 })
}

func (c *checker) memoryPhases() int {
	n := 0
	for _, p := range c.Phases {
		if p.Measure != "" {
			n++
		}
	}
	return n
}
