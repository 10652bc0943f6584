package results

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Finish ends a record: the total of the findings, summary.json and report.html.
// It adds to s the schema's version and the warnings that follow from its
// figures, and marks it invalid where the record could not be written whole;
// call Status after it. The writer is of no use afterwards.
func (w *Writer) Finish(s *Summary) error {
	s.Schema = Schema
	s.Warnings = append(s.Warnings, s.Figures.doubts()...)
	unwritten := w.close()
	for _, err := range unwritten {
		s.Valid = false
		s.InvalidBecause = append(s.InvalidBecause, err.Error())
	}
	removed := os.Remove(filepath.Join(w.dir, reserveFile))
	if err := errors.Join(append(unwritten, removed, w.summary(s))...); err != nil {
		return err
	}
	r, err := Read(w.dir)
	if err != nil {
		return err
	}
	return WriteReport(filepath.Join(w.dir, reportFile), r)
}

// close ends the files that grew and returns what went wrong with each.
func (w *Writer) close() (unwritten []error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = json.NewEncoder(w.violations).Encode(w.total) // Close returns what failed
	for _, s := range []*stream{w.log, w.rows, w.violations} {
		if err := s.Close(); err != nil {
			unwritten = append(unwritten, err)
		}
	}
	return unwritten
}

func (w *Writer) summary(s *Summary) error {
	s.Schema = Schema
	return w.whole(summaryFile, func(f io.Writer) error { return encode(f, s.filled()) })
}

// filled is the summary with empty lists instead of none, so that a program
// never meets null where it expects a list.
func (s *Summary) filled() Summary {
	c := *s
	c.InvalidBecause = append([]string{}, s.InvalidBecause...)
	c.Warnings = append([]string{}, s.Warnings...)
	c.Notes = append([]string{}, s.Notes...)
	c.Thresholds = append([]Threshold{}, s.Thresholds...)
	c.Phases = append([]Phase{}, s.Phases...)
	if c.Figures == nil {
		c.Figures = Figures{}
	}
	for i := range c.Phases {
		if c.Phases[i].Figures == nil {
			c.Phases[i].Figures = Figures{}
		}
	}
	return c
}
