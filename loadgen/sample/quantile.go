package sample

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Quantile is below which value a share q of what a histogram of the page counted
// lies: the upper bound of the bucket that it falls into. It is not ok if nothing
// was counted, or the value lies above the last bound.
func (t Totals) Quantile(histogram string, q float64) (value float64, ok bool) {
	type bucket struct{ bound, count float64 }
	var buckets []bucket // counts are of everything up to the bound
	for name, count := range t.Counts {
		text, found := strings.CutPrefix(name, histogram+`_bucket{le="`)
		if !found {
			continue
		}
		bound, err := strconv.ParseFloat(strings.TrimSuffix(text, `"}`), 64)
		if err == nil {
			buckets = append(buckets, bucket{bound, count})
		}
	}
	slices.SortFunc(buckets, func(a, b bucket) int {
		if a.bound < b.bound {
			return -1
		}
		return 1
	})
	all := t.Counts[histogram+"_count"]
	for _, b := range buckets {
		if all > 0 && b.count >= q*all {
			return b.bound, !math.IsInf(b.bound, 0)
		}
	}
	return 0, false
}
