package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed886cd727/throng/bench/peers/servers"
)

// TestMain plays a part where this program was started again for one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "serve" || os.Args[1] == "client") {
		if err := execute(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestEveryServerInEveryRole: the client fails unless it counts every message.
func TestEveryServerInEveryRole(t *testing.T) {
	s, err := parse(strings.Fields("-rounds 1 -idle 10 -echo 10 -accept 10 -members 10 -for 10ms"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.run(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.faults {
		t.Errorf("%s, %s: %s", f.Server, f.Role, f.Why)
	}
	for _, e := range servers.All() {
		for _, c := range s.columns() {
			value, ok := r.rounds[0][e.Name][c]
			if !ok || value <= 0 && c != columnIdle { // ten connections are less than what the heap drifts by
				t.Errorf("%s, %s: %v, measured: %v", e.Name, c, value, ok)
			}
		}
	}
}

func TestAnEndKillsTheProcesses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p, err := start(ctx, anyCPU, "serve", "epoll")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	ended := make(chan error, 1)
	go func() { _, err := p.listen(); ended <- err }()
	select {
	case err := <-ended:
		if err == nil || p.cmd.ProcessState == nil {
			t.Errorf("the server goes on: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the server goes on")
		p.stop()
	}
	s, err := parse([]string{"-servers", "epoll"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.run(ctx, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("a run that was cancelled: %v", err)
	}
}

func TestAProcessEndsWithItsInput(t *testing.T) {
	p, err := start(t.Context(), anyCPU, "serve", "netio")
	if err != nil {
		t.Fatal(err)
	}
	_ = p.in.Close()
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the server goes on without an input")
		p.stop()
	}
}

func TestPinningIsTheChildsAlone(t *testing.T) {
	before, err := cpus()
	if err != nil {
		t.Fatal(err)
	}
	last := before[len(before)-1]
	p, err := start(t.Context(), last, "serve", "epoll")
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	if got := allowed(t, fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid)); got != fmt.Sprint(last) {
		t.Errorf("the child may use cpu %s, not %d", got, last)
	}
	threads, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil || len(threads) == 0 {
		t.Fatal(threads, err)
	}
	own := allowed(t, "/proc/self/status") // the first thread's, which made no child
	for _, thread := range threads {
		if got := allowed(t, thread); got != own {
			t.Errorf("%s: %s, not %s", thread, got, own)
		}
	}
}

// allowed is which CPUs a thread may use.
func allowed(t *testing.T, status string) string {
	t.Helper()
	text, err := os.ReadFile(status)
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "Cpus_allowed_list:")
	list, _, _ = strings.Cut(list, "\n")
	return strings.TrimSpace(list)
}

func TestWhyAProcessFailed(t *testing.T) {
	if _, err := start(t.Context(), anyCPU, "serve", "nobody"); err == nil || !strings.Contains(err.Error(), `no server "nobody"`) {
		t.Errorf("%v", err)
	}
}
