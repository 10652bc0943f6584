package bench

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed886cd727/throng/server"
)

// roles are what a child may do; it is told by its environment.
const roleVariable = "THRONG_BENCH_ROLE"

func TestMain(m *testing.M) {
	server.SpareCollections() // as throng serve does
	role := strings.Fields(os.Getenv(roleVariable))
	if len(role) == 0 {
		os.Exit(m.Run())
	}
	var err error
	switch role[0] {
	case "echo":
		err = echoRole(dialPlain, role[1:])
	case "echotls":
		err = echoRole(dialSecure, role[1:])
	case "hear":
		err = hearRole(dialPlain, role[1:])
	case "heartls":
		err = hearRole(dialSecure, role[1:])
	case "shake":
		err = shakeRole(role[1:])
	case "hold":
		err = holdRole(role[1:])
	case "idletls":
		err = idleTLSRole(role[1:])
	case "pairs":
		err = pairsRole(role[1:])
	case "serve":
		err = serveRole(role[1:])
	case "idle":
		err = idleRole(role[1:])
	case "storm":
		err = stormRole(role[1:])
	case "insist":
		err = insistRole(role[1:])
	case "living":
		err = livingRole(role[1:])
	default:
		err = fmt.Errorf("unknown role %q", role[0])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench child:", err)
		os.Exit(1)
	}
}

// child is a process that plays the clients. It says a line when it is ready,
// does a round for each line that it is told, and says a line at its end.
type child struct {
	b     *testing.B
	in    io.WriteCloser
	out   *bufio.Reader
	ready string // what it said when it was ready
	stop  func() // ends it; once
}

func startChild(b *testing.B, role ...any) *child {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+strings.TrimSpace(fmt.Sprintln(role...)))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	c := &child{b: b, in: in, out: bufio.NewReader(out)}
	c.stop = sync.OnceFunc(func() {
		_ = in.Close() // it ends when its input does
		_ = cmd.Wait()
	})
	b.Cleanup(c.stop)
	c.ready = c.wait()
	return c
}

func (c *child) wait() string {
	c.b.Helper()
	line, err := c.out.ReadString('\n')
	if err != nil {
		c.b.Fatalf("the clients' process ended: %v", err)
	}
	return strings.TrimSpace(line)
}

// round has the child do a round, runs work meanwhile, and gives the CPU time
// that this process took.
func (c *child) round(order any, work func()) (cpu time.Duration, answer string) {
	c.b.Helper()
	before := cpuTime()
	if _, err := fmt.Fprintln(c.in, order); err != nil {
		c.b.Fatal(err)
	}
	if work != nil {
		work()
	}
	answer = c.wait()
	return cpuTime() - before, answer
}

// cpuTime is what this process has used, user and system.
func cpuTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		panic(err) // it only fails for wrong arguments
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// versus gathers what two sides did in the same rounds.
type versus struct{ ours, floor, ratio []float64 }

func (v *versus) add(ours, floor float64) {
	v.ours, v.floor, v.ratio = append(v.ours, ours), append(v.floor, floor), append(v.ratio, ours/floor)
}

func (v *versus) report(b *testing.B, unit string) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(v.ours), unit)
	b.ReportMetric(median(v.floor), "floor-"+unit)
	b.ReportMetric(median(v.ratio), "of-floor")
}
