package trace

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteText writes the stats for a person, a line a figure.
func (s Stats) WriteText(w io.Writer) error {
	var out bytes.Buffer
	tab := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(tab, name+"\t"+format+"\n", args...) }
	row("messages", "%d", s.Messages)
	row("users", "%d, of whom %d sent", s.Users, s.Talkers)
	row("conversations", "%d", s.Conversations)
	row("joins, leaves, renames", "%d, %d, %d", s.Joins, s.Leaves, s.Renames)
	if s.Start != "" {
		row("start", "%s", s.Start)
	}
	row("duration", "%v, stamped to %v", short(s.DurationNS), short(s.ResolutionNS))
	row("rate", "%.3g/s on average, %d in the busiest minute", s.Rate.MeanPerSecond, s.Rate.PeakMinute)
	row("dispersion per minute", "%.2f (Poisson is 1)", s.Rate.Dispersion)
	row("size", "p50 %d, p90 %d, p99 %d, longest %d bytes; %d empty",
		s.Size.P50, s.Size.P90, s.Size.P99, s.Size.Max, s.Size.Empty)
	row("most talkative", "1 user sent %.1f%%, 10 users %.1f%%", 100*s.Talk.Top1, 100*s.Talk.Top10)
	row("silences", "p50 %v, p99 %v, longest %v; %d over a minute",
		short(s.Silences.P50NS), short(s.Silences.P99NS), short(s.Silences.LongestNS), s.Silences.OverMinute)
	if len(s.Lines.Sources) > 0 {
		row("lines of the sources", "%s", s.Lines)
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	_, err := w.Write(out.Bytes())
	return err
}

// String says how many lines were taken and why others were not, in one line.
func (l Lines) String() string {
	text := fmt.Sprintf("%d taken of %d, %d left out", l.Taken, l.Read, l.LeftOut)
	var why []string
	for _, reason := range (Source{LeftOut: l.Reasons}).reasons() {
		why = append(why, fmt.Sprintf("%d %s", l.Reasons[reason], reason))
	}
	if len(why) > 0 {
		text += " (" + strings.Join(why, ", ") + ")"
	}
	return text
}

// short is a time with three digits, or whole seconds.
func short(ns int64) time.Duration {
	d := time.Duration(ns)
	switch {
	case d >= time.Minute:
		return d.Round(time.Second)
	case d >= time.Second:
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(10 * time.Microsecond)
}
