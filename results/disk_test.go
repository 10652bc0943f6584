package results

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed886cd727/throng/results/latency"
)

// fullDisk takes so many bytes, then half a line, and after that fault it has
// room again, as where somebody cleared up.
type fullDisk struct {
	left   int
	after  int // bytes that it was given after it had been full
	full   bool
	closed bool
}

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.full {
		d.after += len(b)
		return len(b), nil
	}
	n := min(len(b), d.left)
	d.left -= n
	if n < len(b) {
		d.full = true
		return n, syscall.ENOSPC
	}
	return n, nil
}

func (d *fullDisk) Close() error { d.closed = true; return nil }

// A full disk fails the call, and all later ones of that file; the summary is
// written all the same and says why it is invalid.
func TestFullDisk(t *testing.T) {
	for name, fill := range map[string]func(*Writer, *stream){
		rowsFile:       func(w *Writer, s *stream) { w.rows = s },
		logFile:        func(w *Writer, s *stream) { w.log = s },
		violationsFile: func(w *Writer, s *stream) { w.violations = s },
	} {
		w, err := Create(filepath.Join(t.TempDir(), "r"))
		if err != nil {
			t.Fatal(err)
		}
		disk := &fullDisk{left: 200}
		fill(w, &stream{path: filepath.Join(w.dir, name), w: disk})
		var failed error
		for i := range 20 {
			h := latency.New()
			h.Record(time.Second)
			at := time.Duration(i) * time.Second
			err := errors.Join(w.Row(Row{At: at}), w.Interval("ack", at, at+time.Second, h), w.Violation(Violation{Figure: "lost", Text: "x"}))
			if failed != nil && err == nil {
				t.Errorf("%s: a later write says nothing of the fault", name)
			}
			failed = err
		}
		if !errors.Is(failed, ErrWrite) || !errors.Is(failed, syscall.ENOSPC) || !strings.Contains(failed.Error(), name) {
			t.Errorf("%s: %v", name, failed)
		}
		s := &Summary{Valid: true}
		if err := w.Finish(s); !errors.Is(err, ErrWrite) || !disk.closed {
			t.Errorf("%s: Finish: %v, closed %v", name, err, disk.closed)
		}
		if disk.after > 0 {
			t.Errorf("%s: %d bytes follow half a line: nobody could read them", name, disk.after)
		}
		r, err := Read(w.dir)
		if err != nil {
			t.Fatal(err)
		}
		if s.Status() != StatusInvalid || r.Summary.Valid || len(r.Summary.InvalidBecause) != 1 || !strings.Contains(r.Summary.InvalidBecause[0], name) {
			t.Errorf("%s: the summary says %+v", name, r.Summary)
		}
	}
}

// The same on a file system that is really full: what was kept in reserve is
// enough for the summary.
func TestFullFileSystem(t *testing.T) {
	disk := smallDisk(t, 2<<20)
	w, err := Create(filepath.Join(disk, "r"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("x", 4000)
	for i := 0; ; i++ {
		if err = w.Violation(Violation{Figure: "lost", Text: text}); err != nil {
			break
		}
		if i > maxViolations {
			t.Fatal("the disk is not full")
		}
	}
	if !errors.Is(err, ErrWrite) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("the write that did not fit: %v", err)
	}
	s := &Summary{Valid: true, Scenario: "big"}
	if err := w.Finish(s); !errors.Is(err, ErrWrite) {
		t.Errorf("Finish: %v", err)
	}
	r, err := Read(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if r.Summary.Scenario != "big" || r.Summary.Valid || len(r.Violations) < 100 || len(r.Incomplete) == 0 {
		t.Errorf("after a full disk: %+v, %d violations, %q", r.Summary, len(r.Violations), r.Incomplete)
	}
	if left, err := filepath.Glob(filepath.Join(w.Dir(), "*.part")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestCreateOnAFolderThatTakesNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(filepath.Join(file, "r")); !errors.Is(err, ErrWrite) {
		t.Errorf("Create under a file: %v", err)
	}
}
