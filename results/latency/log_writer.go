package latency

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// What an HDR histogram cannot hold goes beside it. Samples below zero are a tag
// of their own, without their sign; samples beyond 60 s either way are counted
// in comments, which other tools skip:
//
//	#[AboveRange: delivery 12.000 1.000 3]
//
// is three samples of delivery in the second after the 12th.
const (
	negativeSuffix = ".negative"
	aboveComment   = "#[AboveRange: "
	belowComment   = "#[BelowRange: "
)

// LogWriter writes an HdrHistogram interval log, version 1.3: times in seconds
// since the run's start, values in ns, each line's maximum in ms. It writes whole
// lines, one Write an interval, and is not safe for concurrent use.
type LogWriter struct{ w io.Writer }

// NewLogWriter writes the log's head and returns its writer.
func NewLogWriter(w io.Writer, start time.Time) (*LogWriter, error) {
	since := float64(start.UnixMilli()) / 1e3
	_, err := fmt.Fprintf(w, `#[Histogram log format version 1.3]
#[Values are nanoseconds. TAG%s holds latencies below zero without their sign;]
#[AboveRange and BelowRange lines: TAG start length count of samples beyond 60 s.]
#[StartTime: %.3f (seconds since epoch), %s]
#[BaseTime: %.3f (seconds since epoch)]
"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
`, negativeSuffix, since, start.UTC().Format(time.RFC3339), since)
	return &LogWriter{w}, err
}

// Write writes what h holds as the interval [start, end) of a tag. An empty
// histogram leaves no line. The tag must be a word: letters, digits, '.', '_' and '-'.
func (l *LogWriter) Write(tag string, start, end time.Duration, h *Histogram) error {
	if !validTag(tag) {
		return fmt.Errorf("interval tag %q: use letters, digits, '.', '_' and '-', and no %s at its end", tag, negativeSuffix)
	}
	var lines bytes.Buffer
	from, length := start.Seconds(), (end - start).Seconds()
	for _, part := range []struct {
		tag string
		h   *hdrhistogram.Histogram
	}{{tag, h.within}, {tag + negativeSuffix, h.mirrored}} {
		if total(part.h) == 0 {
			continue
		}
		payload, err := part.h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
		if err != nil {
			return fmt.Errorf("encode the histogram of %s: %w", part.tag, err)
		}
		fmt.Fprintf(&lines, "Tag=%s,%.3f,%.3f,%.6f,%s\n", part.tag, from, length, float64(part.h.Max())/1e6, payload)
	}
	if h.aboveRange > 0 {
		fmt.Fprintf(&lines, "%s%s %.3f %.3f %d]\n", aboveComment, tag, from, length, h.aboveRange)
	}
	if h.belowRange > 0 {
		fmt.Fprintf(&lines, "%s%s %.3f %.3f %d]\n", belowComment, tag, from, length, h.belowRange)
	}
	if lines.Len() == 0 {
		return nil
	}
	_, err := l.w.Write(lines.Bytes())
	return err
}

func validTag(tag string) bool {
	for _, r := range tag {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("._-", r)) {
			return false
		}
	}
	return tag != "" && !strings.HasSuffix(tag, negativeSuffix)
}
