package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/seed886cd727/throng/results/figure"
	"github.com/seed886cd727/throng/results/latency"
)

// Record is a run record that was read.
type Record struct {
	Dir         string
	Summary     *Summary
	Environment *Environment // nil where the run ended before it was written
	Scenario    string       // YAML
	Rows        []Row
	Start       time.Time                     // that the log's times count from
	Histograms  map[string]*latency.Histogram // all intervals of a tag, merged
	Violations  []Violation                   // the first 10,000
	Found       map[string]int64              // all of them, by figure
	Incomplete  []string                      // files that are missing or end in the middle, with what is wrong
}

// Read reads a record, an unfinished one too: only its summary must be there.
// What a killed run left half written is read as far as it goes and named in
// Incomplete; anything else that does not belong in a record is an error.
func Read(dir string) (*Record, error) {
	r := &Record{Dir: dir, Histograms: map[string]*latency.Histogram{}, Found: map[string]int64{}}
	f, err := os.Open(filepath.Join(dir, summaryFile))
	if err != nil {
		return nil, fmt.Errorf("%s is not a run record: %w", dir, err)
	}
	defer f.Close()
	if r.Summary, err = readSummary(f); err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	for _, part := range []struct {
		name string
		read func(io.Reader) error
	}{
		{environmentFile, r.readEnvironment},
		{scenarioFile, r.readScenario},
		{logFile, r.readLog},
		{rowsFile, r.readRows},
		{violationsFile, r.readViolations},
	} {
		if err := r.part(part.name, part.read); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// part reads one file; that it is missing or torn is noted.
func (r *Record) part(name string, read func(io.Reader) error) error {
	path := filepath.Join(r.Dir, name)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		r.Incomplete = append(r.Incomplete, name+" is missing")
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the run record: %w", err)
	}
	defer f.Close()
	err = read(f)
	if errors.Is(err, latency.ErrTorn) {
		r.Incomplete = append(r.Incomplete, fmt.Sprintf("%s: %v", name, err))
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// readSummary refuses another schema, and figures that no catalogue of this
// schema has in that unit.
func readSummary(f io.Reader) (*Summary, error) {
	s := new(Summary)
	if err := readJSON(f, s); err != nil {
		return nil, err
	}
	if s.Schema != Schema {
		return nil, fmt.Errorf("schema %d: this version reads schema %d", s.Schema, Schema)
	}
	all := []Figures{s.Figures}
	for _, p := range s.Phases {
		all = append(all, p.Figures)
	}
	for _, figures := range all {
		for name, v := range figures {
			if known, ok := figure.Lookup(name); ok && known.Unit != v.Unit {
				return nil, fmt.Errorf("figure %s is in %q: must be in %q", name, v.Unit, known.Unit)
			}
		}
	}
	return s, nil
}

// readJSON reads one value and nothing after it.
func readJSON(f io.Reader, into any) error {
	d := json.NewDecoder(f)
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the end of the JSON value")
	}
	return nil
}

func (r *Record) readEnvironment(f io.Reader) error {
	e := new(Environment)
	if err := readJSON(f, e); err != nil {
		return err
	}
	r.Environment = e
	return nil
}

func (r *Record) readScenario(f io.Reader) error {
	text, err := io.ReadAll(f)
	r.Scenario = string(text)
	return err
}

// readLog keeps the merged histograms only: those of every second of an hour
// would take gigabytes.
func (r *Record) readLog(f io.Reader) (err error) {
	r.Start, err = latency.ReadLog(f, func(i latency.Interval) {
		if r.Histograms[i.Tag] == nil {
			r.Histograms[i.Tag] = latency.New()
		}
		r.Histograms[i.Tag].Merge(i.Histogram)
	})
	return err
}

// Intervals reads the log once more and gives each of its intervals, as
// latency.ReadLog does.
func (r *Record) Intervals(each func(latency.Interval)) error {
	f, err := os.Open(filepath.Join(r.Dir, logFile))
	if err != nil {
		return fmt.Errorf("read the run record: %w", err)
	}
	defer f.Close()
	if _, err := latency.ReadLog(f, each); err != nil {
		return fmt.Errorf("read %s: %w", f.Name(), err)
	}
	return nil
}
