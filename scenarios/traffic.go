package scenarios

// Traffic is what is sent. Either Replay is set, or Send says it.
type Traffic struct {
	Send     Send     `yaml:"send" doc:"messages on a schedule that waits for nobody"`
	Payload  Payload  `yaml:"payload" doc:"bodies of the messages"`
	Receipts Receipts `yaml:"receipts" doc:"read receipts, in direct and group conversations: nobody tells a channel how far they have read"`
	Replay   *Replay  `yaml:"replay" doc:"a recorded trace instead of send; its users and conversations are the trace's"`
}

// Send is a schedule of messages.
type Send struct {
	Rate    Rate   `yaml:"rate" default:"0/s" doc:"messages a second; {from, to} is a ramp over the phase"`
	Arrival string `yaml:"arrival" default:"poisson" oneof:"poisson,constant" doc:"poisson: independent of each other; constant: evenly spaced"`
	By      string `yaml:"by" default:"total" oneof:"total,user,conversation" doc:"whose the rate is: everyone's together, each user's or each conversation's"`
}

// Payload is the bodies of the messages. A body shorter than the header that the
// checks need grows to it.
type Payload struct {
	Size Distribution `yaml:"size" unit:"bytes" default:"{lognormal: {median: 80, p99: 600}}" doc:"of a body"`
}

// Receipts is how readers mark what they read.
type Receipts struct {
	Share float64  `yaml:"share" unit:"ratio" default:"0%" max:"1" doc:"of the messages received live, how many their receiver marks as read"`
	After Duration `yaml:"after" default:"0s" max:"1h" doc:"how long after the arrival"`
}

// Replay is a trace that is sent again, every message of it.
type Replay struct {
	Trace  string   `yaml:"trace" default:"" doc:"file of throng trace import; empty: the sample that is in the binary"`
	Speed  float64  `yaml:"speed" unit:"factor" default:"0" max:"1000000000" doc:"trace time over run time; 0: fits into 60 s"`
	MaxGap Duration `yaml:"max_gap" default:"0s" max:"8760h" doc:"cuts longer silences of the trace to this; 0s keeps them"`
	Copies int      `yaml:"copies" unit:"count" default:"1" min:"1" max:"100000" doc:"side by side, users kept apart"`
}

// Sends tells whether anything is sent.
func (t *Traffic) Sends() bool {
	return t != nil && (t.Replay != nil || t.Send.Rate.From > 0 || t.Send.Rate.To > 0)
}

// clone is a copy that shares nothing with t that is ever changed.
func (t *Traffic) clone() *Traffic {
	c := *t
	if t.Replay != nil {
		c.Replay = new(*t.Replay)
	}
	return &c
}

// read implements form. What a phase says is laid over what t holds already; send
// and replay drive each other out.
func (t *Traffic) read(r *reader, n *node, path string, f field) {
	send, replay := n.get("send"), n.get("replay")
	switch {
	case send != nil && replay != nil:
		r.fault(replay.place, path+".replay", "send and replay exclude each other: leave one of them out")
	case send != nil:
		t.Replay = nil
	case replay != nil:
		t.Send = Send{}
		r.fill(&t.Send)
	}
	r.structure(n, path, f, t)
}

// write implements form.
func (t *Traffic) write(w *writer, f field) *node {
	n := w.structure(t)
	if t.Replay != nil {
		n.remove("send")
	}
	return n
}

func (t *Traffic) schema(s *schema, f field) object { return s.structure(t) }
