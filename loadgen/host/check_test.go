package host

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// roomy is a machine on which nothing stands in the way of 100,000 connections.
func roomy() Facts {
	return Facts{
		OS: "linux", OpenFiles: 1 << 20, MemoryBytes: 64 << 30, AvailableBytes: 60 << 30, TrackedConns: 7, FilesOfTheSystem: 1000,
		Sysctls: map[string]string{
			portRange: "32768 60999", somaxconn: "4096", synBacklog: "4096", tcpMem: "300000 400000 600000",
			conntrackMax: "262144", fileMax: "9223372036854775807", filesBound: "1048576",
		},
	}
}

func with(change func(*Facts)) Facts {
	f := roomy()
	f.Sysctls = maps.Clone(f.Sysctls)
	change(&f)
	return f
}

// here is a run with everything on one machine.
func here(connections int) Need { return Need{Connections: connections, Local: true, ServerHere: true} }

func TestRoomForAll(t *testing.T) {
	for _, v := range Check(here(100_000), roomy()) {
		if !v.OK || v.Blocks || v.Fix != "" || v.Have == unknown {
			t.Errorf("%+v", v)
		}
	}
}

// TestLimits takes one limit away at a time: its verdict alone changes, and the
// limit that is just enough is enough.
func TestLimits(t *testing.T) {
	set := func(name, value string) func(*Facts) { return func(f *Facts) { f.Sysctls[name] = value } }
	for name, c := range map[string]struct {
		what   string
		need   Need
		enough func(*Facts)
		low    func(*Facts)
		blocks bool
		fix    string
	}{
		"files": {
			"open files of a process", here(100_000),
			func(f *Facts) { f.OpenFiles = 100_500 }, func(f *Facts) { f.OpenFiles = 100_499 },
			true, "sudo prlimit --pid $$ --nofile=100500:100500",
		},
		"files beyond the kernel's bound": {
			"open files of a process", here(100_000),
			func(f *Facts) { f.OpenFiles = 100_500; f.Sysctls[filesBound] = "100499" },
			func(f *Facts) { f.OpenFiles = 100_499; f.Sysctls[filesBound] = "100499" },
			true, "sudo sysctl -w fs.nr_open=100500 && sudo prlimit --pid $$ --nofile=100500:100500",
		},
		"files of the machine": {
			"open files of the machine", here(100_000), // two ends, what is open, and the spare of two processes
			set(fileMax, "202000"), set(fileMax, "201999"), true, "sudo sysctl -w fs.file-max=202000",
		},
		"ports from elsewhere, slow": {
			"ports × source addresses", Need{Connections: 12_000},
			set(portRange, "10001 38000"), set(portRange, "10001 37999"), false, `sudo sysctl -w net.ipv4.ip_local_port_range="1024 65535"`,
		},
		"ports from elsewhere": {
			"ports × source addresses", Need{Connections: 28_000, Addresses: 1},
			func(f *Facts) { f.Sysctls[portRange] = "1024 66400" }, set(portRange, "10001 37999"), true, "65535",
		},
		"ports of several addresses": {
			"ports × source addresses", here(24_000),
			set(portRange, "10001 38000"), set(portRange, "10001 21999"), true, "65535",
		},
		"accept queue":      {"accept queue", here(100_000), set(somaxconn, "1200"), set(somaxconn, "1199"), false, "sudo sysctl -w net.core.somaxconn=1200"},
		"few in the queue":  {"accept queue", here(100), set(somaxconn, "100"), set(somaxconn, "99"), false, "somaxconn=100"},
		"half-open":         {"half-open connections", here(100_000), set(synBacklog, "1200"), set(synBacklog, "128"), false, "tcp_max_syn_backlog=1200"},
		"socket memory":     {"socket memory (tcp_mem)", here(100_000), set(tcpMem, "1 200000 200001"), set(tcpMem, "1 199999 900000"), false, `sudo sysctl -w net.ipv4.tcp_mem="200000 400000 900000"`},
		"tracking":          {"tracked connections", here(100_000), set(conntrackMax, "100007"), set(conntrackMax, "100006"), true, "sudo sysctl -w net.netfilter.nf_conntrack_max=100007"},
		"tracking, no rule": {"tracked connections", here(100_000), set(conntrackMax, "100007"), func(f *Facts) { f.Sysctls[conntrackMax] = "10"; f.TrackedConns = 0 }, false, "100000"},
		"memory": {
			"memory", here(100_000), // 2 × 128 MiB, and 2 × (2,048 + 3,584) each
			func(f *Facts) { f.AvailableBytes = 256<<20 + 100_000*11_264 },
			func(f *Facts) { f.AvailableBytes = 256<<20 + 100_000*11_264 - 1 },
			true, "ask for at most 99,999 connections here",
		},
		"memory of the generator alone": {
			"memory", Need{Connections: 100_000, Addresses: 10, GeneratorBytes: 1000, KernelBytes: 500},
			func(f *Facts) { f.AvailableBytes = 128<<20 + 100_000*1500 },
			func(f *Facts) { f.AvailableBytes = 64 << 20 },
			true, "at most 0 connections",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if v := verdict(t, c.need, with(c.enough), c.what); !v.OK || v.Blocks || v.Fix != "" {
				t.Errorf("just enough: %+v", v)
			}
			v := verdict(t, c.need, with(c.low), c.what)
			if v.OK || v.Blocks != c.blocks || !strings.Contains(v.Fix, c.fix) {
				t.Errorf("too little: %+v; want blocks %v and %q", v, c.blocks, c.fix)
			}
			refusal := Refusal(c.need, Check(c.need, with(c.low)))
			if (refusal != nil) != c.blocks || refusal != nil && !strings.Contains(refusal.Error(), c.fix) {
				t.Errorf("the refusal is %v", refusal)
			}
		})
	}
}

// verdict is that on one limit; the others must have no fault.
func verdict(t *testing.T, n Need, f Facts, what string) (found Verdict) {
	t.Helper()
	if err := n.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, v := range Check(n, f) {
		if v.What == what {
			found = v
		} else if !v.OK {
			t.Errorf("another limit: %+v", v)
		}
	}
	return found
}

// TestUnknown: what cannot be read never blocks.
func TestUnknown(t *testing.T) {
	n := here(10_000_000)
	for _, v := range Check(n, Facts{OS: "plan9"}) {
		if !v.OK || v.Blocks || v.Have != unknown && v.Have != "no tracking" {
			t.Errorf("%+v", v)
		}
	}
}

// TestAnyFacts: whatever a machine says, Check has an answer for each limit, what
// blocks is not OK, and what is not OK says what mends it.
func TestAnyFacts(t *testing.T) {
	whats := func(v []Verdict) (w []string) {
		for _, one := range v {
			w = append(w, one.What)
		}
		return w
	}
	want := whats(Check(here(1), roomy()))
	value := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9]{1,19}([ \t][0-9]{1,19}){0,3}`))
	rapid.Check(t, func(t *rapid.T) {
		f := Facts{OS: "linux", OpenFiles: rapid.Uint64().Draw(t, "files"), MemoryBytes: rapid.Int64Min(0).Draw(t, "memory"), Sysctls: map[string]string{}}
		for name := range roomy().Sysctls {
			f.Sysctls[name] = value.Draw(t, name)
		}
		n := Need{
			Connections: rapid.IntRange(1, maxSources*PerSource).Draw(t, "connections"), Addresses: rapid.IntRange(0, maxSources).Draw(t, "addresses"),
			Local: rapid.Bool().Draw(t, "local"), ServerHere: rapid.Bool().Draw(t, "here"), ServerBytes: rapid.Int64Range(0, 1<<30).Draw(t, "bytes"),
		}
		if err := n.Validate(); err != nil {
			t.Fatal(err)
		}
		verdicts := Check(n, f)
		if !slices.Equal(whats(verdicts), want) {
			t.Fatalf("judged are %v", whats(verdicts))
		}
		for _, v := range verdicts {
			if v.OK == (v.Fix != "") || v.OK && v.Blocks || v.Have == "" || v.Need == "" || strings.Contains(v.Have+v.Need, "-1") {
				t.Fatalf("%+v", v)
			}
		}
	})
}

// TestDarwin: one source address on loopback, whatever its ports.
func TestDarwin(t *testing.T) {
	f := Facts{OS: "darwin", OpenFiles: 100_000, MemoryBytes: 16 << 30, Sysctls: map[string]string{portFirst: "49152", portLast: "65535"}}
	for connections, want := range map[int]Verdict{
		5000:   {Have: "16,384 × 1", OK: true},
		12_000: {Have: "16,384 × 1", Fix: `sudo sysctl -w net.inet.ip.portrange.first=1024`},
		12_001: {Have: "16,384 × 1", Blocks: true, Fix: "ask for at most 12,000 connections here, or use Linux"},
	} {
		want.What, want.Need = "ports × source addresses", grouped(int64(connections))
		if got := Check(here(connections), f)[2]; got != want {
			t.Errorf("%d connections: %+v, want %+v", connections, got, want)
		}
		if _, err := sources(connections, loopback(0), false); (err != nil) != want.Blocks {
			t.Errorf("%d connections: Check and Sources differ: %v", connections, err)
		}
	}
}

func TestNeedFaults(t *testing.T) {
	err := Need{Connections: 0, Addresses: -1, KernelBytes: -1, ServerBytes: 1 << 40}.Validate()
	if err == nil || len(strings.Split(err.Error(), "\n")) != 4 {
		t.Errorf("not every fault is told: %v", err)
	}
}

func TestTable(t *testing.T) {
	n := here(20_000)
	f := with(func(f *Facts) {
		f.OpenFiles = 20_000
		f.Sysctls[somaxconn] = "128"
		delete(f.Sysctls, tcpMem)
		delete(f.Sysctls, conntrackMax)
	})
	var b strings.Builder
	if err := WriteTable(&b, Check(n, f)); err != nil {
		t.Fatal(err)
	}
	const want = `limit                      have        need     verdict  what mends it
open files of a process    20,000      20,500   blocks   sudo prlimit --pid $$ --nofile=20500:20500
open files of the machine  unlimited   42,000   ok
ports × source addresses   28,232 × 2  20,000   ok
accept queue               128         1,200    low      sudo sysctl -w net.core.somaxconn=1200
half-open connections      4,096       1,200    ok
socket memory (tcp_mem)    unknown     156 MiB  unknown
tracked connections        no tracking -        ok
memory                     60.0 GiB    471 MiB  ok
`
	if strings.ReplaceAll(b.String(), " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("the table is\n%s", b.String())
	}
	at := strings.Index(b.String(), "need")
	for line := range strings.Lines(b.String()) {
		if runes := []rune(line); runes[at-1] != ' ' || runes[at] == ' ' || strings.HasSuffix(line, " \n") {
			t.Errorf("not aligned, or with blanks at its end: %q", line)
		}
	}
}
