package results

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed886cd727/throng/results/figure"
	"github.com/seed886cd727/throng/results/latency"
)

// made is a run that never was, with the same figures each time: five seconds of
// connecting, twenty measured, five of settling; a stall at the 15th second.
type made struct {
	dir           string
	rows          []Row
	delivery, ack *latency.Histogram
	summary       Summary
	violations    []Violation
	environment   Environment
	draw          *rand.Rand
	findings      int
}

const madeScenario = "name: made\nseed: 7\n"

func makeRun(t testing.TB, findings int) *made {
	t.Helper()
	m := &made{
		dir: filepath.Join(t.TempDir(), "made"), delivery: latency.New(), ack: latency.New(),
		draw: rand.New(rand.NewPCG(1, 2)), findings: findings,
	}
	w, err := Create(m.dir)
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	started := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	w.Start(started)
	must(w.Scenario([]byte(madeScenario)))
	m.environment = Environment{
		Started: started, Command: []string{"throng", "run", "made"}, Version: "v0.1.0", Go: "go1.26",
		Host:   Host{OS: "linux", Kernel: "6.1", Arch: "amd64", CPUModel: "a model", Cores: 2, MemoryBytes: 8 << 30, OpenFiles: 20000, Sysctls: Settings{"net.core.somaxconn": "4096"}},
		Target: Target{URL: "ws://127.0.0.1:7000/ws", Embedded: true, Codec: "proto", Settings: Settings{"durability": "fsync"}},
	}
	must(w.Environment(m.environment))
	for second := range 30 {
		must(m.second(w, second))
	}
	for i := range findings {
		v := Violation{At: 15*time.Second + time.Duration(i), Figure: "order.violations", Conversation: "g1", Receiver: "u2/phone", Sender: "u1", Epoch: 1, Seq: uint64(i + 1), Counter: uint64(i), Text: "seq 4 after 5"}
		must(w.Violation(v))
		m.violations = append(m.violations, v)
	}
	m.summary = m.judged(started, findings)
	must(w.Finish(&m.summary))
	return m
}

// second plays one second of the run.
func (m *made) second(w *Writer, n int) error {
	row := Row{At: time.Duration(n+1) * time.Second, Phase: "connect", Open: int64(min(n+1, 5) * 100), AckP50: math.NaN(), AckP99: math.NaN(), DeliveryP50: math.NaN(), DeliveryP99: math.NaN(), DeliveryP999: math.NaN(), DeliveryMax: math.NaN(), LateP99: math.NaN(),
		TargetCPU: 0.1, GeneratorCPU: 0.05, TargetRSS: 60e6 + float64(n)*1e5, GeneratorRSS: 40e6}
	if n < 5 {
		row.Attempted = 100
	}
	if n >= 5 && n < 25 {
		row.Phase = "steady"
		delivery, ack := latency.New(), latency.New()
		for range 500 {
			d := time.Duration(math.Exp(m.draw.NormFloat64()*0.4) * 2e6)
			if n == 15 {
				d += 180 * time.Millisecond
			}
			delivery.Record(d)
			ack.Record(d / 2)
		}
		if n == 15 {
			delivery.Record(61 * time.Second)
			delivery.Record(-20 * time.Microsecond)
			row.Event = "kill node 1; restart"
			row.Violations = int64(m.findings)
		}
		row.Sent, row.Acked, row.Delivered = 100, 100, 500
		row.AckP50, row.AckP99 = ack.Percentile(50), ack.Percentile(99)
		row.DeliveryP50, row.DeliveryP99, row.DeliveryP999, row.DeliveryMax = delivery.Percentile(50), delivery.Percentile(99), delivery.Percentile(99.9), delivery.Max()
		row.TargetCPU, row.GeneratorCPU, row.LateP99 = 0.4+0.1*m.draw.Float64(), 0.2, 90e3
		from, to := time.Duration(n)*time.Second, time.Duration(n+1)*time.Second
		if err := w.Interval("delivery", from, to, delivery); err != nil {
			return err
		}
		if err := w.Interval("ack", from, to, ack); err != nil {
			return err
		}
		m.delivery.Merge(delivery)
		m.ack.Merge(ack)
	} else if n >= 25 {
		row.Phase = "settle"
	}
	m.rows = append(m.rows, row)
	return w.Row(row)
}

// judged is the summary of the run.
func (m *made) judged(started time.Time, findings int) Summary {
	f := Figures{}
	f.SetLatency("delivery", m.delivery)
	f.SetLatency("ack", m.ack)
	f.SetLatency("catchup", latency.New())
	for name, v := range map[string]float64{
		"connections.attempted": 500, "connections.open_peak": 500, "connections.failed": 0, "connections.refused": 0,
		"sent": 2000, "acked": 2000, "refused": 0, "sends.skipped": 0, "send.rate": 100, "expected": 10002, "delivered": 10002, "delivery.rate": 500.1,
		"delivery.negative": float64(m.delivery.Negative()), "delivery.unfinished": 0, "lost": 0, "unacknowledged": 0, "duplicates.wire": 0, "duplicates.wire_ratio": 0, "duplicates.residual": 0,
		"order.violations": float64(findings), "order.blocks_compared": 0, "phantom": 0,
		"target.rss": 63e6, "target.cpu_seconds": 9.1, "target.deliveries_per_cpu_second": 1099, "generator.cpu_seconds": 4, "generator.rss": 40e6,
	} {
		f.Set(name, v)
	}
	s := Summary{
		Scenario: "made", Run: "0badcafe", Started: started, DurationSeconds: 30, Valid: true, Figures: f,
		Phases: []Phase{
			{Name: "connect", Start: 0, End: 5, Figures: Figures{}},
			{Name: "steady", Measured: true, Start: 5, End: 25, Figures: Figures{"sent": {Value: 2000, Unit: figure.Count}}},
			{Name: "settle", Start: 25, End: 30},
		},
		Notes: []string{"the target was started by this run"},
	}
	for _, one := range []struct{ expression, phase, message string }{
		{"lost == 0", "", ""},
		{"order.violations == 0", "", "nobody may see a conversation run backwards"},
		{"delivery.p99 < 50ms", "", ""},
		{"push.missing == 0", "", ""},
		{"sent >= 2k", "steady", ""},
	} {
		e, err := figure.ParseExpression(one.expression)
		if err != nil {
			panic(fmt.Sprint(err))
		}
		s.Thresholds = append(s.Thresholds, Judge(e, one.phase, one.message, &s))
	}
	return s
}
