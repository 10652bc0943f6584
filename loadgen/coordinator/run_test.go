package coordinator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed886cd727/throng/loadgen/client"
	"github.com/seed886cd727/throng/loadgen/node"
	"github.com/seed886cd727/throng/results"
	"github.com/seed886cd727/throng/scenarios"
)

// program is the throng program, built once for all tests.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "throng-coordinator-")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "throng")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/seed886cd727/throng").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("go build: %v\n%s", err, out))
	}
	status := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

// trial is a run of a test.
type trial struct {
	*results.Summary
	t   *testing.T
	dir string
}

// options are those of a run of a scenario's text.
func options(t *testing.T, text string, set ...string) Options {
	t.Helper()
	s, err := scenarios.Parse("test.yaml", []byte(text), set)
	if err != nil {
		t.Fatal(err)
	}
	return Options{Scenario: s, Out: filepath.Join(t.TempDir(), "run"), Progress: Silent{}, Binary: program}
}

// try makes a run that must come to its end.
func try(t *testing.T, o Options) trial {
	t.Helper()
	s, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return trial{s, t, o.Out}
}

func (r trial) figure(name string) float64 {
	r.t.Helper()
	v := r.Figures.Get(name)
	if v == nil {
		r.t.Fatalf("%s is absent", name)
	}
	return *v
}

func (r trial) zero(names ...string) {
	r.t.Helper()
	for _, name := range names {
		if v := r.figure(name); v != 0 {
			r.t.Errorf("%s is %v, want 0", name, v)
		}
	}
}

func (r trial) above(bound float64, names ...string) {
	r.t.Helper()
	for _, name := range names {
		if v := r.figure(name); v <= bound {
			r.t.Errorf("%s is %v, want more than %v", name, v, bound)
		}
	}
}

func (r trial) equal(a, b string) {
	r.t.Helper()
	if r.figure(a) != r.figure(b) {
		r.t.Errorf("%s is %v, but %s is %v", a, r.figure(a), b, r.figure(b))
	}
}

// sound says that nothing that was acknowledged was lost, and nothing came twice.
func (r trial) sound() {
	r.t.Helper()
	r.zero("lost", "unacknowledged", "refused", "sends.abandoned", "duplicates.residual", "double_stored", "order.violations",
		"order.disagreements", "phantom", "foreign", "misdelivered", "corrupted")
	r.above(0, "order.blocks_compared", "delivered")
	r.equal("expected", "delivered")
	r.equal("sent", "acked")
}

const direct = `
population: {users: 60, devices: 2}
conversations: {kind: direct, per_user: 3}
traffic: {send: {rate: 100/s, arrival: constant}, receipts: {share: 50%}}
phases:
- {name: connect, rate: 1k/s}
- {name: warm-up, for: 1s}
- {name: steady, for: 2s, measured: true}
- {name: settle, for: 20s}
thresholds: [lost == 0, {expression: delivery.p50 < 10s, phase: steady}]
`

func TestDirect(t *testing.T) {
	r := try(t, options(t, direct))
	r.sound()
	r.zero("receipt.lost", "cursor.regressions", "gaps", "duplicates.wire", "connections.failed")
	if r.figure("sent") != 300 || r.figure("expected") != 1200 { // two members with two devices each
		t.Errorf("%v sent, %v expected; want 300 and 1200", r.figure("sent"), r.figure("expected"))
	}
	if ack, delivery := r.figure("ack.count"), r.figure("delivery.count"); ack != 200 || delivery != 800 {
		t.Errorf("%v acks and %v deliveries of what was due in the measured phase, want 200 and 800", ack, delivery)
	}
	if len(r.Thresholds) != 2 || !r.Thresholds[0].Passed || !r.Thresholds[1].Passed {
		t.Errorf("thresholds: %+v", r.Thresholds)
	}
	r.record()
}

// TestCompressed makes the same run twice: what is compressed takes fewer bytes.
func TestCompressed(t *testing.T) {
	var received []float64
	for _, is := range []string{"true", "false"} {
		r := try(t, options(t, direct, "target.compression="+is, "traffic.payload.size=1000", "phases[2].for=1s"))
		r.sound()
		received = append(received, r.figure("wire.bytes_received"))
		record, err := results.Read(r.dir)
		if err != nil {
			t.Fatal(err)
		}
		target, generator := record.Environment.Target.Settings["compression"], record.Environment.GeneratorSettings["compression"]
		if want := map[string]string{"true": "deflate permessage-deflate", "false": "off "}[is]; target+" "+generator != want {
			t.Errorf("the record says %q and %q", target, generator)
		}
	}
	if received[0] > 0.8*received[1] {
		t.Errorf("%v bytes compressed, %v plain", received[0], received[1])
	}
}

// TestTargetThatDeclinesCompression has sessions ask who would not.
func TestTargetThatDeclinesCompression(t *testing.T) {
	o := options(t, direct, "target.compression=true", "phases[0].rate=2k/s")
	o.ServeArgs = []string{"--compression=off"}
	_, err := Run(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "the server declined compression") {
		t.Fatal(err)
	}
}

// record holds the files against the summary.
func (r trial) record() {
	r.t.Helper()
	record, err := results.Read(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	for m := range client.Measures {
		h := record.Histograms[m.String()]
		if h == nil {
			continue
		}
		for suffix, p := range map[string]float64{"p50": 50, "p90": 90, "p99": 99, "p999": 99.9, "max": 100} {
			name := m.String() + "." + suffix
			if want := r.Figures.Get(name); want != nil && h.Percentile(p) != *want {
				r.t.Errorf("%s is %v in the summary and %v in the log", name, *want, h.Percentile(p))
			}
		}
	}
	var sent, delivered int64
	for _, row := range record.Rows {
		sent += row.Sent
		delivered += row.Delivered
	}
	if float64(sent) != r.figure("sent") || float64(delivered) != r.figure("delivered")+r.figure("duplicates.wire") {
		r.t.Errorf("the rows add up to %d sent and %d delivered; the summary has %v and %v", sent, delivered, r.figure("sent"), r.figure("delivered"))
	}
}

// TestKill: kill -9 in the middle of direct. Whoever was cut off comes back, asks
// for what was missed, and sends again what was not acknowledged.
func TestKill(t *testing.T) {
	for _, durability := range []string{"fsync", "os"} {
		t.Run(durability, func(t *testing.T) {
			t.Parallel()
			r := try(t, options(t, direct, "target.durability="+durability,
				"phases[2].for=4s", "phases[2].events=[{at: 1s, kill: {restart_after: 200ms}}]"))
			r.sound()
			r.above(0, "connections.closed_by_target", "away.count")
			r.record()
		})
	}
}

// TestProto: the same in the other codec, with a kill, so that all of it is spoken.
func TestProto(t *testing.T) {
	t.Parallel()
	r := try(t, options(t, direct, "target.codec=proto",
		"phases[2].for=4s", "phases[2].events=[{at: 1s, kill: {restart_after: 200ms}}]"))
	r.sound()
	r.above(0, "connections.closed_by_target", "catchup.count")
	record, err := results.Read(r.dir)
	if err != nil || record.Environment.Target.Codec != "proto" {
		t.Errorf("the record says %+v, %v", record.Environment.Target, err)
	}
}

func TestReconnectAndDrain(t *testing.T) {
	t.Parallel()
	r := try(t, options(t, direct, "phases[2].for=6s",
		"phases[2].events=[{at: 500ms, reconnect: {share: 50%, spread: 200ms}}, {at: 2s, drain: {within: 1s}}]"))
	r.sound()
	r.zero("receipt.lost")
	// About half lose their connection, and then all.
	r.above(120+20, "away.count")
	r.above(0, "catchup.count", "resume.count")
}

// TestDrainForGood: nobody comes back, and the run does not wait for them.
func TestDrainForGood(t *testing.T) {
	t.Parallel()
	r := try(t, options(t, direct, "traffic.receipts=null", "phases[3]={name: leave, for: 2s, traffic: {send: {rate: 0/s}}, events: [{drain: {within: 500ms, for_good: true}}]}"))
	r.sound()
	r.zero("connections.failed", "away.count")
	if n := r.figure("connections.attempted"); n != 120 {
		t.Errorf("%v dials", n)
	}
	if r.DurationSeconds > 20 {
		t.Errorf("it took %v s", r.DurationSeconds)
	}
	rows, err := os.ReadFile(filepath.Join(r.dir, "timeseries.csv"))
	if err != nil || !strings.Contains(string(rows), "of 120 clients 120 were told") {
		t.Errorf("%v; the drain does not stand in\n%s", err, rows)
	}
}

func TestReplayOfTheSample(t *testing.T) {
	t.Parallel()
	r := try(t, options(t, `
traffic: {replay: {speed: 200, copies: 2}}
phases: [{name: connect}, {name: replay, measured: true}]
`))
	r.sound()
	r.equal("ack.count", "sent") // the phase lasts until the last message is due
}

// TestReplayOfRealLogs: every message line is sent.
func TestReplayOfRealLogs(t *testing.T) {
	dir := os.Getenv("THRONG_IRC_DIR")
	if dir == "" {
		t.Skip("THRONG_IRC_DIR names no folder with real logs")
	}
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("no logs in %s: %v", dir, err)
	}
	for _, log := range logs {
		t.Run(filepath.Base(log), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "trace")
			if out, err := exec.Command(program, "trace", "import", "--format", "irc", "-o", file, log).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			r := try(t, options(t, `
traffic: {replay: {max_gap: 10s}}
phases: [{name: connect}, {name: replay, measured: true}]
`, "traffic.replay.trace="+file, "traffic.replay.speed=3000"))
			r.sound()
			if sent := r.figure("sent"); sent != messageLines(t, log) {
				t.Errorf("%v messages were sent; the log has %v", sent, messageLines(t, log))
			}
		})
	}
}

// messageLines counts the messages of a log in another way than the importer does.
func messageLines(t *testing.T, log string) float64 {
	t.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		_, rest, stamped := strings.Cut(line, "] ")
		rest = strings.TrimLeft(rest, " ")
		if stamped && (strings.HasPrefix(rest, "<") || strings.HasPrefix(rest, "* ")) && !strings.HasPrefix(line, "===") {
			n++
		}
	}
	return float64(n)
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	began := time.Now()
	_, err := Run(t.Context(), options(t, direct, "target.urls=['ws://127.0.0.1:1/ws']", "target.admin=http://127.0.0.1:1"))
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("err = %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v to say so", took)
	}
}

// TestEndpointThatIsNoServer: the admin API answers, the URL does not.
func TestEndpointThatIsNoServer(t *testing.T) {
	t.Parallel()
	n := startNode(t)
	o := options(t, direct, "target.urls=['ws://127.0.0.1:1/ws']", "target.admin="+n.Admin())
	_, err := Run(t.Context(), o)
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("err = %v", err)
	}
	if _, err := os.Stat(o.Out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a record was left: %v", err)
	}
}

// TestWrongPath: what answers is no WebSocket server there.
func TestWrongPath(t *testing.T) {
	t.Parallel()
	n := startNode(t)
	o := options(t, direct, fmt.Sprintf("target.urls=['ws://%s/elsewhere']", n.Addr()), "target.admin="+n.Admin())
	began := time.Now()
	s, err := Run(t.Context(), o)
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "404") {
		t.Errorf("err = %v", err)
	}
	if took := time.Since(began); s == nil || s.Valid || took > 15*time.Second {
		t.Errorf("after %v: %+v", took, s)
	}
}

func startNode(t *testing.T, args ...string) *node.Node {
	t.Helper()
	n, err := node.Start(t.Context(), node.Config{Binary: program, Dir: t.TempDir(), Args: args})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Kill() })
	return n
}

// TestTargetThatWasThere: what the run made is removed from it at the end.
func TestTargetThatWasThere(t *testing.T) {
	t.Parallel()
	n := startNode(t)
	o := options(t, direct, fmt.Sprintf("target.urls=['ws://%s/ws']", n.Addr()), "target.admin="+n.Admin(), fmt.Sprintf("target.pid=%d", n.PID()))
	r := try(t, o)
	r.sound()
	r.above(0, "target.cpu_seconds", "target.rss")
	resp, err := http.Get(n.Admin() + "/v1/conversations/c-" + r.Run + "-0")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("a conversation is still there: %s", resp.Status)
	}
}

func TestRecordIsNeverOverwritten(t *testing.T) {
	t.Parallel()
	o := options(t, direct)
	if err := os.Mkdir(o.Out, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), o); !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), "never overwritten") {
		t.Errorf("err = %v", err)
	}
	if left, err := os.ReadDir(o.Out); err != nil || len(left) > 0 {
		t.Errorf("%v was written into it: %v", left, err)
	}
}

// watcher calls something at the first tick in a phase.
type watcher struct {
	Silent
	phase string
	do    func()
}

func (w *watcher) Tick(s Status) {
	if s.Phase == w.phase && w.do != nil {
		w.do()
		w.do = nil
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	o := options(t, direct, "phases[2].for=1h")
	o.Progress = &watcher{phase: "steady", do: interrupt}
	s, err := Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Interrupted || s.Status() != results.StatusInterrupted {
		t.Errorf("interrupted %v, status %d", s.Interrupted, s.Status())
	}
	r := trial{s, t, o.Out}
	r.above(0, "sent", "delivered", "delivery.count")
	r.record()
}

func TestAbort(t *testing.T) {
	t.Parallel()
	r := try(t, options(t, direct, "phases[2].for=1h", "thresholds=[{expression: delivery.p99 < 2us, phase: steady, abort: true, after: 1s}]"))
	if len(r.Thresholds) != 1 || r.Thresholds[0].Passed {
		t.Errorf("thresholds: %+v", r.Thresholds)
	}
	r.sound()
}

func TestServerDies(t *testing.T) {
	t.Parallel()
	o := options(t, direct, "phases[2].for=1h")
	record := o.Out
	o.Progress = &watcher{phase: "steady", do: func() { killServerOf(t, record) }}
	s, err := Run(t.Context(), o)
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "died") {
		t.Fatalf("err = %v", err)
	}
	if s == nil || s.Valid || s.Figures.Get("sent") == nil {
		t.Errorf("what was measured until then: %+v", s)
	}
}

// killServerOf kills the server of a run, by what its record says.
func killServerOf(t *testing.T, record string) {
	r, err := results.Read(record)
	if err != nil {
		t.Error(err)
		return
	}
	if err := syscall.Kill(r.Environment.Target.PID, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("a secret that is long enough for HS256"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := try(t, options(t, direct, "target.auth=jwt", "target.jwt_key_file="+key))
	r.sound()
}

// TestWithoutTheAdminToken: that is a fault of who asked, and is told as one.
func TestWithoutTheAdminToken(t *testing.T) {
	t.Parallel()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("a token of the admin API"), 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := node.Start(t.Context(), node.Config{Binary: program, Dir: t.TempDir(), Token: "a token of the admin API", Args: []string{"--admin-token-file", token}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Kill() })
	target := []string{fmt.Sprintf("target.urls=['ws://%s/ws']", n.Addr()), "target.admin=" + n.Admin()}
	if _, err := Run(t.Context(), options(t, direct, target...)); !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), "admin_token_file") {
		t.Errorf("err = %v", err)
	}
	try(t, options(t, direct, append(target, "target.admin_token_file="+token)...)).sound()
}

// TestNoRoom: what this machine does not allow is refused before anything begins.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	_, err := Run(t.Context(), options(t, direct, "population.users=3000000"))
	if !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), "throng doctor") {
		t.Errorf("err = %v", err)
	}
}
