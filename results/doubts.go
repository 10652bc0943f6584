package results

import (
	"fmt"
	"strings"

	"github.com/seed886cd727/throng/results/figure"
)

// fewSamples is the count below which p99.9 rests on fewer than ten samples.
const fewSamples = 10_000

// doubts says what a reader of the figures should know about them.
func (f Figures) doubts() []string {
	var all, few, beyond, blurred []string
	for _, name := range distributions() {
		count, top := f.Get(name+".count"), f.Get(name+".p999")
		if count == nil || *count == 0 || top == nil {
			continue
		}
		if *count < fewSamples {
			few = append(few, fmt.Sprintf("%s (%s)", name, figure.Format(figure.Count, *count)))
		}
		if *f.Get(name + ".max") == figure.AboveRange {
			beyond = append(beyond, name)
		}
		if f.belowClock(name) {
			blurred = append(blurred, name)
		}
	}
	if few != nil {
		all = append(all, "p99.9 of fewer than 10,000 samples rests on fewer than ten of them: "+strings.Join(few, ", "))
	}
	if beyond != nil {
		all = append(all, "took longer than 60 s, and nobody knows how much longer: "+strings.Join(beyond, ", "))
	}
	if blurred != nil {
		all = append(all, fmt.Sprintf("percentiles smaller than the clocks' error (%s): %s",
			f["clock.error"], strings.Join(blurred, ", ")))
	}
	if blocks := f.Get("order.blocks_compared"); blocks != nil && *blocks == 0 {
		all = append(all, "order.blocks_compared is 0: nothing shows that receivers saw the same order")
	}
	return all
}

// belowClock tells whether a latency between two agents has a percentile that
// their clocks cannot resolve.
func (f Figures) belowClock(name string) bool {
	clock := f.Get("clock.error")
	if clock == nil || name != "delivery" && name != "catchup" && name != "receipt" && name != "push" {
		return false
	}
	for _, suffix := range []string{".p50", ".p90", ".p99", ".p999"} {
		if v := f.Get(name + suffix); v != nil && *v < *clock {
			return true
		}
	}
	return false
}

// distributions lists the measures that have percentiles, in the catalogue's order.
func distributions() []string {
	var names []string
	for _, f := range figure.All() {
		if name, ok := strings.CutSuffix(f.Name, ".p999"); ok {
			names = append(names, name)
		}
	}
	return names
}
