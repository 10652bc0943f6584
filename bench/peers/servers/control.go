package servers

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Run is a server's process. It says its address, then answers one line with one:
// "cpu" with the nanoseconds it has used, "rss" with its bytes after a collection,
// "prepare ROLE N" with "ok". It ends when its input does.
func Run(name string, in io.Reader, out io.Writer) error {
	for _, e := range All() {
		if e.Name != name {
			continue
		}
		s, err := e.Start()
		if err != nil {
			return fmt.Errorf("start %s: %w", name, err)
		}
		return s.control(in, out)
	}
	return fmt.Errorf("there is no server %q", name)
}

func (s *Server) control(in io.Reader, out io.Writer) error {
	if _, err := fmt.Fprintln(out, s.Addr); err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		answer, err := s.obey(strings.Fields(lines.Text()))
		if err != nil {
			return fmt.Errorf("%s: %w", lines.Text(), err)
		}
		if _, err := fmt.Fprintln(out, answer); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) obey(order []string) (answer any, err error) {
	switch {
	case len(order) == 1 && order[0] == "cpu":
		return cpu()
	case len(order) == 1 && order[0] == "rss":
		return s.rss()
	case len(order) == 3 && order[0] == "prepare":
		return "ok", s.prepare(order[1], order[2])
	}
	return nil, fmt.Errorf("unknown order %q", order)
}

func (s *Server) prepare(role, members string) error {
	n, err := strconv.Atoi(members)
	if err != nil || s.Prepare == nil {
		return err
	}
	return s.Prepare(role, n)
}

// cpu is the user and system time that this process has used, in nanoseconds.
func cpu() (int64, error) {
	var u unix.Rusage
	err := unix.Getrusage(unix.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano(), err
}

// rss is what is resident, in bytes, once what can be given back was given back.
// Pools need two collections to let go.
func (s *Server) rss() (int, error) {
	if s.Settle != nil {
		if err := s.Settle(); err != nil {
			return 0, err
		}
	}
	for range 3 {
		runtime.GC()
	}
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	return pages * os.Getpagesize(), err
}
