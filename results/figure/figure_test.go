package figure_test

import (
	"math"
	"strings"
	"testing"

	"github.com/seed886cd727/throng/results/figure"
	"pgregory.net/rapid"
)

// A scenario written today names figures by these, so none may go or change its unit.
func TestCatalogueHoldsThePublishedNames(t *testing.T) {
	published := map[figure.Unit]string{
		figure.Count: `connections.attempted connections.open_peak connections.failed connections.refused
			connections.closed_by_target connect.count connect_tcp.count connect_upgrade.count connect_welcome.count
			away.count sent acked refused sends.abandoned sends.skipped payload.grown ack.count expected delivered
			delivery.count delivery_local.count delivery.unfinished delivery.negative catchup.count resume.count
			receipt.count push.count push.missing push.excess lost unacknowledged recovered duplicates.wire
			duplicates.after_reconnect duplicates.residual order.violations order.disagreements order.blocks_compared
			double_stored phantom foreign misdelivered corrupted owed.offline receipt.lost gaps cursor.regressions
			target.store_writes target.goroutines`,
		figure.Nanoseconds: `connect.p50 connect.p90 connect.p99 connect.p999 connect.max connect_tcp.p50
			connect_upgrade.p90 connect_welcome.p99 away.max ack.p50 ack.p999 delivery.p50 delivery.p90 delivery.p99
			delivery.p999 delivery.max delivery_local.p99 catchup.p99 resume.max receipt.p50 push.p50 gap_heal.p99
			target.cpu_per_delivery target.gc_pause.p99 generator.late.p99 generator.late.max clock.error`,
		figure.PerSecond: `connect.rate send.rate delivery.rate target.deliveries_per_cpu_second
			generator.deliveries_per_cpu_second`,
		figure.Bytes: `wire.bytes_sent wire.bytes_received target.rss target.rss_baseline
			target.bytes_per_connection target.bytes_per_connection_unforced target.bytes_per_connection_after
			target.kernel_bytes_per_connection target.store_bytes target.heap generator.rss
			generator.bytes_per_connection`,
		figure.Ratio:   `duplicates.wire_ratio target.loop_busy generator.cpu_wait_ratio`,
		figure.Seconds: `target.cpu_seconds generator.cpu_seconds`,
		figure.Cores:   `target.cpu_per_100k_idle`,
		figure.Factor:  `target.write_amplification`,
	}
	for unit, names := range published {
		for _, name := range strings.Fields(names) {
			f, known := figure.Lookup(name)
			if !known {
				t.Errorf("%s is not in the catalogue", name)
			} else if f.Unit != unit {
				t.Errorf("%s is in %s, want %s", name, f.Unit, unit)
			}
		}
	}
}

func TestCatalogueIsWellFormed(t *testing.T) {
	seen, groups := map[string]bool{}, strings.Join(figure.Groups(), " ")
	for _, f := range figure.All() {
		switch {
		case seen[f.Name]:
			t.Errorf("%s is there twice", f.Name)
		case f.Meaning == "" || strings.HasSuffix(f.Meaning, ".") || strings.Contains(f.Meaning, "\n"):
			t.Errorf("%s: meaning %q", f.Name, f.Meaning)
		case !strings.Contains(groups, f.Group):
			t.Errorf("%s stands under the unknown heading %q", f.Name, f.Group)
		case f.Direction != figure.Lower && f.Direction != figure.Higher && f.Direction != figure.None:
			t.Errorf("%s: direction %q", f.Name, f.Direction)
		}
		seen[f.Name] = true
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		unit  figure.Unit
		value float64
		want  string
	}{
		{figure.Nanoseconds, 12_345_678, "12.3 ms"},
		{figure.Nanoseconds, 0, "0 ns"},
		{figure.Nanoseconds, 999_999, "1 ms"},
		{figure.Nanoseconds, 850, "850 ns"},
		{figure.Nanoseconds, 1_500_000_000, "1.5 s"},
		{figure.Nanoseconds, 60e9, "60 s"},
		{figure.Nanoseconds, figure.AboveRange, "> 60 s"},
		{figure.Nanoseconds, -1_200_000, "-1.2 ms"},
		{figure.Seconds, 12.345, "12.3 s"},
		{figure.Seconds, 0, "0 s"},
		{figure.Bytes, 4200, "4.1 KiB"},
		{figure.Bytes, 0, "0 B"},
		{figure.Bytes, 1 << 30, "1 GiB"},
		{figure.Count, 1_234_567, "1,234,567"},
		{figure.Count, 999, "999"},
		{figure.Count, 0, "0"},
		{figure.PerSecond, 1234, "1.23k/s"},
		{figure.PerSecond, 1200, "1.2k/s"},
		{figure.PerSecond, 0.05, "0.05/s"},
		{figure.Ratio, 0.0012, "0.12%"},
		{figure.Ratio, 1, "100%"},
		{figure.Ratio, 0, "0%"},
		{figure.Factor, 2.345, "2.35x"},
		{figure.Cores, 0.05, "0.05 cores"},
		{figure.Count, math.Copysign(0, -1), "0"},
		{figure.Bytes, math.NaN(), "not a number"},
	} {
		if got := figure.Format(c.unit, c.value); got != c.want {
			t.Errorf("Format(%s, %v) = %q, want %q", c.unit, c.value, got, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		unit figure.Unit
		text string
		want float64
	}{
		{figure.Nanoseconds, "50ms", 50e6},
		{figure.Nanoseconds, " 1.5 s ", 1.5e9},
		{figure.Nanoseconds, "800us", 800e3},
		{figure.Nanoseconds, "800µs", 800e3},
		{figure.Nanoseconds, "2m", 120e9},
		{figure.Nanoseconds, "7ns", 7},
		{figure.Nanoseconds, "0", 0},
		{figure.Bytes, "4KiB", 4096},
		{figure.Bytes, "4KB", 4000},
		{figure.Bytes, "1.5MB", 1.5e6},
		{figure.Bytes, "1MiB", 1 << 20},
		{figure.Bytes, "1024", 1024},
		{figure.PerSecond, "2k/s", 2000},
		{figure.PerSecond, "500", 500},
		{figure.Count, "10k", 10000},
		{figure.Count, "1M", 1e6},
		{figure.Ratio, "0.1%", 0.001},
		{figure.Ratio, "0.001", 0.001},
		{figure.Seconds, "500ms", 0.5},
		{figure.Factor, "2.5x", 2.5},
		{figure.Cores, "0.5", 0.5},
	} {
		got, err := figure.Parse(c.unit, c.text)
		if err != nil || math.Abs(got-c.want) > 1e-9*c.want {
			t.Errorf("Parse(%s, %q) = %v, %v, want %v", c.unit, c.text, got, err, c.want)
		}
	}
}

// What people are shown they may write: it reads back as what was shown.
func TestFormattedValuesParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]figure.Unit{figure.Nanoseconds, figure.Seconds, figure.Bytes, figure.Count,
			figure.PerSecond, figure.Ratio, figure.Factor, figure.Cores}).Draw(t, "unit")
		value := rapid.Float64Range(0, 5e10).Draw(t, "value")
		if unit == figure.Count {
			value = math.Trunc(value)
		}
		text := figure.Format(unit, value)
		got, err := figure.Parse(unit, strings.ReplaceAll(text, ",", ""))
		if err != nil {
			t.Fatalf("Parse(%s, %q): %v", unit, text, err)
		}
		if math.Abs(got-value) > 0.0051*value { // three digits leave half a percent
			t.Fatalf("%v was written %q and read as %v", value, text, got)
		}
	})
}
