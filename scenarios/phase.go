package scenarios

import "time"

// Names of the phases that are not traffic phases.
const (
	PhaseConnect = "connect" // everyone connects; ends when all are ready
	PhaseSettle  = "settle"  // what is owed arrives; ends early when nothing is
	PhaseDrain   = "drain"   // the clients close
)

const (
	defaultConnect = 2000 // connections begun per second
	defaultSettle  = Duration(30 * time.Second)
	defaultDrain   = Duration(5 * time.Second)
)

// Phase is a stretch of the run.
type Phase struct {
	Name     string   `yaml:"name" needed:"true" doc:"connect, settle and drain are special; all others are traffic phases"`
	For      Duration `yaml:"for" max:"168h" doc:"how long; of settle (default 30s) and drain (default 5s) at most. A phase that replays lasts as long as the replay"`
	Rate     float64  `yaml:"rate" unit:"rate" max:"1000000" doc:"of connect: connections begun per second; default 2k/s"`
	AtOnce   int      `yaml:"at_once" unit:"count" max:"67108864" doc:"of connect: how many may be on their way at once; the others wait, which counts as their connect time; 0: any number"`
	Measured bool     `yaml:"measured" doc:"whether latencies and rates count"`
	Measure  string   `yaml:"measure" oneof:"memory" doc:"memory: bytes per connection are measured in this silent phase of 30s or more"`
	// Traffic is the scenario's with the phase's own laid over it; nil in connect,
	// settle and drain, which send nothing.
	Traffic *Traffic `yaml:"traffic" doc:"laid over the scenario's traffic, key by key"`
	Events  []Event  `yaml:"events" doc:"what goes wrong"`
}

// IsTraffic tells whether the phase may send.
func (p Phase) IsTraffic() bool {
	return p.Name != PhaseConnect && p.Name != PhaseSettle && p.Name != PhaseDrain
}

// Event is what happens to clients or to the embedded server: one of its pointers
// is set.
type Event struct {
	At        Duration   `yaml:"at" default:"0s" max:"168h" doc:"since the phase's start"`
	Reconnect *Reconnect `yaml:"reconnect" doc:"clients lose their connections and come back"`
	Drain     *Drain     `yaml:"drain" doc:"the node asks its clients to leave, and ends"`
	Kill      *Kill      `yaml:"kill" doc:"the node ends by kill -9, and is started again on the same data"`
}

// Reconnect cuts connections.
type Reconnect struct {
	Share  float64  `yaml:"share" unit:"ratio" default:"100%" max:"1" doc:"of all connections"`
	Spread Duration `yaml:"spread" default:"0s" max:"168h" doc:"over which they are cut; 0s: all at once"`
}

// Drain ends the node in good order, and starts it again unless it is ForGood.
type Drain struct {
	Within       Duration `yaml:"within" default:"5s" max:"1h" doc:"over which clients are asked to reconnect"`
	RestartAfter Duration `yaml:"restart_after" default:"0s" max:"1h" doc:"from its end to its start"`
	ForGood      bool     `yaml:"for_good" doc:"the node is not started again, and clients that have left stay away; in the last traffic phase, a silent one"`
}

// Kill ends the node by SIGKILL, and starts it again.
type Kill struct {
	RestartAfter Duration `yaml:"restart_after" default:"1s" max:"1h" doc:"from its end to its start"`
}

// arrange fills in what a text leaves out: the phases that every run has, their
// settings, and the traffic of those without their own.
func (s *Scenario) arrange() {
	if len(s.Phases) == 0 || s.Phases[0].Name != PhaseConnect {
		s.Phases = append([]Phase{{Name: PhaseConnect}}, s.Phases...)
	}
	for _, name := range []string{PhaseSettle, PhaseDrain} {
		if s.phase(name) < 0 {
			s.Phases = append(s.Phases, Phase{Name: name})
		}
	}
	if last := len(s.Phases) - 1; s.Phases[last].Name == PhaseSettle { // drain was there, settle was not
		s.Phases[last], s.Phases[last-1] = s.Phases[last-1], s.Phases[last]
	}
	for i := range s.Phases {
		s.Phases[i].complete(&s.Traffic)
	}
}

func (p *Phase) complete(traffic *Traffic) {
	switch {
	case p.Name == PhaseConnect && p.Rate == 0:
		p.Rate = defaultConnect
	case p.Name == PhaseSettle && p.For == 0:
		p.For = defaultSettle
	case p.Name == PhaseDrain && p.For == 0:
		p.For = defaultDrain
	case p.IsTraffic() && p.Traffic == nil:
		p.Traffic = traffic.clone()
	}
}

// phase is the index of a phase, or -1.
func (s *Scenario) phase(name string) int {
	for i, p := range s.Phases {
		if p.Name == name {
			return i
		}
	}
	return -1
}
