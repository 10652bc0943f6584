package sample

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ticks is how many of the kernel's ticks are a second, in what it tells: USER_HZ,
// which is 100 on every architecture that Go runs on (proc_pid_stat(5)).
const ticks = 100

// Fields of /proc/PID/stat that follow the command's closing parenthesis,
// counted from 0; proc_pid_stat(5) counts them from 3.
const (
	statUser    = 14 - 3
	statSystem  = 15 - 3
	statThreads = 20 - 3
	statStart   = 22 - 3
	statRSS     = 24 - 3
)

// parseStat reads a line of /proc/PID/stat.
func (p *Process) parseStat(text string, page int64) error {
	end := strings.LastIndexByte(text, ')') // the command itself may hold anything
	fields := strings.Fields(text[end+1:])
	if end < 0 || len(fields) <= statRSS {
		return fmt.Errorf("stat %.100q: too short", text)
	}
	n := numbers{fields: fields}
	const most = 1 << 38 // so that products fit, whatever stands there
	p.CPU = time.Duration(min(n.at(statUser), most)+min(n.at(statSystem), most)) * (time.Second / ticks)
	p.Threads = int(n.at(statThreads))
	p.Started = uint64(n.at(statStart))
	p.RSS = min(n.at(statRSS), most) * page
	return n.err
}

// parseSchedstat reads a thread's schedstat: nanoseconds on the CPU, nanoseconds
// of waiting for it, and slices.
func parseSchedstat(text string) (run, wait time.Duration, err error) {
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return 0, 0, fmt.Errorf("schedstat %.100q: too short", text)
	}
	n := numbers{fields: fields}
	return time.Duration(n.at(0)), time.Duration(n.at(1)), n.err
}

// parseSockstat finds the pages of memory of TCP in /proc/net/sockstat.
func parseSockstat(text string) (pages int64, err error) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, "TCP:")
		if !ok {
			continue
		}
		fields := strings.Fields(rest)
		for i := 0; i+1 < len(fields); i += 2 {
			if fields[i] == "mem" {
				n := numbers{fields: fields}
				return n.at(i + 1), n.err
			}
		}
	}
	return 0, errors.New("sockstat does not tell the memory of TCP")
}

// parseRollup finds the bytes in memory in a process's smaps_rollup.
func parseRollup(text string) (bytes int64, err error) {
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "Rss:" && fields[2] == "kB" {
			n := numbers{fields: fields}
			return min(n.at(1), 1<<48) << 10, n.err
		}
	}
	return 0, errors.New("smaps_rollup does not tell the memory in use")
}

// numbers reads fields as numbers of 0 or more, and keeps the first error.
type numbers struct {
	fields []string
	err    error
}

func (n *numbers) at(i int) int64 {
	v, err := strconv.ParseInt(n.fields[i], 10, 64)
	if err == nil && v < 0 {
		err = fmt.Errorf("%d is below 0", v)
	}
	if err != nil && n.err == nil {
		n.err = fmt.Errorf("field %d: %w", i, err)
	}
	return max(v, 0)
}

// parseSlab reads the bytes of all slabs from /proc/meminfo.
func parseSlab(text string) (int64, error) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "Slab:"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			if err != nil || kilobytes < 0 || kilobytes > 1<<50 {
				return 0, fmt.Errorf("meminfo has %q", strings.TrimSpace(line))
			}
			return kilobytes << 10, nil
		}
	}
	return 0, errors.New("meminfo has no Slab")
}
