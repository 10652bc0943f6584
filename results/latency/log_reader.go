package latency

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/seed886cd727/throng/results/figure"
)

// ErrTorn says that a log ends in the middle of a line, as one does whose
// writer was killed or whose disk was full. What came before is whole.
var ErrTorn = errors.New("the last line is not whole")

// Interval is what one tag measured in one stretch of time since the run's start.
type Interval struct {
	Tag        string
	Start, End time.Duration
	Histogram  *Histogram
}

// maxLine is far above the longest line that LogWriter writes: 17 x 1,024
// counts of at most 9 bytes, compressed and in base64.
const maxLine = 1 << 20

// ReadLog gives every interval of a log to each, in the order of the lines, and
// returns the time at which the log says the run began. What Write wrote as one
// interval may come in several parts, all of the same tag and time, to be merged.
func ReadLog(r io.Reader, each func(Interval)) (start time.Time, err error) {
	lines := bufio.NewReaderSize(r, maxLine)
	for n := 1; ; n++ {
		line, err := lines.ReadSlice('\n')
		switch {
		case err == io.EOF && len(line) == 0:
			return start, nil
		case err == io.EOF:
			return start, fmt.Errorf("line %d: %w", n, ErrTorn)
		case errors.Is(err, bufio.ErrBufferFull):
			return start, fmt.Errorf("line %d: longer than %d bytes", n, maxLine)
		case err != nil:
			return start, err
		}
		text := strings.TrimRight(string(line), "\r\n")
		if head, ok := strings.CutPrefix(text, "#[StartTime: "); ok {
			if start, err = readStart(head); err != nil {
				return start, fmt.Errorf("line %d: %w", n, err)
			}
			continue
		}
		interval, ok, err := readLine(text)
		if err != nil {
			return start, fmt.Errorf("line %d: %w", n, err)
		}
		if ok {
			each(interval)
		}
	}
}

func readStart(head string) (time.Time, error) {
	number, _, _ := strings.Cut(head, " ")
	seconds, err := strconv.ParseFloat(number, 64)
	if err != nil || !(math.Abs(seconds) < 1e11) {
		return time.Time{}, fmt.Errorf("start time %q is not in seconds since 1970", number)
	}
	return time.UnixMilli(int64(math.Round(seconds * 1e3))).UTC(), nil
}

// readLine reads one line; ok is false where it holds no samples.
func readLine(text string) (i Interval, ok bool, err error) {
	if rest, is := strings.CutPrefix(text, aboveComment); is {
		i, err = readBeyond(rest)
		i.Histogram.aboveRange, i.Histogram.belowRange = i.Histogram.belowRange, 0
		return i, err == nil, err
	}
	if rest, is := strings.CutPrefix(text, belowComment); is {
		i, err = readBeyond(rest)
		return i, err == nil, err
	}
	if text == "" || text[0] == '#' || text[0] == '"' {
		return Interval{}, false, nil
	}
	i, err = readHistogram(text)
	return i, err == nil, err
}

// readBeyond reads 'TAG start length count]', and counts below the range.
func readBeyond(text string) (Interval, error) {
	i := Interval{Histogram: New()}
	fields := strings.Fields(strings.TrimSuffix(text, "]"))
	if len(fields) != 4 || !validTag(fields[0]) {
		return i, errors.New("not 'TAG start length count'")
	}
	count, err := strconv.ParseInt(fields[3], 10, 48) // so that no sum of lines overflows
	if err != nil || count < 0 {
		return i, fmt.Errorf("count %q is not a whole number", fields[3])
	}
	i.Tag, i.Histogram.belowRange = fields[0], count
	i.Start, i.End, err = readSpan(fields[1], fields[2])
	return i, err
}

// readHistogram reads 'Tag=TAG,start,length,max,payload'.
func readHistogram(text string) (Interval, error) {
	i := Interval{Histogram: New()}
	fields := strings.Split(text, ",")
	if len(fields) != 5 || !strings.HasPrefix(fields[0], "Tag=") {
		return i, errors.New("not 'Tag=TAG,start,length,max,histogram'")
	}
	tag, negative := strings.CutSuffix(fields[0][len("Tag="):], negativeSuffix)
	if !validTag(tag) {
		return i, fmt.Errorf("%q is not a tag", tag)
	}
	var err error
	if i.Start, i.End, err = readSpan(fields[1], fields[2]); err != nil {
		return i, err
	}
	h, err := decode(fields[4])
	if err != nil {
		return i, err
	}
	i.Tag = tag
	if negative {
		i.Histogram.mirrored = h
	} else {
		i.Histogram.within = h
	}
	return i, nil
}

// decode takes only the geometry that LogWriter writes: merging another one
// would move samples.
func decode(payload string) (*hdrhistogram.Histogram, error) {
	h, err := hdrhistogram.Decode([]byte(payload))
	if err != nil {
		return nil, fmt.Errorf("histogram: %w", err)
	}
	if h.LowestTrackableValue() != lowest || h.HighestTrackableValue() != figure.Range || h.SignificantFigures() != digits {
		return nil, fmt.Errorf("histogram of %d to %d ns with %d digits: want %d to %d with %d",
			h.LowestTrackableValue(), h.HighestTrackableValue(), h.SignificantFigures(), lowest, int64(figure.Range), digits)
	}
	if h.TotalCount() >= 1<<47 { // so that no sum of lines overflows
		return nil, errors.New("histogram: counts are not plausible")
	}
	return h, nil
}

func readSpan(start, length string) (from, to time.Duration, err error) {
	s, err := readSeconds(start)
	if err != nil {
		return 0, 0, err
	}
	l, err := readSeconds(length)
	return s, s + l, err
}

func readSeconds(text string) (time.Duration, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v < 1e9) {
		return 0, fmt.Errorf("%q is not a time in seconds", text)
	}
	return time.Duration(math.Round(v*1e3)) * time.Millisecond, nil
}
