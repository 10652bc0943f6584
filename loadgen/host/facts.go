// Package host tells what this machine allows: how many connections its limits
// and its memory have room for, and which command makes more room.
//
// Facts are read; the judgement is a pure function of them.
package host

import "runtime"

// Facts is what a machine is and allows. A zero value or a missing setting is
// something that could not be read.
type Facts struct {
	OS          string            `json:"os"`
	Kernel      string            `json:"kernel"`
	Arch        string            `json:"arch"`
	CPUModel    string            `json:"cpu_model"`
	Cores       int               `json:"cores"`        // that this process may use
	MemoryBytes int64             `json:"memory_bytes"` // of the machine, or of the container if that has less
	OpenFiles   uint64            `json:"open_files"`   // of one process: the hard limit, to which throng raises its own
	Sysctls     map[string]string `json:"sysctls"`      // the kernel's settings that matter, values separated by one space

	// What changes from moment to moment is no property of the machine.
	AvailableBytes   int64 `json:"-"` // of memory, without pushing others out
	TrackedConns     int64 `json:"-"` // connections that the firewall follows now
	FilesOfTheSystem int64 `json:"-"` // open files of all processes now
}

// Read reads what can be known of this machine.
func Read() Facts {
	f := Facts{OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU(), Sysctls: make(map[string]string)}
	f.OpenFiles, _ = openFiles() // 0 is unknown
	f.read()
	return f
}
