package sample

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// ReadProcess samples a process by its id.
func ReadProcess(pid int) (Process, error) {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	p := Process{PID: pid}
	err := p.read(dir)
	if err != nil {
		return Process{}, fmt.Errorf("sample process %d: %w", pid, err)
	}
	return p, nil
}

func (p *Process) read(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return err
	}
	if err := p.parseStat(string(text), int64(os.Getpagesize())); err != nil {
		return err
	}
	return p.readWait(filepath.Join(dir, "task"))
}

// OpenFiles counts a process's open files. That takes about a millisecond for each
// 4,000 of them, and is not for each second.
func OpenFiles(pid int) (int, error) {
	names, err := readNames(filepath.Join("/proc", strconv.Itoa(pid), "fd"))
	if err != nil {
		return 0, fmt.Errorf("count the open files of process %d: %w", pid, err)
	}
	return len(names), nil
}

// readWait adds up what each thread ran and waited. One may end meanwhile.
func (p *Process) readWait(dir string) error {
	threads, err := readNames(dir)
	if err != nil {
		return err
	}
	for _, thread := range threads {
		text, err := os.ReadFile(filepath.Join(dir, thread, "schedstat"))
		if err != nil {
			continue
		}
		run, wait, err := parseSchedstat(string(text))
		if err != nil {
			return err
		}
		p.RunTime += run
		p.WaitRun += wait
	}
	return nil
}

// readNames is what is in a folder, unsorted: a process with 20,000 connections
// has as many files.
func readNames(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return f.Readdirnames(-1)
}

// ExactRSS counts a process's pages. The figure that ReadProcess takes is kept
// per core by the kernel and is off by some 100 KB on two cores, more on many;
// this one takes milliseconds for each GB, in which the process may stand still,
// and is not for each second.
func ExactRSS(pid int) (int64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "smaps_rollup"))
	if err != nil {
		return 0, fmt.Errorf("count the memory of process %d: %w", pid, err)
	}
	bytes, err := parseRollup(string(text))
	if err != nil {
		return 0, fmt.Errorf("count the memory of process %d: %w", pid, err)
	}
	return bytes, nil
}

// KernelMemory is how many bytes the kernel holds for sockets and for everything
// else that it keeps in slabs: what a socket takes, with its file and its inode,
// shows as a difference of two moments, and other work of the machine does too.
func KernelMemory() (int64, error) {
	flight, err := SocketMemory()
	if err != nil {
		return 0, err
	}
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, fmt.Errorf("sample kernel memory: %w", err)
	}
	slab, err := parseSlab(string(text))
	if err != nil {
		return 0, fmt.Errorf("sample kernel memory: %w", err)
	}
	return flight + slab, nil
}

// SocketMemory is how many bytes of memory the kernel holds for what is in flight
// in the TCP sockets of this machine: what the third value of the setting
// net.ipv4.tcp_mem bounds. A socket itself (some 3.5 KB) is not in it.
func SocketMemory() (int64, error) {
	text, err := os.ReadFile("/proc/net/sockstat")
	if err != nil {
		return 0, fmt.Errorf("sample socket memory: %w", err)
	}
	pages, err := parseSockstat(string(text))
	if err != nil {
		return 0, fmt.Errorf("sample socket memory: %w", err)
	}
	return min(pages, 1<<40) * int64(os.Getpagesize()), nil
}
