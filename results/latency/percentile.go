package latency

import (
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/seed886cd727/throng/results/figure"
)

// Percentile returns the latency in ns that p percent of all samples do not
// exceed, 0 < p <= 100: the sample whose rank is p percent of the count, rounded
// up, to three significant digits. It is figure.AboveRange where that sample
// lies above 60 s, negative where the sample is, -60 s for all that lie below
// it, and NaN when there are no samples.
func (h *Histogram) Percentile(p float64) float64 {
	count := h.Count()
	if count == 0 {
		return math.NaN()
	}
	return h.ranked(rank(p, count))
}

// Max returns the largest sample as Percentile(100) does.
func (h *Histogram) Max() float64 { return h.Percentile(100) }

// rank is the number of the sample, 1 to count, that stands at a percentile. The
// step towards zero undoes the rounding of the product, as HdrHistogram's Java
// original does: 99.9% of 1,000 is the 999th, be it computed as 999.0000000001.
func rank(p float64, count int64) int64 {
	r := math.Ceil(math.Nextafter(p/100*float64(count), 0))
	if !(r >= 1) {
		return 1
	}
	if r >= float64(count) {
		return count
	}
	return int64(r)
}

// ranked returns the sample of a rank. In order stand: what lies below the range,
// the negatives, what lies within, what lies above.
func (h *Histogram) ranked(r int64) float64 {
	if r <= h.belowRange {
		return -figure.Range
	}
	r -= h.belowRange
	if n := total(h.mirrored); r > n {
		r -= n
	} else {
		return -at(h.mirrored, n-r+1)
	}
	if r > total(h.within) {
		return figure.AboveRange
	}
	return at(h.within, r)
}

// at returns the r-th smallest value. HDR asks for percentiles and rounds to the
// nearest rank, so the rank's own percentile leads back to it. The last bucket
// reaches beyond the range, and nothing that was counted in it does.
func at(h *hdrhistogram.Histogram, r int64) float64 {
	v := h.ValueAtPercentile(100 * float64(r) / float64(h.TotalCount()))
	return float64(min(v, figure.Range))
}
