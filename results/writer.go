package results

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/seed886cd727/throng/results/latency"
)

// Writer writes a run record while the run goes. Violation may be called
// concurrently with everything but Finish; all else by one goroutine at a time.
// Each call that fails on the disk returns an error with ErrWrite in it, and
// Finish then still writes the summary, marked invalid.
type Writer struct {
	dir     string
	started time.Time
	rows    *stream
	log     *stream
	hlog    *latency.LogWriter // nil until the first interval

	mu         sync.Mutex // guards what follows
	violations *stream
	total      violationTotal
}

// reserve is kept on the disk while the run goes and given back for the summary,
// so that it can be written when the disk is full.
const reserve = 1 << 20

// Create makes the folder of a record. It must not exist, its parents may: a
// record is never overwritten. From now on its summary says that the run did not
// end, until Finish says otherwise.
func Create(dir string) (*Writer, error) {
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(dir)), 0o755); err != nil {
		return nil, writeError(dir, err)
	}
	if err := os.Mkdir(dir, 0o755); errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s is already there, and a record is never overwritten: give --out another folder, or remove this one", dir)
	} else if err != nil {
		return nil, writeError(dir, err)
	}
	w := &Writer{dir: dir, started: time.Now(), total: violationTotal{Total: map[string]int64{}}}
	if err := w.open(); err != nil {
		return nil, err
	}
	return w, nil
}

// open writes what a record holds from its first moment.
func (w *Writer) open() (err error) {
	if w.log, err = newStream(w.dir, logFile); err != nil {
		return err
	}
	if w.rows, err = newStream(w.dir, rowsFile); err != nil {
		return err
	}
	if w.violations, err = newStream(w.dir, violationsFile); err != nil {
		return err
	}
	if err = w.cells(head()); err != nil {
		return err
	}
	space := bytes.NewReader(make([]byte, reserve))
	if err = w.whole(reserveFile, func(f io.Writer) error { _, err := space.WriteTo(f); return err }); err != nil {
		return err
	}
	return w.summary(&Summary{Started: w.started, InvalidBecause: []string{"the run did not end"}})
}

// Dir is the record's folder.
func (w *Writer) Dir() string { return w.dir }

// Start says when the run began, which all its times count from. Without it the
// moment of Create stands in the log; it must come before the first Interval.
func (w *Writer) Start(t time.Time) { w.started = t }

// Scenario keeps the scenario as it is run, with every default filled in.
func (w *Writer) Scenario(yaml []byte) error {
	return w.whole(scenarioFile, func(f io.Writer) error { _, err := f.Write(yaml); return err })
}

// Environment keeps what the run's figures depend on. A later call replaces it.
func (w *Writer) Environment(e Environment) error {
	return w.whole(environmentFile, func(f io.Writer) error { return encode(f, e) })
}

// Interval keeps what a measure, the tag, found from start to end since the
// run's start. An empty histogram leaves no trace. h is not kept.
func (w *Writer) Interval(tag string, start, end time.Duration, h *latency.Histogram) (err error) {
	if w.hlog == nil {
		if w.hlog, err = latency.NewLogWriter(w.log, w.started); err != nil {
			return err
		}
	}
	return w.hlog.Write(tag, start, end, h)
}

// Row adds a line to timeseries.csv.
func (w *Writer) Row(r Row) error { return w.cells(r.cells()) }

func (w *Writer) cells(cells []string) error {
	var line bytes.Buffer
	c := csv.NewWriter(&line)
	if err := c.Write(cells); err != nil {
		return err
	}
	c.Flush()
	_, err := w.rows.Write(line.Bytes())
	return err
}

// Violation keeps a finding. The first 10,000 are written, all are counted. It
// may be called concurrently.
func (w *Writer) Violation(v Violation) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.total.Total[v.Figure]++
	if w.total.Kept >= maxViolations {
		return nil
	}
	w.total.Kept++
	return json.NewEncoder(w.violations).Encode(v)
}

// whole writes one of the record's files at once.
func (w *Writer) whole(name string, write func(io.Writer) error) error {
	return writeWhole(filepath.Join(w.dir, name), write)
}

// encode writes JSON for people and programs.
func encode(f io.Writer, v any) error {
	e := json.NewEncoder(f)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
