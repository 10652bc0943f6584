package host

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Refusal is nil when nothing stands in the way of a run, and otherwise says
// what does, with the commands that mend it: a line each.
func Refusal(n Need, verdicts []Verdict) error {
	var faults []error
	for _, v := range verdicts {
		if v.Blocks {
			faults = append(faults, fmt.Errorf("%s: have %s, need %s; to mend it: %s", v.What, v.Have, v.Need, v.Fix))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("this machine has no room for %s connections\n%w", grouped(int64(n.Connections)), errors.Join(faults...))
}

// WriteTable writes the verdicts as aligned lines.
func WriteTable(w io.Writer, verdicts []Verdict) error {
	var aligned strings.Builder
	t := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "limit\thave\tneed\tverdict\twhat mends it")
	for _, v := range verdicts {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", v.What, v.Have, v.Need, v.word(), v.Fix)
	}
	err := t.Flush()
	for line := range strings.Lines(aligned.String()) {
		if err == nil {
			_, err = fmt.Fprintln(w, strings.TrimRight(line, " \n"))
		}
	}
	return err
}

func (v Verdict) word() string {
	switch {
	case v.Blocks:
		return "blocks"
	case !v.OK:
		return "low"
	case v.Have == unknown:
		return unknown
	}
	return "ok"
}

// grouped writes 12000 as 12,000.
func grouped(n int64) string {
	if n >= unlimited {
		return "unlimited"
	}
	text := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, digit := range text {
		if left := len(text) - i; i > 0 && left%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}

// size writes bytes in the unit that leaves them short.
func size(bytes int64) string {
	const mib = 1 << 20
	if bytes < 1<<30 {
		return fmt.Sprintf("%.0f MiB", float64(bytes)/mib)
	}
	return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
}
