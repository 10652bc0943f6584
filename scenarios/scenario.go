// Package scenarios is the language that a run is written in, and the library of
// scenarios that are in the binary. One YAML file says who exists, who talks to
// whom, how the load moves, what goes wrong, and what must hold.
//
// The Go types are the language: their tags give each key's name, unit, bounds,
// default and meaning, and from them come the reader, the writer and the JSON
// Schema. A text is read strictly: whatever is wrong with it is told all at once,
// with its place, before anything is started.
package scenarios

// Scenario is a whole run. It is not changed once parsed.
type Scenario struct {
	// Name is `name`, or else the library's name or the file's without extension.
	Name          string        `yaml:"name" doc:"what the run is called; the file's name without extension if left out"`
	Question      string        `yaml:"question" doc:"one line: what the scenario answers"`
	Seed          uint64        `yaml:"seed" default:"1" doc:"of every random value: the same seed gives the same plan"`
	Repeat        int           `yaml:"repeat" unit:"count" default:"1" min:"1" max:"1000" doc:"how many times it is run, for comparison"`
	Target        Target        `yaml:"target" doc:"which server is tested; the embedded one if urls are left out"`
	Population    Population    `yaml:"population" doc:"who exists"`
	Conversations Conversations `yaml:"conversations" doc:"who talks to whom: one sort of conversations, or {mix: [...]}"`
	Traffic       Traffic       `yaml:"traffic" doc:"what is sent; a phase lays its own traffic over this"`
	// Phases begin with connect and end with settle and drain, also where the text
	// leaves those out.
	Phases     []Phase     `yaml:"phases" needed:"true" doc:"one after the other: connect, traffic phases, settle, drain"`
	Thresholds []Threshold `yaml:"thresholds" doc:"what must hold, on any figure of the record"`
}

// Target is the server that is tested. Without URLs the run starts the reference
// server itself ('embedded'), with the settings marked so; with URLs those are empty.
type Target struct {
	Protocol       string            `yaml:"protocol" default:"throng" oneof:"throng" later:"echo" doc:"what the server speaks"`
	URLs           []string          `yaml:"urls" doc:"where it listens, ws:// or wss://host:port/path; left out: the run starts the server itself"`
	Admin          string            `yaml:"admin" doc:"its admin API, http://host:port"`
	AdminTokenFile string            `yaml:"admin_token_file" doc:"file with the token that admin requests bear"`
	MetricsURL     string            `yaml:"metrics_url" doc:"its Prometheus page, http://host:port/path"`
	PID            int               `yaml:"pid" unit:"count" max:"4194304" doc:"its process on this machine, to sample memory and CPU"`
	Transport      string            `yaml:"transport" default:"ws" oneof:"ws" later:"sse,poll" doc:"how clients connect"`
	Codec          string            `yaml:"codec" default:"json" oneof:"json,proto" doc:"how messages are encoded: json, or proto, which is smaller and costs less"`
	Auth           string            `yaml:"auth" default:"none" oneof:"none,jwt" doc:"none: users say who they are; jwt: with a token each"`
	JWTKeyFile     string            `yaml:"jwt_key_file" doc:"file with the HS256 secret that tokens are signed with"`
	TokensFile     string            `yaml:"tokens_file" doc:"file with a token a line, one per user"`
	Headers        map[string]string `yaml:"headers" doc:"of the upgrade request"`
	Compression    bool              `yaml:"compression" doc:"clients ask for permessage-deflate, and connect to nobody who declines it; the embedded server agrees to it"`
	TLS            TargetTLS         `yaml:"tls" doc:"how a wss:// URL is reached, or that the embedded server has one"`

	Nodes      int      `yaml:"nodes" unit:"count" embedded:"1" min:"1" doc:"embedded: how many servers"`
	Store      string   `yaml:"store" embedded:"pebble" oneof:"pebble,memory" later:"redis,nats" doc:"embedded: where the log is"`
	Durability string   `yaml:"durability" embedded:"fsync" oneof:"fsync,os,none" doc:"embedded: what an acknowledgement survives: fsync (power loss), os (kill -9) or none; none if the store is memory"`
	Heartbeat  Duration `yaml:"heartbeat" embedded:"30s" max:"1h" doc:"embedded: pings who is silent this long; 0s is never"`
	Bus        string   `yaml:"bus" embedded:"local" oneof:"local" later:"redis,nats,kafka" doc:"embedded: how nodes tell each other"`
	Registry   string   `yaml:"registry" embedded:"local" oneof:"local" later:"redis,nats" doc:"embedded: how nodes know who is where"`
}

// TargetTLS is of connections by wss.
type TargetTLS struct {
	CAFile             string `yaml:"ca_file" doc:"file with the certificates (PEM) to trust instead of the system's"`
	ServerName         string `yaml:"server_name" doc:"name that the certificate must have; the URL's host if left out"`
	InsecureSkipVerify bool   `yaml:"insecure_skip_verify" doc:"true: take any certificate"`
	SelfSigned         bool   `yaml:"self_signed" doc:"embedded: true: the server gets a throw-away certificate (P-256), and clients connect by wss"`
}

// Embedded tells whether the run starts the server itself.
func (t Target) Embedded() bool { return len(t.URLs) == 0 }
