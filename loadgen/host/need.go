package host

import (
	"errors"
	"fmt"
)

// What a connection costs, in bytes, where a Need does not say.
const (
	// ServerBytes and GeneratorBytes are what a process holds for one connection
	// with its user: twice what the reference server and this generator are built
	// for (1 KiB each), so that traffic has room.
	ServerBytes    = 2 << 10
	GeneratorBytes = 2 << 10
	// KernelBytes is what the kernel holds for each end of a connection: 500,000
	// pairs took 3.5 GB (Linux 6, loopback).
	KernelBytes = 3584
	// ProcessBytes is what each of the two processes holds before anyone connects.
	ProcessBytes = 128 << 20
	// spareFiles is what a process opens besides its connections: the log's files,
	// listeners, pollers.
	spareFiles = 500
)

// Need is what a run asks of the machine.
type Need struct {
	Connections int
	Local       bool // the destination is on this machine's loopback
	Addresses   int  // source addresses; 0 on loopback: as many as it takes, else one
	ServerHere  bool // the server runs here too: its files and memory count
	// What a connection costs in bytes; 0 is the constant of the same name.
	ServerBytes, GeneratorBytes, KernelBytes int64
}

// Validate lists every fault.
func (n Need) Validate() error {
	var faults []error
	if n.Connections < 1 || n.Connections > maxSources*PerSource {
		faults = append(faults, fmt.Errorf("%d connections: must be 1 to %d", n.Connections, maxSources*PerSource))
	}
	if n.Addresses < 0 || n.Addresses > maxSources {
		faults = append(faults, fmt.Errorf("%d source addresses: must be 0 to %d", n.Addresses, maxSources))
	}
	for _, bytes := range []int64{n.ServerBytes, n.GeneratorBytes, n.KernelBytes} {
		if bytes < 0 || bytes > 1<<30 {
			faults = append(faults, fmt.Errorf("%d bytes for a connection: must be 0 to %d", bytes, 1<<30))
		}
	}
	return errors.Join(faults...)
}

// ends is how many ends of connections are on this machine.
func (n Need) ends() int64 {
	if n.ServerHere {
		return 2 * int64(n.Connections)
	}
	return int64(n.Connections)
}

// memory is what the run takes, in bytes.
func (n Need) memory() int64 {
	each := or(n.GeneratorBytes, GeneratorBytes) + or(n.KernelBytes, KernelBytes)
	fixed := int64(ProcessBytes)
	if n.ServerHere {
		each += or(n.ServerBytes, ServerBytes) + or(n.KernelBytes, KernelBytes)
		fixed *= 2
	}
	return fixed + each*int64(n.Connections)
}

func or(given, otherwise int64) int64 {
	if given == 0 {
		return otherwise
	}
	return given
}

// addresses is how many source addresses the connections come from.
func (n Need) addresses(f Facts) int {
	switch {
	case n.Addresses > 0:
		return n.Addresses
	case n.Local && f.OS == "linux":
		return sourcesFor(n.Connections)
	}
	return 1
}
