package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed886cd727/throng/bench/peers/servers"
)

// figure is a column of a server over all rounds. Ratio is to the floor of the
// same round. Both are medians; a figure with a round missing is invalid.
type figure struct {
	Median float64   `json:"median"`
	Ratio  float64   `json:"ratio"`
	Rounds []float64 `json:"rounds"`
	Valid  bool      `json:"valid"`
}

func (r results) figure(server, floor string, what column) figure {
	var f figure
	var ratios []float64
	for _, round := range r.rounds {
		value, ok := round[server][what]
		if !ok {
			continue
		}
		f.Rounds = append(f.Rounds, value)
		if base, ok := round[floor][what]; ok && base > 0 {
			ratios = append(ratios, value/base)
		}
	}
	f.Median, f.Ratio, f.Valid = median(f.Rounds), median(ratios), len(f.Rounds) > 0 && len(f.Rounds) == len(r.rounds)
	return f
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// String is the figure as the table has it.
func (f figure) String() string {
	switch {
	case !f.Valid:
		return "invalid"
	case f.Ratio == 0:
		return number(f.Median)
	}
	return fmt.Sprintf("%s (%.2f)", number(f.Median), f.Ratio)
}

// number has three significant figures.
func number(v float64) string {
	switch {
	case v >= 999_500:
		return fmt.Sprintf("%.2fM", v/1e6)
	case v >= 99_950:
		return fmt.Sprintf("%.0fk", v/1e3)
	case v >= 9_995:
		return fmt.Sprintf("%.1fk", v/1e3)
	}
	return fmt.Sprintf("%.0f", v)
}

// print prints the table in Markdown.
func (s settings) print(w io.Writer, r results) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n| server |", strings.Join(s.header(len(r.rounds)), "\n"))
	for _, c := range s.columns() {
		fmt.Fprintf(&b, " %s |", c)
	}
	fmt.Fprintf(&b, "\n|---|%s\n", strings.Repeat("---|", len(s.columns())))
	for _, e := range s.entries {
		fmt.Fprintf(&b, "| %s |", label(e))
		for _, c := range s.columns() {
			f := r.figure(e.Name, s.entries[0].Name, c)
			if c == columnIdle {
				f.Ratio = 0 // to next to nothing
			}
			fmt.Fprintf(&b, " %s |", f)
		}
		b.WriteString("\n")
	}
	for _, f := range r.faults {
		fmt.Fprintf(&b, "\ninvalid: %s, %s, round %d: %s\n", f.Server, f.Role, f.Round, f.Why)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// header tells what a reader must know to compare.
func (s settings) header(rounds int) []string {
	pinned := "server and client share all CPUs"
	if s.pinned {
		pinned = fmt.Sprintf("rates pinned: server on cpu %d, client on cpu %d", s.pinning.server, s.pinning.client)
	}
	return []string{
		fmt.Sprintf("%s; %s; %d CPUs, %s, %s", time.Now().UTC().Format(time.DateOnly), pinned, runtime.NumCPU(), kernel(), runtime.Version()),
		fmt.Sprintf("rounds: %d, medians; %v a rate; in brackets the ratio to %s in the same round", rounds, s.window, s.entries[0].Name),
		fmt.Sprintf("idle: %d connections; echo: %d; accept: %d; rates are a CPU-second of the server", s.idleConns, s.echoConns, s.acceptConns),
	}
}

func kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return runtime.GOOS
	}
	return "Linux " + unix.ByteSliceToString(u.Release[:])
}

// label is a server's name and its library's version.
func label(e servers.Entry) string {
	if e.Module == "" {
		return "**" + e.Name + "**"
	}
	return e.Name + " " + version(e.Module)
}

func version(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == module {
				return m.Version
			}
		}
	}
	return "unknown"
}

// printJSON prints the same for a program, with what every round gave.
func (s settings) printJSON(w io.Writer, r results) error {
	type server struct {
		Name    string            `json:"name"`
		Version string            `json:"version,omitempty"`
		Figures map[column]figure `json:"figures"`
	}
	out := struct {
		Header  []string `json:"header"`
		Floor   string   `json:"floor"`
		Pinned  bool     `json:"pinned"`
		Servers []server `json:"servers"`
		Faults  []fault  `json:"faults"`
	}{Header: s.header(len(r.rounds)), Floor: s.entries[0].Name, Pinned: s.pinned, Faults: append([]fault{}, r.faults...)}
	for _, e := range s.entries {
		one := server{Name: e.Name, Figures: map[column]figure{}}
		if e.Module != "" {
			one.Version = version(e.Module)
		}
		for _, c := range s.columns() {
			one.Figures[c] = r.figure(e.Name, out.Floor, c)
		}
		out.Servers = append(out.Servers, one)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}
