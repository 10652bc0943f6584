package sample

import (
	"strings"
	"testing"
	"time"
)

// stat is a line with a command that wants to be misread.
const stat = "4242 (a) R (b 1 2) S 1 4242 4242 0 -1 4194560 2217 0 0 0 1234 66 0 0 20 0 9 0 987654 1270595584 2560 18446744073709551615 1 1 0 0 0 0 0 0 2143420159 0 0 0 17 1 0 0 0 0 0\n"

func TestStat(t *testing.T) {
	var p Process
	if err := p.parseStat(stat, 4096); err != nil {
		t.Fatal(err)
	}
	if want := (Process{Started: 987654, RSS: 2560 * 4096, CPU: 13 * time.Second, Threads: 9}); p != want {
		t.Errorf("%+v, want %+v", p, want)
	}
}

func TestSchedstat(t *testing.T) {
	if run, wait, err := parseSchedstat("3500000 420000 77\n"); run != 3500*time.Microsecond || wait != 420*time.Microsecond || err != nil {
		t.Errorf("%v %v %v", run, wait, err)
	}
}

func TestSockstat(t *testing.T) {
	const text = "sockets: used 13\nTCP: inuse 1 orphan 0 tw 0 alloc 1 mem 150\nUDP: inuse 0 mem 3\n"
	if pages, err := parseSockstat(text); pages != 150 || err != nil {
		t.Errorf("%d %v", pages, err)
	}
}

func TestRollup(t *testing.T) {
	const text = "00400000-7ffd8000 ---p 00000000 00:00 0    [rollup]\nRss:                1708 kB\nPss:     99 kB\n"
	if bytes, err := parseRollup(text); bytes != 1708<<10 || err != nil {
		t.Errorf("%d %v", bytes, err)
	}
}

func TestOddProc(t *testing.T) {
	var p Process
	for _, text := range []string{"", "1 (x) S", "no parenthesis", strings.Replace(stat, "1234", "x", 1), strings.Replace(stat, "2560", "-1", 1)} {
		if err := p.parseStat(text, 4096); err == nil {
			t.Errorf("stat %q is taken", text)
		}
		if _, _, err := parseSchedstat(text[:min(len(text), 3)]); err == nil {
			t.Errorf("schedstat %q is taken", text)
		}
		if _, err := parseSockstat(text); err == nil {
			t.Errorf("sockstat %q is taken", text)
		}
		if _, err := parseRollup(text); err == nil {
			t.Errorf("smaps_rollup %q is taken", text)
		}
	}
}

func TestWaitRatio(t *testing.T) {
	if r, ok := WaitRatio(90*time.Millisecond, 10*time.Millisecond); !ok || r != 0.1 {
		t.Errorf("%v %v", r, ok)
	}
	if _, ok := WaitRatio(0, 0); ok {
		t.Error("a ratio of nothing")
	}
}

// FuzzProc: whatever the kernel says is an error or makes sense.
func FuzzProc(f *testing.F) {
	for _, text := range []string{stat, "3500000 420000 77\n", "TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 150\n", "TCP: mem", "Rss: 17 kB\n", "Slab:  7 kB\n", ") " + strings.Repeat("9223372036854775807 ", 30)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var p Process
		if err := p.parseStat(text, 1<<16); err == nil && (p.CPU < 0 || p.RSS < 0) {
			t.Errorf("stat: %+v", p)
		}
		if run, wait, err := parseSchedstat(text); err == nil && (run < 0 || wait < 0) {
			t.Errorf("schedstat: %v %v", run, wait)
		}
		if slab, err := parseSlab(text); err == nil && slab < 0 {
			t.Errorf("meminfo: %d", slab)
		}
		if pages, err := parseSockstat(text); err == nil && pages < 0 {
			t.Errorf("sockstat: %d", pages)
		}
		if bytes, err := parseRollup(text); err == nil && bytes < 0 {
			t.Errorf("smaps_rollup: %d", bytes)
		}
	})
}
