package node

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seed886cd727/throng/loadgen/admin"
)

// start starts a real node and checks at the test's end that nothing is left of it.
func start(t *testing.T, c Config) *Node {
	t.Helper()
	before := runtime.NumGoroutine()
	c.Binary = os.Getenv(envThrong)
	if c.Dir == "" {
		c.Dir = filepath.Join(t.TempDir(), "data")
	}
	n, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		nothingLeft(t, before)
	})
	return n
}

// nothingLeft waits until there are no more goroutines than before, and no child.
func nothingLeft(t *testing.T, before int) {
	t.Helper()
	if _, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); !errors.Is(err, syscall.ECHILD) {
		t.Errorf("a child is left: %v", err)
	}
	if !eventually(func() bool { return runtime.NumGoroutine() <= before }) {
		stacks := make([]byte, 64<<10)
		t.Errorf("goroutines are left:\n%s", stacks[:runtime.Stack(stacks, true)])
	}
}

// eventually waits until a condition holds.
func eventually(holds func() bool) bool {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if holds() {
			return true
		}
	}
	return false
}

// exists reports whether there is a process, be it a dead one that nobody waited for.
func exists(pid int) bool { return syscall.Kill(pid, 0) == nil }

func quiet(t *testing.T, n *Node) {
	t.Helper()
	select {
	case err := <-n.Died():
		t.Errorf("it died: %v", err)
	default:
	}
}

func TestLives(t *testing.T) {
	log := filepath.Join(t.TempDir(), "server.log")
	n := start(t, Config{LogFile: log, Args: []string{"--drain-within", "1s"}})
	ctx := t.Context()
	addr, base := n.Addr(), n.Admin()
	one := admin.Conversation{ID: "c", Kind: "group", Members: slices.Values([]string{"ann", "bob"})}
	for life, end := range []func() error{
		n.Kill,
		func() error { return n.Drain(ctx, time.Second) },
		func() error { return n.Stop(ctx) },
		n.Kill,
	} {
		pid := n.PID()
		s, err := n.API().Provision(ctx, slices.Values([]admin.Conversation{one}))
		if err != nil || s.Existing != min(life, 1) || s.Created != 1-min(life, 1) {
			t.Fatalf("life %d: its data is not that of the life before: %+v, %v", life, s, err)
		}
		if c, err := net.Dial("tcp", addr.String()); err != nil {
			t.Errorf("life %d takes no connections: %v", life, err)
		} else {
			_ = c.Close()
		}
		if err := end(); err != nil {
			t.Errorf("life %d: %v", life, err)
		}
		if exists(pid) {
			t.Errorf("life %d goes on", life)
		}
		if err := errors.Join(n.Kill(), n.Stop(ctx)); err != nil {
			t.Errorf("life %d, ended again: %v", life, err)
		}
		if err := n.Restart(ctx); err != nil || n.Addr() != addr || n.Admin() != base || n.PID() == pid {
			t.Fatalf("after life %d: %v, %v, %v, %d", life, err, n.Addr(), n.Admin(), n.PID())
		}
	}
	if err := n.Restart(ctx); err == nil || !strings.Contains(err.Error(), "kill, drain or stop it first") {
		t.Errorf("restarted while it runs: %v", err)
	}
	quiet(t, n)
	if text, err := os.ReadFile(log); err != nil || strings.Count(string(text), "drained") != 2 {
		t.Errorf("the log is %q, %v", text, err)
	}
}

func TestDies(t *testing.T) {
	n := start(t, Config{Args: []string{"--log-level", "debug"}})
	for range 2 { // a death after the first is told too
		if err := syscall.Kill(n.PID(), syscall.SIGABRT); err != nil {
			t.Fatal(err)
		}
		err := <-n.Died() // it comes, or the test's time runs out
		if err == nil || !strings.Contains(err.Error(), "the server died: it ended with") || !strings.Contains(err.Error(), "its last words:\n") {
			t.Errorf("died: %v", err)
		}
		if err := n.Drain(t.Context(), 0); err == nil || !strings.Contains(err.Error(), "ended before") {
			t.Errorf("drained what is dead: %v", err)
		}
		if err := n.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	quiet(t, n)
}

// TestDrainedByOthers: who drains it otherwise than through its Node has surprised us.
func TestDrainedByOthers(t *testing.T) {
	n := start(t, Config{})
	if err := n.API().Drain(t.Context(), admin.DrainRequest{Within: new(time.Duration(0))}); err != nil {
		t.Fatal(err)
	}
	if err := <-n.Died(); err == nil || !strings.Contains(err.Error(), "ended by itself") {
		t.Errorf("died: %v", err)
	}
}

// TestRefusedDrain: where the server does not take the order, its death is a
// surprise as before.
func TestRefusedDrain(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	n := start(t, Config{Args: []string{"--admin-token-file", token}, Token: "wrong"})
	if err := n.Drain(t.Context(), 0); !admin.Refused(err, http.StatusUnauthorized) {
		t.Errorf("drained: %v", err)
	}
	if err := syscall.Kill(n.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-n.Died(); err == nil || !strings.Contains(err.Error(), "signal: killed") {
		t.Errorf("died: %v", err)
	}
}

func TestDrainIsWaitedFor(t *testing.T) {
	n := start(t, Config{})
	c := upgrade(t, n)
	defer func() { _ = c.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := n.Drain(ctx, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("drained a server with a client in no time: %v", err)
	}
	quiet(t, n)
	if err := n.Kill(); err != nil {
		t.Error(err)
	}
}

// upgrade makes a WebSocket connection that says nothing.
func upgrade(t *testing.T, n *Node) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", n.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	const key = "dGhlIHNhbXBsZSBub25jZQ==" // of RFC 6455
	_, _ = io.WriteString(c, "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: throng.v1.json\r\nSec-WebSocket-Key: "+key+"\r\n\r\n")
	if line, err := bufio.NewReader(c).ReadString('\n'); !strings.Contains(line, " 101 ") {
		t.Fatalf("the server answers %q, %v", line, err)
	}
	return c
}

func TestFailedStarts(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for fault, want := range map[string]string{
		"crash":   "it ended with exit status 3; its last words:\n  starting\n  something is wrong",
		"leaves":  "the server ended by itself; its last words:\n  starting",
		"garbage": `it said "hello, world" instead of its addresses`,
		"long":    `instead of its addresses`,
		"silent":  "it was not ready within 1s",
		"unready": "it was not ready within 1s",
	} {
		t.Run(fault, func(t *testing.T) {
			before := runtime.NumGoroutine()
			t.Setenv(envFake, fault)
			within := time.Second
			if fault == "crash" || fault == "leaves" {
				within = 10 * time.Second // under the race detector a process takes a second to exit
			}
			_, err := Start(t.Context(), Config{Binary: self, Dir: t.TempDir(), StartWithin: within})
			if err == nil || !strings.HasPrefix(err.Error(), "start the server: ") || !strings.Contains(err.Error(), want) {
				t.Errorf("started: %v; want %q", err, want)
			}
			if len(err.Error()) > 1000 {
				t.Errorf("it says %d bytes", len(err.Error()))
			}
			nothingLeft(t, before)
		})
	}
}

func TestBadConfigs(t *testing.T) {
	binary, dir := os.Getenv(envThrong), t.TempDir()
	for want, c := range map[string]Config{
		"no folder was given":   {Binary: binary},
		"no such file":          {Binary: binary + "x", Dir: dir},
		"the server's log":      {Binary: binary, Dir: dir, LogFile: filepath.Join(dir, "no", "log")},
		"unknown flag: --speed": {Binary: binary, Dir: dir, Args: []string{"--speed"}},
	} {
		if _, err := Start(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("started: %v; want %q", err, want)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("no more time"))
	if _, err := Start(ctx, Config{Binary: binary, Dir: dir}); err == nil || !strings.Contains(err.Error(), "no more time") {
		t.Errorf("started: %v", err)
	}
	nothingLeft(t, runtime.NumGoroutine())
}

// TestStubborn: Stop ends what does not want to end, and says so.
func TestStubborn(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(envFake, "stubborn")
	n, err := Start(t.Context(), Config{Binary: self, Dir: t.TempDir(), StopWithin: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Stop(t.Context()); err == nil || !strings.Contains(err.Error(), "had not ended after 100ms, and was killed") {
		t.Errorf("stopped: %v", err)
	}
	if err := n.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.Stop(ctx); !errors.Is(err, context.Canceled) || exists(n.PID()) {
		t.Errorf("stopped: %v", err)
	}
	quiet(t, n)
	nothingLeft(t, runtime.NumGoroutine())
}

// TestAllAtOnce: whoever calls what and when, it ends, and at the end it can be
// started again.
func TestAllAtOnce(t *testing.T) {
	n := start(t, Config{})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			for ctx.Err() == nil && !t.Failed() {
				switch i % 4 { // their errors depend on the others
				case 0:
					_ = n.Kill()
				case 1:
					_ = n.Restart(ctx)
				case 2:
					_ = n.Drain(ctx, 0)
				case 3:
					_ = n.Stop(ctx)
				}
				if n.PID() == 0 || !n.Addr().IsValid() {
					t.Error("it has lost its id or its address")
				}
			}
		})
	}
	wg.Wait()
	_ = n.Kill()
	if err := n.Restart(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestParentIsKilled: the server goes with its parent, however that goes.
func TestParentIsKilled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := exec.Command(self)
	p.Env = append(os.Environ(), envParent+"="+t.TempDir())
	p.Stderr = os.Stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	child, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || !exists(child) {
		t.Fatalf("the parent said %q", line)
	}
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait() // it was killed
	if !eventually(func() bool { return !running(child) }) {
		t.Errorf("process %d goes on without its parent", child)
		_ = syscall.Kill(child, syscall.SIGKILL)
	}
}

// running reports whether a process is there that does not only wait for whoever
// adopted it to take notice of its end.
func running(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return exists(pid) && runtime.GOOS != "linux"
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}
