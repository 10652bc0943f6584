package coordinator

import (
	"crypto/rand"
	"runtime"

	"github.com/seed886cd727/throng/loadgen/host"
	"github.com/seed886cd727/throng/results"
)

// describe writes down what the figures will depend on.
func (r *run) describe() error {
	yaml, err := r.Scenario.YAML()
	if err != nil {
		return err
	}
	if err := r.record.Scenario(yaml); err != nil {
		return err
	}
	f := host.Read()
	here := results.Host{
		OS: f.OS, Kernel: f.Kernel, Arch: f.Arch, CPUModel: f.CPUModel, Cores: f.Cores,
		MemoryBytes: f.MemoryBytes, OpenFiles: f.OpenFiles, Sysctls: f.Sysctls,
	}
	t := results.Target{Embedded: r.system.node != nil, PID: r.system.pid, Codec: r.Scenario.Target.Codec, Settings: r.system.settings}
	if t.Embedded {
		scheme := "ws"
		if r.system.endpoints[0].tls != nil {
			scheme = "wss"
		}
		t.URL, t.Version = scheme+"://"+r.system.node.Addr().String()+"/ws", r.Version
	} else {
		t.URL = r.Scenario.Target.URLs[0]
	}
	var generator results.Settings
	if r.Scenario.Target.Compression {
		generator = results.Settings{"compression": "permessage-deflate"}
	}
	return r.record.Environment(results.Environment{
		Started: r.start, Command: r.Command, Version: r.Version, Commit: r.Commit, Go: runtime.Version(), Host: here, Target: t,
		GeneratorSettings: generator,
		Agents:            []results.Agent{{Name: "1", Version: r.Version, Host: here, Users: r.world.people.Users()}},
	})
}

// newSecret is a token that nobody guesses.
func newSecret() string { return rand.Text() }
