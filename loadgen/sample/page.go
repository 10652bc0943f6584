package sample

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Page is what a server says of itself, by name: name, or name{label="value",…}
// with labels in the order of their names. What has labels is also there summed
// up under the bare name, where a sum means something (counters, gauges). Of a
// summary or a histogram there are name_sum, name_count and
// name{quantile="0.5"} or name_bucket{le="0.5"}. What is not a number is left out.
type Page map[string]float64

// What the reference server and any Go program say of themselves.
const (
	Heap        = "go_memstats_heap_inuse_bytes"
	HeapObjects = "go_memstats_heap_objects" // garbage among them
	Goroutines  = "go_goroutines"
	GCPauseMax  = `go_gc_duration_seconds{quantile="1"}` // the longest of late, in seconds
	GCPauses    = "go_sched_pauses_total_gc_seconds"     // a histogram of the stops of the world
	StartTime   = "process_start_time_seconds"
	Connections = "throng_connections"
	Loops       = "throng_loops"
	LoopBusy    = "throng_loop_busy_seconds_total" // of all event loops
	Pings       = "throng_pings_total"             // sent to silent connections
	Pongs       = "throng_pongs_total"
	StoreWrites = "throng_store_writes_total"
	StoreBytes  = "throng_store_bytes_total"
	BodyBytes   = "throng_body_bytes_total" // of the bodies that were accepted
)

// maxPage bounds a page, in bytes. The reference server's has some 20 KB.
const maxPage = 4 << 20

var errLongPage = errors.New("the page of metrics is longer than 4 MiB")

// ParseMetrics reads a page in the text format of Prometheus.
func ParseMetrics(r io.Reader) (Page, error) {
	in := &io.LimitedReader{R: r, N: maxPage + 1}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(in)
	if in.N <= 0 {
		return nil, errLongPage
	}
	if err != nil {
		return nil, fmt.Errorf("read the page of metrics: %w", err)
	}
	p := make(Page)
	for name, family := range families {
		for _, m := range family.GetMetric() {
			p.add(name, m)
		}
	}
	return p, nil
}

func (p Page) add(name string, m *dto.Metric) {
	labels := labelsOf(m)
	switch {
	case m.Summary != nil:
		p.put(name+"_sum", labels, m.Summary.GetSampleSum())
		p.put(name+"_count", labels, float64(m.Summary.GetSampleCount()))
		for _, q := range m.Summary.GetQuantile() {
			p.set(name+with(labels, "quantile", q.GetQuantile()), q.GetValue())
		}
	case m.Histogram != nil:
		p.put(name+"_sum", labels, m.Histogram.GetSampleSum())
		p.put(name+"_count", labels, float64(m.Histogram.GetSampleCount()))
		for _, b := range m.Histogram.GetBucket() {
			p.set(name+"_bucket"+with(labels, "le", b.GetUpperBound()), float64(b.GetCumulativeCount()))
		}
	case m.Counter != nil:
		p.put(name, labels, m.Counter.GetValue())
	case m.Gauge != nil:
		p.put(name, labels, m.Gauge.GetValue())
	case m.Untyped != nil:
		p.put(name, labels, m.Untyped.GetValue())
	}
}

// put sets a value, and adds it to that of the bare name.
func (p Page) put(name string, labels []string, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	if len(labels) > 0 {
		p[name+"{"+strings.Join(labels, ",")+"}"] = v
	}
	p.set(name, p[name]+v)
}

func (p Page) set(name string, v float64) {
	if !math.IsNaN(v) && !math.IsInf(v, 0) {
		p[name] = v
	}
}

// labelsOf are a metric's labels in the order of their names.
func labelsOf(m *dto.Metric) []string {
	var labels []string
	for _, l := range m.GetLabel() {
		labels = append(labels, l.GetName()+"="+strconv.Quote(l.GetValue()))
	}
	slices.Sort(labels)
	return labels
}

func with(labels []string, name string, value float64) string {
	all := append(labels[:len(labels):len(labels)], fmt.Sprintf("%s=%q", name, strconv.FormatFloat(value, 'g', -1, 64)))
	return "{" + strings.Join(all, ",") + "}"
}

// counts reports whether a name is of something that only counts up, by the
// conventions of Prometheus.
func counts(name string) bool {
	bare, _, _ := strings.Cut(name, "{")
	for _, suffix := range []string{"_total", "_sum", "_count", "_bucket"} {
		if strings.HasSuffix(bare, suffix) {
			return true
		}
	}
	return false
}
