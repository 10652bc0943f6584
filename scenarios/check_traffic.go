package scenarios

import "fmt"

// maxBody is the largest body of a message in bytes, by docs/protocol.md.
const maxBody = 32 << 10

// load checks what is sent, in the scenario and in each phase that says so.
func (c *checker) load() {
	c.traffic("traffic", &c.Traffic)
	for i, p := range c.Phases {
		if p.Traffic != nil {
			c.traffic(fmt.Sprintf("phases[%d].traffic", i), p.Traffic)
		}
	}
	c.replays()
}

func (c *checker) traffic(path string, t *Traffic) {
	most := max(t.Send.Rate.From, t.Send.Rate.To)
	users := float64(c.Population.Users)
	switch {
	case most == 0:
	case c.replayed() != "":
		c.fault(path+".send", "a run either replays a trace or sends: leave out %s, or send", c.replayed())
	case len(c.Conversations.Parts) == 0:
		c.fault(path+".send", "there are no conversations to send in: add conversations, like {kind: direct, per_user: 5}")
	case t.Send.By == "user" && most*users > bound(field{}.perSecond().max, 0):
		c.fault(path+".send.rate", "%s/s for each of %s users are %s/s: at most %s/s in all", plain(most), plain(users), plain(most*users), field{}.perSecond().max)
	}
	c.size(path+".payload.size", t.Payload.Size)
	if c.given(path+".receipts.after") && t.Receipts.Share == 0 {
		c.fault(path+".receipts.after", "nothing is marked as read: give receipts.share too, or leave after out")
	}
}

// size checks the sizes of bodies. The upper end of a lognormal is cut off where
// the protocol's limit is; other sizes were meant as they stand.
func (c *checker) size(path string, d Distribution) {
	_, most := d.Bounds()
	if d.Kind == LogNormal && d.Max == 0 {
		most = int(d.Median)
	}
	if c.given(path) && most > maxBody {
		c.fault(path, "goes up to %d bytes: the protocol takes bodies of up to 32KiB", most)
	}
}

// replays checks that a trace is replayed once.
func (c *checker) replays() {
	if c.replayed() == "" || c.broken("phases") {
		return
	}
	replaying := 0
	for i, p := range c.Phases {
		if !c.replaysIn(p) {
			continue
		}
		if replaying++; replaying > 1 {
			c.fault(fmt.Sprintf("phases[%d].traffic", i),
				"a second phase that replays the trace: give it traffic: {send: {rate: 0/s}}, or leave it out")
		}
	}
	if replaying == 0 {
		c.fault("phases", "no phase replays the trace: add one, like {name: replay, measured: true}")
	}
}

// replaysIn tells whether a trace is replayed in a phase.
func (c *checker) replaysIn(p Phase) bool {
	t := p.Traffic
	if t == nil {
		t = &c.Traffic
	}
	return p.IsTraffic() && t.Replay != nil
}
