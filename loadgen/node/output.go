package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"sync"
)

// announcement is what a server says when it listens.
type announcement struct{ listen, admin netip.AddrPort }

// firstLine takes a process's standard output and keeps its first line.
type firstLine struct {
	done chan struct{} // closed when the line is whole
	line []byte
	full bool
}

// maxLine bounds that line, in bytes; it is some eighty.
const maxLine = 4096

func newFirstLine() *firstLine { return &firstLine{done: make(chan struct{})} }

func (f *firstLine) Write(b []byte) (int, error) {
	if f.full {
		return len(b), nil
	}
	line, _, whole := bytes.Cut(b, []byte{'\n'})
	f.line = append(f.line, line[:min(len(line), maxLine-len(f.line))]...)
	if whole || len(f.line) == maxLine {
		f.full = true
		close(f.done)
	}
	return len(b), nil
}

// announcement is to be called when the line is whole.
func (f *firstLine) announcement() (announcement, error) { return parseAnnouncement(f.line) }

func parseAnnouncement(line []byte) (a announcement, err error) {
	var said struct{ Listen, Admin string }
	if err = json.Unmarshal(line, &said); err == nil {
		a.listen, err = netip.ParseAddrPort(said.Listen)
	}
	if err == nil {
		a.admin, err = netip.ParseAddrPort(said.Admin)
	}
	if err != nil {
		return announcement{}, fmt.Errorf("it said %.200q instead of its addresses: is it throng? %w", line, err)
	}
	return a, nil
}

// tail passes a process's log on and keeps its end.
type tail struct {
	next io.Writer
	file *os.File // nil: none

	mu   sync.Mutex
	kept []byte
}

// What is kept of a log: its last lines, and at most this many bytes of them.
const (
	keptLines = 10
	keptBytes = 8 << 10
)

func newTail(next io.Writer, file string) (*tail, error) {
	t := &tail{next: next}
	if file == "" {
		return t, nil
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("the server's log: %w", err)
	}
	t.file = f
	return t, nil
}

// Write never fails: a server must not stumble over a full disk of its watcher's.
func (t *tail) Write(b []byte) (int, error) {
	if t.next != nil {
		_, _ = t.next.Write(b)
	}
	if t.file != nil {
		_, _ = t.file.Write(b)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
	if over := len(t.kept) - keptBytes; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(b), nil
}

// lines are the last of the log.
func (t *tail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(string(t.kept))
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	return lines[max(0, len(lines)-keptLines):]
}

func (t *tail) close() {
	if t.file != nil {
		_ = t.file.Close()
	}
}
