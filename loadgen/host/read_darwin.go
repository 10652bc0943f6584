package host

import (
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// openFiles is the highest limit of open files that this process may set itself:
// the kernel's own bound holds where the hard limit is none.
func openFiles() (uint64, error) {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 0, fmt.Errorf("read the limit of open files: %w", err)
	}
	bound, err := unix.SysctlUint32("kern.maxfilesperproc")
	if err != nil {
		return l.Max, nil
	}
	return min(l.Max, uint64(bound)), nil
}

func (f *Facts) read() {
	f.Kernel, _ = unix.Sysctl("kern.osrelease")
	f.CPUModel, _ = unix.Sysctl("machdep.cpu.brand_string")
	if bytes, err := unix.SysctlUint64("hw.memsize"); err == nil {
		f.MemoryBytes = int64(bytes)
	}
	for _, name := range []string{
		"kern.maxfilesperproc", "kern.maxfiles", "kern.ipc.somaxconn", portFirst, portLast,
	} {
		if value, err := unix.SysctlUint32(name); err == nil {
			f.Sysctls[name] = strconv.FormatUint(uint64(value), 10)
		}
	}
}
