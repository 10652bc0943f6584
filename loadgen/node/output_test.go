package node

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// failing is a writer on a full disk.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestTail(t *testing.T) {
	var all bytes.Buffer
	tail, err := newTail(&all, filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer tail.close()
	if got := tail.lines(); got != nil {
		t.Errorf("before anything was said: %q", got)
	}
	var want []string
	for i := range 1000 {
		line := fmt.Sprintf("line %d", i)
		want = append(want, line)
		for _, part := range []string{line[:3], line[3:] + "\n"} {
			if n, err := tail.Write([]byte(part)); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
	}
	if got := tail.lines(); !slices.Equal(got, want[990:]) {
		t.Errorf("the last lines are %q", got)
	}
	if strings.Count(all.String(), "\n") != 1000 {
		t.Errorf("%d lines were passed on", strings.Count(all.String(), "\n"))
	}
	_, _ = tail.Write(bytes.Repeat([]byte("x"), 1<<20))
	if n := len(tail.lines()[0]); len(tail.lines()) != 1 || n != keptBytes {
		t.Errorf("of a long line %d bytes are kept", n)
	}
}

func TestTailOfFullDisk(t *testing.T) {
	tail, err := newTail(failing{}, "")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := tail.Write([]byte("abc")); n != 3 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func FuzzAnnouncement(f *testing.F) {
	f.Add([]byte(`{"listen":"127.0.0.1:1","admin":"127.0.0.1:2","pid":3}`+"\nmore"), 5)
	f.Add([]byte(`{"listen":"127.0.0.1","admin":""}`), 0)
	f.Add([]byte("hello\n"), 2)
	f.Fuzz(func(t *testing.T, text []byte, at int) {
		whole, parts := newFirstLine(), newFirstLine()
		_, _ = whole.Write(text)
		at = min(max(at, 0), len(text))
		for _, part := range [][]byte{text[:at], text[at:]} {
			if n, err := parts.Write(part); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
		if !bytes.Equal(whole.line, parts.line) || whole.full != parts.full || len(whole.line) > maxLine || bytes.ContainsRune(whole.line, '\n') {
			t.Fatalf("the first line is %q or %q", whole.line, parts.line)
		}
		if a, err := whole.announcement(); err == nil && !(a.listen.IsValid() && a.admin.IsValid()) {
			t.Fatalf("taken is %q as %+v", whole.line, a)
		}
	})
}
