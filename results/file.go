package results

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The files of a record.
const (
	summaryFile     = "summary.json"
	scenarioFile    = "scenario.yaml"
	environmentFile = "environment.json"
	logFile         = "latency.hlog"
	rowsFile        = "timeseries.csv"
	violationsFile  = "violations.jsonl"
	reportFile      = "report.html"
	reserveFile     = "reserve.part"
)

// ErrWrite is in every error of a record that could not be written, a full disk
// most often. What was written before stays.
var ErrWrite = errors.New("cannot write the run record")

func writeError(path string, err error) error {
	return fmt.Errorf("%w: %s: %w", ErrWrite, path, err)
}

// stream is a file that grows while the run goes. After the first write that
// failed it takes nothing more, for a line may have been cut in two: whatever
// followed it could not be read.
type stream struct {
	path string
	w    io.WriteCloser
	err  error
}

func newStream(dir, name string) (*stream, error) {
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, writeError(path, err)
	}
	return &stream{path: path, w: f}, nil
}

func (s *stream) Write(b []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.w.Write(b)
	if err != nil {
		s.err = writeError(s.path, err)
	}
	return n, s.err
}

// Close returns the first error of all writes and of the closing itself.
func (s *stream) Close() error {
	if err := s.w.Close(); err != nil && s.err == nil {
		s.err = writeError(s.path, err)
	}
	return s.err
}

// writeWhole writes a file beside its place and renames it there, so that it is
// whole or not there at all, after a power cut too. It replaces what was there.
func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return writeError(path, err)
	}
	defer os.Remove(f.Name()) // fails once it was renamed
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return writeError(path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return writeError(path, err)
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a rename in it last.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return writeError(dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return writeError(dir, err)
	}
	return nil
}
