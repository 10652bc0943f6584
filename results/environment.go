package results

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Environment is environment.json: what a run's figures depend on besides its
// scenario. What could not be found out is empty.
type Environment struct {
	Started           time.Time `json:"started"`
	Command           []string  `json:"command"`
	Version           string    `json:"version"` // of the generator
	Commit            string    `json:"commit"`  // of the generator
	Go                string    `json:"go"`      // version of the toolchain that built it
	Host              Host      `json:"host"`    // the coordinator's
	Target            Target    `json:"target"`
	Agents            []Agent   `json:"agents"`
	ClockErrorNs      *float64  `json:"clock_error_ns"` // null: one clock, nothing to measure
	CPUsTarget        string    `json:"cpus_target"`    // the cores it was pinned to; empty: not pinned
	CPUsAgents        string    `json:"cpus_agents"`
	GeneratorSettings Settings  `json:"generator_settings"` // what differs from the defaults
	Extra             Settings  `json:"extra,omitempty"`    // anything else that a reader should know
}

// Settings are names and values as their owner writes them.
type Settings map[string]string

// String writes the settings on one line, in order.
func (s Settings) String() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(s)) {
		all = append(all, name+"="+s[name])
	}
	return strings.Join(all, " ")
}

// Host is a machine.
type Host struct {
	Name        string   `json:"name"`
	OS          string   `json:"os"`
	Kernel      string   `json:"kernel"`
	Arch        string   `json:"arch"`
	CPUModel    string   `json:"cpu_model"`
	Cores       int      `json:"cores"` // that this process may use
	MemoryBytes int64    `json:"memory_bytes"`
	OpenFiles   uint64   `json:"open_files"` // the limit a process
	Sysctls     Settings `json:"sysctls"`
}

// Target is the system under test.
type Target struct {
	URL      string   `json:"url"`
	Version  string   `json:"version"`
	Embedded bool     `json:"embedded"` // the reference server, started by the run as a child process
	PID      int      `json:"pid,omitempty"`
	Codec    string   `json:"codec,omitempty"` // how messages were encoded
	Settings Settings `json:"settings"`
}

// Agent is one process of the generator.
type Agent struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Host    Host   `json:"host"`
	Users   int    `json:"users"` // its share
}
