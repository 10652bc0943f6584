package sample

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestThisProcess: what is used shows, in the right unit.
func TestThisProcess(t *testing.T) {
	before, filesBefore := read(t), countFiles(t)
	const size = 64 << 20
	held := make([]byte, size)
	for i := 0; i < size; i += 4096 {
		held[i] = 1
	}
	var files []*os.File
	for range 10 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); { // busy
	}
	after := read(t)
	runtime.KeepAlive(held)
	filesAfter := countFiles(t)
	for _, f := range files {
		_ = f.Close()
	}
	if d := after.RSS - before.RSS; d < size*9/10 || d > size*8 { // the race detector keeps as much again and more
		t.Errorf("64 MiB more are %d bytes more", d)
	}
	if exact, err := ExactRSS(os.Getpid()); err != nil || exact < size || (exact-after.RSS) > 16<<20 || (after.RSS-exact) > 16<<20 {
		t.Errorf("exactly %d bytes, %v; otherwise %d", exact, err, after.RSS)
	}
	if d := filesAfter - filesBefore; d != 10 {
		t.Errorf("10 files more are %d more", d)
	}
	if d := after.CPU - before.CPU; d < 20*time.Millisecond || d > 3*time.Second {
		t.Errorf("200 ms of work are %v", d)
	}
	if after.Threads < 2 || after.Started == 0 || after.Started != before.Started || after.PID != os.Getpid() {
		t.Errorf("%+v", after)
	}
	if _, err := os.Stat("/proc/self/schedstat"); err == nil && after.RunTime <= before.RunTime {
		t.Errorf("on the CPU for %v, then for %v", before.RunTime, after.RunTime)
	}
}

func countFiles(t *testing.T) int {
	t.Helper()
	n, err := OpenFiles(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func read(t *testing.T) Process {
	t.Helper()
	p, err := ReadProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNoProcess(t *testing.T) {
	c := exec.Command("true")
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	pid := c.Process.Pid
	if _, err := ReadProcess(pid); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "sample process ") {
		t.Errorf("%v", err)
	}
	if _, err := ExactRSS(pid); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestSocketMemory(t *testing.T) {
	if bytes, err := SocketMemory(); err != nil || bytes < 0 || bytes%int64(os.Getpagesize()) != 0 {
		t.Errorf("%d, %v", bytes, err)
	}
}

// TestKernelMemory: what thousands of sockets take shows.
func TestKernelMemory(t *testing.T) {
	before, err := KernelMemory()
	if err != nil {
		t.Fatal(err)
	}
	const sockets = 4000
	for range sockets {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer syscall.Close(fd)
	}
	after, err := KernelMemory()
	if err != nil {
		t.Fatal(err)
	}
	// A socket with its inode is 3 KB and more; other work of the machine comes and goes.
	if d := after - before; d < sockets*1000 {
		t.Errorf("%d sockets more are %d bytes more", sockets, d)
	}
}
