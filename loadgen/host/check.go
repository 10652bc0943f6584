package host

import (
	"fmt"
	"strconv"
	"strings"
)

// The kernel's settings that are judged.
const (
	portRange    = "net.ipv4.ip_local_port_range"
	somaxconn    = "net.core.somaxconn"
	synBacklog   = "net.ipv4.tcp_max_syn_backlog"
	tcpMem       = "net.ipv4.tcp_mem"
	conntrackMax = "net.netfilter.nf_conntrack_max"
	fileMax      = "fs.file-max"
	portFirst    = "net.inet.ip.portrange.first" // of darwin
	portLast     = "net.inet.ip.portrange.last"
	filesBound   = "fs.nr_open" // the highest that a limit of open files can be set to
)

const (
	unknown = "unknown"
	// unlimited stands for all higher numbers, so that products of them fit.
	unlimited = 1 << 40
	// backlog is how many connections may wait to be accepted or finished: those of
	// a tenth of a second at the 12,000 a second that two cores connect.
	backlog = 1200
	// pageBytes is tcp_mem's unit. Kernels with larger pages count in those and so
	// allow more.
	pageBytes = 4096
)

// Verdict is what one limit means for a run.
type Verdict struct {
	What   string `json:"what"`
	Have   string `json:"have"` // "unknown" where it cannot be read: that never blocks
	Need   string `json:"need"`
	OK     bool   `json:"ok"`
	Blocks bool   `json:"blocks"`        // the run would fail; otherwise it may be slow, or measure the limit
	Fix    string `json:"fix,omitempty"` // the command that mends it, or what else to do
}

// Check judges every limit. It is a pure function; n must be valid.
func Check(n Need, f Facts) []Verdict {
	return []Verdict{
		checkOpenFiles(n, f), checkAllFiles(n, f), checkPorts(n, f),
		checkQueue("accept queue", somaxconn, n, f), checkQueue("half-open connections", synBacklog, n, f),
		checkSocketMemory(n, f), checkTracking(n, f), checkMemory(n, f),
	}
}

func checkOpenFiles(n Need, f Facts) Verdict {
	v := Verdict{What: "open files of a process"}
	need := int64(n.Connections) + spareFiles
	fix := fmt.Sprintf("sudo prlimit --pid $$ --nofile=%[1]d:%[1]d", need)
	if bound, ok := f.number(filesBound, 0); ok && bound < need {
		fix = set(filesBound, need) + " && " + fix
	}
	if f.OS == "darwin" {
		fix = fmt.Sprintf("sudo sysctl -w kern.maxfilesperproc=%[1]d && ulimit -n %[1]d", need)
	}
	return v.atLeast(int64(min(f.OpenFiles, unlimited)), need, true, fix)
}

func checkAllFiles(n Need, f Facts) Verdict {
	v := Verdict{What: "open files of the machine"}
	have, _ := f.number(fileMax, 0)
	need := n.ends() + f.FilesOfTheSystem + 2*spareFiles
	return v.atLeast(have, need, true, set(fileMax, need))
}

// checkPorts judges how many connections the source addresses take. Past 3/7 of
// the ports, which is PerSource of the default range, connecting is slow.
func checkPorts(n Need, f Facts) Verdict {
	v := Verdict{What: "ports × source addresses", Need: grouped(int64(n.Connections))}
	low, high, ok := f.ports()
	if !ok || high < low {
		return v.unknown()
	}
	ports, addresses := high-low+1, int64(n.addresses(f))
	v.Have = fmt.Sprintf("%s × %d", grouped(ports), addresses)
	v.OK = ports*addresses*3/7 >= int64(n.Connections)
	v.Blocks = ports*addresses < int64(n.Connections)
	if !v.OK {
		v.Fix = f.morePorts()
	}
	if n.Local && f.OS != "linux" && n.Connections > PerSource { // as Sources has it
		v.OK, v.Blocks = false, true
		v.Fix = fmt.Sprintf("ask for at most %s connections here, or use Linux", grouped(PerSource))
	}
	return v
}

func (f Facts) morePorts() string {
	if f.OS == "darwin" {
		return set(portFirst, 1024)
	}
	return fmt.Sprintf(`sudo sysctl -w %s="1024 65535"`, portRange)
}

// ports is the range that source ports come from.
func (f Facts) ports() (low, high int64, ok bool) {
	low, lowOK := f.number(portRange, 0)
	high, highOK := f.number(portRange, 1)
	if f.OS == "darwin" {
		low, lowOK = f.number(portFirst, 0)
		high, highOK = f.number(portLast, 0)
	}
	return low, high, lowOK && highOK
}

// checkQueue judges a queue of the server's. One that is too short makes clients
// wait and try again, which is measured then.
func checkQueue(what, setting string, n Need, f Facts) Verdict {
	v := Verdict{What: what}
	if !n.ServerHere {
		v.Have, v.Need, v.OK = "not here", "-", true
		return v
	}
	have, _ := f.number(setting, 0)
	need := min(int64(n.Connections), backlog)
	return v.atLeast(have, need, false, set(setting, need))
}

// checkSocketMemory wants a page for each end: one that has anything in flight
// takes that. From the second of the setting's three values on the kernel saves,
// at the third it drops. Connections that are silent take nothing of it, so it
// never blocks.
func checkSocketMemory(n Need, f Facts) Verdict {
	v := Verdict{What: "socket memory (tcp_mem)"}
	pressure, ok := f.number(tcpMem, 1)
	v.Need = size(n.ends() * pageBytes)
	if !ok {
		return v.unknown()
	}
	v.Have, v.OK = size(pressure*pageBytes), pressure >= n.ends()
	if !v.OK {
		highest, _ := f.number(tcpMem, 2)
		v.Fix = fmt.Sprintf(`sudo sysctl -w %s="%d %d %d"`, tcpMem, n.ends(), n.ends()*2, max(n.ends()*3, highest))
	}
	return v
}

// checkTracking judges the firewall's table of connections. A table that is empty
// belongs to a firewall without rules, which follows nothing.
func checkTracking(n Need, f Facts) Verdict {
	v := Verdict{What: "tracked connections"}
	have, ok := f.number(conntrackMax, 0)
	if !ok {
		v.Have, v.Need, v.OK = "no tracking", "-", true
		return v
	}
	need := int64(n.Connections) + f.TrackedConns
	return v.atLeast(have, need, f.TrackedConns > 0, set(conntrackMax, need))
}

func checkMemory(n Need, f Facts) Verdict {
	v := Verdict{What: "memory", Need: size(n.memory())}
	have := or(f.AvailableBytes, f.MemoryBytes)
	if have == 0 {
		return v.unknown()
	}
	v.Have = size(have)
	v.OK = have >= n.memory()
	if v.Blocks = !v.OK; v.Blocks {
		v.Fix = fmt.Sprintf("ask for at most %s connections here", grouped(n.affordable(have)))
	}
	return v
}

// affordable is how many connections have room in so many bytes.
func (n Need) affordable(have int64) int64 {
	fixed := n
	fixed.Connections = 0
	each := (n.memory() - fixed.memory()) / int64(n.Connections)
	return max(0, have-fixed.memory()) / each
}

// atLeast judges two numbers; 0 is one that could not be read.
func (v Verdict) atLeast(have, need int64, blocks bool, fix string) Verdict {
	v.Need = grouped(need)
	if have == 0 {
		return v.unknown()
	}
	v.Have = grouped(have)
	v.OK = have >= need
	if !v.OK {
		v.Blocks, v.Fix = blocks, fix
	}
	return v
}

func (v Verdict) unknown() Verdict {
	v.Have, v.OK = unknown, true
	return v
}

// number is the i-th value of a setting.
func (f Facts) number(setting string, i int) (int64, bool) {
	values := strings.Fields(f.Sysctls[setting])
	if i >= len(values) {
		return 0, false
	}
	n, err := strconv.ParseInt(values[i], 10, 64)
	return min(n, unlimited), err == nil && n >= 0
}

func set(setting string, value int64) string {
	return fmt.Sprintf("sudo sysctl -w %s=%d", setting, value)
}
