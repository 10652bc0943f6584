package results

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Row is one line of timeseries.csv: what happened in the second that ended at
// At. A float that is not a number was not measured; its cell is empty.
type Row struct {
	At    time.Duration // since the run's start
	Phase string

	Open              int64 // connections, at the moment
	Attempted, Failed int64 // dials, in this second, like all counts below
	Sent, Acked       int64 // messages
	Delivered         int64 // (message, receiver) pairs

	AckP50, AckP99                                      float64 // ns
	DeliveryP50, DeliveryP99, DeliveryP999, DeliveryMax float64 // ns
	LateP99                                             float64 // ns, the generator's own lateness

	Violations, Errors      int64
	TargetCPU, GeneratorCPU float64 // cores
	TargetRSS, GeneratorRSS float64 // bytes

	Event string // what the scenario did at this moment; several are joined by "; "
}

// column is one column of timeseries.csv: its name, what it holds, and where it
// lives in a row. Exactly one of the pointers is set.
type column struct {
	name, meaning string
	text          *string
	count         *int64
	number        *float64
	at            *time.Duration
}

// columns are a row's cells in the order of the file.
func (r *Row) columns() []column {
	return []column{
		{name: "at_s", meaning: "end of the second, since the run's start", at: &r.At},
		{name: "phase", meaning: "the phase", text: &r.Phase},
		{name: "open", meaning: "connections open at the moment", count: &r.Open},
		{name: "attempted", meaning: "dials begun", count: &r.Attempted},
		{name: "failed", meaning: "dials that ended without a usable connection", count: &r.Failed},
		{name: "sent", meaning: "messages sent", count: &r.Sent},
		{name: "acked", meaning: "messages acknowledged", count: &r.Acked},
		{name: "delivered", meaning: "deliveries", count: &r.Delivered},
		{name: "ack_p50_ns", meaning: "ack, half took no longer", number: &r.AckP50},
		{name: "ack_p99_ns", meaning: "ack, 99% took no longer", number: &r.AckP99},
		{name: "delivery_p50_ns", meaning: "delivery, half took no longer", number: &r.DeliveryP50},
		{name: "delivery_p99_ns", meaning: "delivery, 99% took no longer", number: &r.DeliveryP99},
		{name: "delivery_p999_ns", meaning: "delivery, 99.9% took no longer", number: &r.DeliveryP999},
		{name: "delivery_max_ns", meaning: "delivery, the longest", number: &r.DeliveryMax},
		{name: "late_p99_ns", meaning: "the generator's own lateness, 99% were no later", number: &r.LateP99},
		{name: "violations", meaning: "findings of the checks", count: &r.Violations},
		{name: "errors", meaning: "connections and messages that failed", count: &r.Errors},
		{name: "target_cpu_cores", meaning: "cores that the target kept busy", number: &r.TargetCPU},
		{name: "generator_cpu_cores", meaning: "cores that the agents kept busy", number: &r.GeneratorCPU},
		{name: "target_rss_bytes", meaning: "the target's resident memory at the moment", number: &r.TargetRSS},
		{name: "generator_rss_bytes", meaning: "the agents' resident memory at the moment", number: &r.GeneratorRSS},
		{name: "event", meaning: "what the scenario did in this second", text: &r.Event},
	}
}

// head is the first line of timeseries.csv.
func head() []string {
	var names []string
	for _, c := range new(Row).columns() {
		names = append(names, c.name)
	}
	return names
}

// cells are the row as it stands in the file.
func (r *Row) cells() []string {
	var cells []string
	for _, c := range r.columns() {
		cells = append(cells, c.String())
	}
	return cells
}

// String writes the cell: times in seconds with milliseconds, an unmeasured
// number as nothing, text on one line.
func (c column) String() string {
	switch {
	case c.text != nil:
		return strings.NewReplacer("\n", " ", "\r", " ").Replace(*c.text)
	case c.count != nil:
		return strconv.FormatInt(*c.count, 10)
	case c.at != nil:
		return strconv.FormatFloat(c.at.Seconds(), 'f', 3, 64)
	case math.IsNaN(*c.number) || math.IsInf(*c.number, 0):
		return ""
	}
	return strconv.FormatFloat(*c.number, 'f', -1, 64)
}
