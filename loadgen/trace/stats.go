package trace

import (
	"math"
	"slices"
	"time"
)

// Stats says what is in a trace. Times are the trace's own.
type Stats struct {
	Messages      int `json:"messages"`
	Users         int `json:"users"`
	Talkers       int `json:"talkers"` // users who sent something
	Conversations int `json:"conversations"`
	Joins         int `json:"joins"`
	Leaves        int `json:"leaves"`
	Renames       int `json:"renames"`

	Start        string   `json:"start,omitempty"` // of the first event, as the sources name it
	DurationNS   int64    `json:"duration_ns"`     // from the first message to the last
	ResolutionNS int64    `json:"resolution_ns"`
	Rate         Rate     `json:"rate"`
	Size         Sizes    `json:"size"`
	Talk         Talk     `json:"talk"`
	Silences     Silences `json:"silences"`
	Lines        Lines    `json:"lines"`
}

// Rate is how fast messages came.
type Rate struct {
	MeanPerSecond float64 `json:"mean_per_second"` // 0 for a trace that has no duration
	PeakMinute    int     `json:"peak_minute"`     // messages in the busiest minute
	// Dispersion is the variance of the messages per minute over their mean, silent
	// minutes included: 1 for Poisson arrivals, above it for bursts.
	Dispersion float64 `json:"dispersion"`
}

// Sizes are of messages, in bytes.
type Sizes struct {
	Mean  float64 `json:"mean_bytes"`
	P50   int     `json:"p50_bytes"`
	P90   int     `json:"p90_bytes"`
	P99   int     `json:"p99_bytes"`
	Max   int     `json:"max_bytes"`
	Empty int     `json:"empty"` // messages without a text
}

// Talk is how much of all messages came from those who sent the most.
type Talk struct {
	Top1  float64 `json:"top1_ratio"`
	Top10 float64 `json:"top10_ratio"`
}

// Silences are the times between a message and the next, in any conversation.
type Silences struct {
	P50NS      int64 `json:"p50_ns"`
	P99NS      int64 `json:"p99_ns"`
	LongestNS  int64 `json:"longest_ns"`
	OverMinute int   `json:"over_a_minute"`
}

// Lines are those of the sources, and what became of them.
type Lines struct {
	Read    int            `json:"read"`
	Taken   int            `json:"taken"`
	LeftOut int            `json:"left_out"`
	Reasons map[string]int `json:"left_out_by_reason"`
	Sources []Source       `json:"sources"`
}

// Stats looks through the trace.
func (t *Trace) Stats() Stats {
	s := Stats{
		Users: len(t.Users), Conversations: len(t.Conversations),
		Start: t.Start, ResolutionNS: t.ResolutionNS, Lines: linesOf(t.Sources),
	}
	var at []time.Duration
	var sizes []int
	sent := make([]int, len(t.Users))
	for _, e := range t.Events {
		switch e.Action {
		case Send:
			at, sizes = append(at, e.At), append(sizes, e.Size)
			sent[e.User]++
		case Join:
			s.Joins++
		case Leave:
			s.Leaves++
		case Rename:
			s.Renames++
		}
	}
	s.Messages = len(at)
	if s.Messages == 0 {
		return s
	}
	span := at[len(at)-1] - at[0]
	s.DurationNS = int64(span)
	s.Rate, s.Size, s.Silences = rateOf(at, span), sizesOf(sizes), silencesOf(at)
	s.Talkers, s.Talk = talkOf(sent, s.Messages)
	return s
}

func rateOf(at []time.Duration, span time.Duration) Rate {
	r := Rate{}
	if span > 0 {
		r.MeanPerSecond = float64(len(at)-1) / span.Seconds() // n messages, n-1 gaps
	}
	counts := map[time.Duration]int{}
	for _, t := range at {
		counts[(t-at[0])/time.Minute]++
	}
	squares := 0.0
	for _, n := range counts {
		r.PeakMinute = max(r.PeakMinute, n)
		squares += float64(n) * float64(n)
	}
	minutes := float64(span/time.Minute + 1)
	mean := float64(len(at)) / minutes
	r.Dispersion = (squares/minutes - mean*mean) / mean
	return r
}

func sizesOf(sizes []int) Sizes {
	slices.Sort(sizes)
	sum, empty := 0, 0
	for _, n := range sizes {
		sum += n
		if n == 0 {
			empty++
		}
	}
	return Sizes{
		Mean: float64(sum) / float64(len(sizes)), Empty: empty, Max: sizes[len(sizes)-1],
		P50: rank(sizes, 0.5), P90: rank(sizes, 0.9), P99: rank(sizes, 0.99),
	}
}

func silencesOf(at []time.Duration) Silences {
	var gaps []time.Duration
	s := Silences{}
	for i := 1; i < len(at); i++ {
		gap := at[i] - at[i-1]
		gaps = append(gaps, gap)
		if gap > time.Minute {
			s.OverMinute++
		}
	}
	if len(gaps) == 0 {
		return s
	}
	slices.Sort(gaps)
	s.P50NS, s.P99NS, s.LongestNS = int64(rank(gaps, 0.5)), int64(rank(gaps, 0.99)), int64(gaps[len(gaps)-1])
	return s
}

// rank is the nearest-rank percentile: the smallest value that at least a share p
// of all is no greater than.
func rank[T any](sorted []T, p float64) T {
	return sorted[max(int(math.Ceil(p*float64(len(sorted))))-1, 0)]
}

func talkOf(sent []int, messages int) (talkers int, t Talk) {
	slices.Sort(sent)
	slices.Reverse(sent)
	top := 0
	for i, n := range sent {
		if n > 0 {
			talkers++
		}
		if i < 10 {
			top += n
		}
	}
	return talkers, Talk{Top1: float64(sent[0]) / float64(messages), Top10: float64(top) / float64(messages)}
}

func linesOf(sources []Source) Lines {
	sum := total(sources)
	l := Lines{Read: sum.Lines, Reasons: sum.LeftOut, Sources: sources}
	for _, n := range sum.LeftOut {
		l.LeftOut += n
	}
	l.Taken = l.Read - l.LeftOut
	return l
}
