package host

import (
	"fmt"
	"net/netip"
	"runtime"
)

// PerSource is how many connections one source address takes to one destination.
// The kernel tries its free ports in turn: past about half of the default range
// (28,232 ports) a connect takes tens of milliseconds instead of microseconds.
// Measured on loopback, Linux 6; see docs/tuning.md.
const PerSource = 12_000

// maxSources bounds the addresses; it is twelve million connections.
const maxSources = 1000

// Sources are the addresses to connect from, to be used in turn. Elsewhere than on
// loopback that is the kernel's choice: one zero Addr. On Linux all of 127.0.0.0/8
// is there to be used; on other systems an address must be set up first, and
// there is 127.0.0.1 alone.
//
// The first is not 127.0.0.1: a server there that is started again must find its
// port free, and a connection to a port where nobody listens must not meet itself.
func Sources(connections int, destination netip.Addr) ([]netip.Addr, error) {
	return sources(connections, destination.Unmap(), runtime.GOOS == "linux")
}

func sources(connections int, destination netip.Addr, wholeBlock bool) ([]netip.Addr, error) {
	n := sourcesFor(connections)
	switch {
	case !destination.IsLoopback():
		return []netip.Addr{{}}, nil
	case n == 1 && (destination.Is6() || !wholeBlock):
		return []netip.Addr{destination}, nil
	case destination.Is6():
		return nil, fmt.Errorf("%d connections to %s: one source address takes %d, and there is only one; connect to 127.0.0.1", connections, destination, PerSource)
	case !wholeBlock:
		return nil, fmt.Errorf("%d connections to %s: one source address takes %d, and this system has only one on loopback; use Linux, or %d connections", connections, destination, PerSource, PerSource)
	case n > maxSources:
		return nil, fmt.Errorf("%d connections from one machine: at most %d", connections, maxSources*PerSource)
	}
	all := make([]netip.Addr, n)
	for i := range all {
		all[i] = loopback(i)
	}
	return all, nil
}

// sourcesFor is how many source addresses connections take.
func sourcesFor(connections int) int {
	return max(1, connections/PerSource+min(1, connections%PerSource))
}

// loopback is the i-th source address: 127.0.0.2 … 127.0.0.254, 127.0.1.1 ….
func loopback(i int) netip.Addr {
	const hosts = 254 // without .0 and .255
	i++
	return netip.AddrFrom4([4]byte{127, byte(i / hosts >> 8), byte(i / hosts), byte(1 + i%hosts)})
}
