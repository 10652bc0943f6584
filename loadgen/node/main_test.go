package node

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// This program plays other parts when these say so: a server with a fault, or a
// parent that is going to be killed.
const (
	envFake   = "THRONG_TEST_FAKE_SERVER"
	envParent = "THRONG_TEST_PARENT_OF"
)

// throng is where TestMain built the real server.
const envThrong = "THRONG_TEST_BINARY"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(envFake) != "" && len(os.Args) > 1 && os.Args[1] == "serve":
		os.Exit(fake(os.Getenv(envFake)))
	case os.Getenv(envParent) != "":
		os.Exit(parent(os.Getenv(envParent)))
	}
	os.Exit(withServer(m.Run))
}

// withServer builds the real server once.
func withServer(run func() int) int {
	dir, err := os.MkdirTemp("", "throng-node-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary := filepath.Join(dir, "throng")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/seed886cd727/throng").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the server: %v\n%s", err, out)
		return 1
	}
	if err := os.Setenv(envThrong, binary); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

// fake is a server with a fault.
func fake(fault string) int {
	fmt.Fprintln(os.Stderr, "starting")
	fmt.Fprintln(os.Stderr, "something is wrong")
	switch fault {
	case "crash":
		return 3
	case "leaves":
		return 0
	case "garbage":
		fmt.Println("hello, world")
	case "long":
		fmt.Println(strings.Repeat("{", 1<<20))
	case "unready":
		announce(http.StatusServiceUnavailable)
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		announce(http.StatusOK)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// announce listens for the admin API and says addresses like a server; it answers
// with a status.
func announce(status int) {
	l, err := net.Listen("tcp", os.Args[slices.Index(os.Args, "--admin")+1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	}()
	addr := l.Addr().String()
	_ = json.NewEncoder(os.Stdout).Encode(map[string]any{"listen": addr, "admin": addr, "pid": os.Getpid()})
}

// parent starts a node, says its id and waits to be killed.
func parent(dir string) int {
	n, err := Start(context.Background(), Config{Binary: os.Getenv(envThrong), Dir: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(n.PID())
	time.Sleep(time.Hour)
	return 1
}
