package results

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/seed886cd727/throng/results/figure"
	"github.com/seed886cd727/throng/results/latency"
)

// most is how many points a line has: more than a chart has pixels on a phone.
const most = 600

// charts are the plots of one run; those without data are left out.
func (r *Record) charts() []chart {
	all := []chart{
		r.overTime("Delivery over time", "from the intended send to arrival, each second", figure.Nanoseconds, true,
			over{"p50", func(r *Row) float64 { return r.DeliveryP50 }},
			over{"p99", func(r *Row) float64 { return r.DeliveryP99 }},
			over{"p99.9", func(r *Row) float64 { return r.DeliveryP999 }},
			over{"max", func(r *Row) float64 { return r.DeliveryMax }}),
		distributed("Percentiles of the measured phases", r.curves()),
		r.overTime("Acknowledgements and the generator's lateness over time", "from the intended send, each second", figure.Nanoseconds, true,
			over{"ack p50", func(r *Row) float64 { return r.AckP50 }},
			over{"ack p99", func(r *Row) float64 { return r.AckP99 }},
			over{"generator late p99", func(r *Row) float64 { return r.LateP99 }}),
		r.overTime("Messages and deliveries", "each second", figure.PerSecond, false,
			over{"sent", func(r *Row) float64 { return float64(r.Sent) }},
			over{"acked", func(r *Row) float64 { return float64(r.Acked) }},
			over{"delivered", func(r *Row) float64 { return float64(r.Delivered) }}),
		r.overTime("Connections", "open at the moment; dials and their failures each second", figure.Count, false,
			over{"open", func(r *Row) float64 { return float64(r.Open) }},
			over{"dialled", func(r *Row) float64 { return float64(r.Attempted) }},
			over{"failed", func(r *Row) float64 { return float64(r.Failed) }}),
		r.overTime("Findings and errors", "each second", figure.Count, false,
			over{"violations", func(r *Row) float64 { return float64(r.Violations) }},
			over{"errors", func(r *Row) float64 { return float64(r.Errors) }}),
		r.overTime("CPU", "cores kept busy", figure.Cores, false,
			over{"target", func(r *Row) float64 { return r.TargetCPU }},
			over{"generator", func(r *Row) float64 { return r.GeneratorCPU }}),
		r.overTime("Memory", "resident", figure.Bytes, false,
			over{"target", func(r *Row) float64 { return r.TargetRSS }},
			over{"generator", func(r *Row) float64 { return r.GeneratorRSS }}),
	}
	return slices.DeleteFunc(all, func(c chart) bool { return c.empty() })
}

// over is a line over time: its name and where a row has it.
type over struct {
	name string
	of   func(*Row) float64
}

func (r *Record) overTime(title, about string, unit figure.Unit, logarithmic bool, overs ...over) chart {
	c := chart{title: title, about: about, unit: unit, logarithmic: logarithmic, from: 0, to: r.end()}
	for _, o := range overs {
		var x, y []float64
		for i := range r.Rows {
			x, y = append(x, r.Rows[i].At.Seconds()), append(y, o.of(&r.Rows[i]))
		}
		x, y = thinned(x, y, most)
		c.lines = append(c.lines, line{o.name, x, y})
	}
	for _, p := range r.Summary.Phases {
		c.bands = append(c.bands, band{p.Name, p.Start, p.End, p.Measured})
	}
	for _, row := range r.Rows {
		if row.Event != "" {
			c.marks = append(c.marks, mark{row.At.Seconds(), fmt.Sprintf("%s (%.0f s)", row.Event, row.At.Seconds())})
		}
	}
	c.xTicks = clock(c.to)
	return c
}

// end is the last moment that anything is known of, in seconds; never 0.
func (r *Record) end() float64 {
	end := max(r.Summary.DurationSeconds, 1)
	for _, row := range r.Rows {
		end = max(end, row.At.Seconds())
	}
	return end
}

// clock has at most eight ticks at round times.
func clock(end float64) []tick {
	size := time.Second
	for _, s := range []time.Duration{2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400} {
		if end/size.Seconds() > 7 {
			size = s * time.Second
		}
	}
	for end/size.Seconds() > 7 {
		size *= 2
	}
	var ticks []tick
	for at := 0.0; at <= end; at += size.Seconds() {
		label := fmt.Sprintf("%g s", at)
		if size >= time.Minute {
			label = fmt.Sprintf("%g min", at/60)
		}
		if size >= time.Hour {
			label = fmt.Sprintf("%g h", at/3600)
		}
		ticks = append(ticks, tick{at, label})
	}
	return ticks
}

// curve is a distribution under its name in the legend.
type curve struct {
	name string
	h    *latency.Histogram
}

// curves are the run's distributions in the catalogue's order.
func (r *Record) curves() []curve {
	var all []curve
	for _, name := range distributions() {
		if h := r.Histograms[name]; h != nil && h.Count() > 0 {
			all = append(all, curve{name, h})
		}
	}
	return all
}

// distributed draws distributions over HDR's axis: equal steps from 90% to 99%
// to 99.9% and so on, as far as the largest count can tell them apart.
func distributed(title string, curves []curve) chart {
	c := chart{
		title: title, about: "latency at each percentile, the axis stretched towards 100%",
		unit: figure.Nanoseconds, logarithmic: true, to: 1,
	}
	for _, one := range curves {
		var x, y []float64
		end := math.Log10(float64(max(one.h.Count(), 10)))
		for at := 0.01; at < end; at += 0.05 {
			x, y = append(x, at), append(y, one.h.Percentile(100-100*math.Pow(10, -at)))
		}
		x, y = append(x, end), append(y, one.h.Max())
		c.to = max(c.to, end)
		c.lines = append(c.lines, line{one.name, x, y})
	}
	for _, p := range []float64{50, 90, 99, 99.9, 99.99, 99.999, 99.9999, 99.99999} {
		if at := -math.Log10(1 - p/100); at <= c.to {
			c.xTicks = append(c.xTicks, tick{at, fmt.Sprintf("%g%%", p)})
		}
	}
	return c
}
