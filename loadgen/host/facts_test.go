package host

import (
	"encoding/json"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"testing"
)

func TestThisMachine(t *testing.T) {
	f := Read()
	if f.OS != runtime.GOOS || f.Arch != runtime.GOARCH || f.Cores != runtime.NumCPU() || f.OpenFiles == 0 {
		t.Errorf("the facts are %+v", f)
	}
	if f.Kernel == "" || f.MemoryBytes < 64<<20 {
		t.Errorf("kernel %q, %d bytes of memory", f.Kernel, f.MemoryBytes)
	}
	if f.AvailableBytes > f.MemoryBytes {
		t.Errorf("%d bytes of %d are available", f.AvailableBytes, f.MemoryBytes)
	}
	if runtime.GOOS == "linux" && (f.Sysctls[portRange] == "" || f.AvailableBytes == 0 || f.FilesOfTheSystem == 0) {
		t.Errorf("the facts are %+v", f)
	}
}

// TestJSON: these names are in every run record.
func TestJSON(t *testing.T) {
	text, err := json.Marshal(Read())
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{"arch", "cores", "cpu_model", "kernel", "memory_bytes", "open_files", "os", "sysctls"}
	if !slices.Equal(names, want) {
		t.Errorf("the fields are %v, want %v", names, want)
	}
}

func TestContainerMemory(t *testing.T) {
	for _, c := range []struct{ limit, used, memory, available int64 }{
		{0, 5, 1000, 800},    // no limit
		{2000, 5, 1000, 800}, // one that does not matter
		{500, 100, 500, 400}, // less than there is
		{500, 900, 500, 0},   // more is used than allowed
		{900, 10, 900, 800},  // others use it
	} {
		f := Facts{MemoryBytes: 1000, AvailableBytes: 800}
		f.limitMemory(c.limit, c.used)
		if f.MemoryBytes != c.memory || f.AvailableBytes != c.available {
			t.Errorf("limit %d, used %d: %d of %d are available", c.limit, c.used, f.AvailableBytes, f.MemoryBytes)
		}
	}
}

func TestRaiseOpenFiles(t *testing.T) {
	limit, err := RaiseOpenFiles()
	if err != nil || limit != Read().OpenFiles {
		t.Errorf("raised to %d, %v; the limit is %d", limit, err, Read().OpenFiles)
	}
}

// TestSourcesConnect: the kernel lets us use them.
func TestSourcesConnect(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has all of 127.0.0.0/8")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	all, err := Sources(PerSource*300, netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []netip.Addr{all[0], all[252], all[253], all[299]} {
		d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, 0))}
		c, err := d.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Errorf("from %v: %v", source, err)
			continue
		}
		_ = c.Close()
	}
}
