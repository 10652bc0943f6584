package host

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// settings are those that Check judges, and those that a comparison of two runs
// wants to know.
func settings() []string {
	return []string{
		portRange, somaxconn, synBacklog, tcpMem, conntrackMax, fileMax, filesBound,
		"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem", "net.core.rmem_max", "net.core.wmem_max",
		"net.core.netdev_max_backlog", "net.ipv4.tcp_tw_reuse", "net.ipv4.tcp_congestion_control", "vm.overcommit_memory",
	}
}

// openFiles is the highest limit of open files that this process may set itself.
func openFiles() (uint64, error) {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 0, fmt.Errorf("read the limit of open files: %w", err)
	}
	return l.Max, nil
}

func (f *Facts) read() {
	for _, name := range settings() {
		if value, ok := sysctl(name); ok {
			f.Sysctls[name] = value
		}
	}
	f.Kernel, _ = sysctl("kernel.osrelease")
	f.CPUModel = field(contents("/proc/cpuinfo"), "model name")
	memory := contents("/proc/meminfo")
	f.MemoryBytes = kilobytes(field(memory, "MemTotal"))
	f.AvailableBytes = kilobytes(field(memory, "MemAvailable"))
	f.limitMemory(number(contents("/sys/fs/cgroup/memory.max")), number(contents("/sys/fs/cgroup/memory.current")))
	f.TrackedConns = sysctlNumber("net.netfilter.nf_conntrack_count")
	f.FilesOfTheSystem = first(contents("/proc/sys/fs/file-nr"))
}

func sysctl(name string) (value string, ok bool) {
	text, err := os.ReadFile("/proc/sys/" + strings.ReplaceAll(name, ".", "/"))
	if err != nil {
		return "", false
	}
	return strings.Join(strings.Fields(string(text)), " "), true
}

func sysctlNumber(name string) int64 {
	value, _ := sysctl(name)
	return number(value)
}

// contents is a file's text; one that cannot be read says nothing.
func contents(name string) string {
	text, _ := os.ReadFile(name)
	return string(text)
}

// field finds a line like 'name : value'.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// kilobytes reads a value like '24683520 kB' in bytes.
func kilobytes(value string) int64 {
	n, _ := strings.CutSuffix(value, " kB")
	return number(n) << 10
}

func first(text string) int64 {
	value, _, _ := strings.Cut(strings.TrimSpace(text), "\t")
	return number(value)
}

// number reads a number; what is none is 0.
func number(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
