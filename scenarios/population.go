package scenarios

// Population is who exists. A replay takes its users from the trace: Users is 0.
type Population struct {
	Users     int     `yaml:"users" unit:"count" min:"1" max:"67108864" doc:"how many; needed unless a trace is replayed"`
	Devices   int     `yaml:"devices" unit:"count" default:"1" min:"1" max:"255" doc:"sessions of each user"`
	Addresses int     `yaml:"addresses" unit:"count" default:"0" max:"65536" doc:"source addresses to dial from; 0: as many as needed, 12,000 connections each"`
	Backoff   Backoff `yaml:"backoff" doc:"how long clients wait before they reconnect"`
}

// Backoff is exponential with full jitter: before attempt n, a client waits a
// random time up to min(Max, Base·2ⁿ).
type Backoff struct {
	Base Duration `yaml:"base" default:"100ms" min:"1ms" max:"10m" doc:"upper bound of the first wait"`
	Max  Duration `yaml:"max" default:"10s" min:"1ms" max:"1h" doc:"upper bound of any wait"`
}

// Conversations is who talks to whom. In YAML it is one part, or {mix: [parts]}.
type Conversations struct {
	Parts []Part
}

// Part is conversations of one sort. Of Count, PerUser and Members two are given
// (of direct ones, which have two members each, Count or PerUser), and the third
// follows.
type Part struct {
	Name    string        `yaml:"name" doc:"of the part; its kind if left out"`
	Kind    string        `yaml:"kind" needed:"true" oneof:"direct,group,channel" doc:"direct: two users; group: a message is written to each member; channel: members read from the log"`
	Count   int           `yaml:"count" unit:"count" min:"1" max:"67108864" doc:"how many conversations"`
	PerUser float64       `yaml:"per_user" unit:"number" max:"67108864" doc:"in how many of them a user is, on average"`
	Members *Distribution `yaml:"members" unit:"count" doc:"how many members each has"`
	Senders int           `yaml:"senders" unit:"count" default:"0" max:"67108864" doc:"how many of the members send; 0: all"`
	Share   float64       `yaml:"share" unit:"ratio" max:"1" doc:"of all sends, in a mix; left out everywhere: by number of conversations"`
}
