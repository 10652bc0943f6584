package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed886cd727/throng/bench/peers/servers"
	"github.com/seed886cd727/throng/bench/peers/wire"
)

// settings is what is measured, and how.
type settings struct {
	rounds      int
	entries     []servers.Entry // the floor first
	chosen      []string        // roles
	members     []int           // of the fan-outs
	idleConns   int
	echoConns   int
	acceptConns int
	window      time.Duration // of each measured rate
	pinned      bool
	pinning     pinning
	json        bool
}

// pinning is which CPU a server and its client have, when a rate is measured.
type pinning struct{ server, client int }

const (
	smallest = 10     // connections with which anything can be measured
	largest  = 18_000 // a process may often have no more than 20,000 files
)

// parse reads the flags. They are checked together.
func parse(args []string) (settings, error) {
	s := settings{}
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	flags.IntVar(&s.rounds, "rounds", 3, "`rounds`, in each of which all servers have their turn")
	flags.IntVar(&s.idleConns, "idle", 15_000, "idle `connections`")
	flags.IntVar(&s.echoConns, "echo", 1000, "echoing `connections`")
	flags.IntVar(&s.acceptConns, "accept", 9000, "`connections` that are made as fast as one client can")
	flags.DurationVar(&s.window, "for", time.Second, "`time` that each rate is measured for; a fifth of it before that warms up")
	flags.BoolVar(&s.json, "json", false, "print JSON, with what every round gave")
	members := flags.String("members", "1000,9000", "`members` of the fan-outs")
	names := flags.String("servers", "", "`names` of the servers to measure, with commas; empty: all. The floor always is")
	roles := flags.String("roles", strings.Join(allRoles(), ","), "`roles` to measure")
	pin := flags.String("pin", "auto", "server and client on a CPU each while rates are measured: `yes, no` or auto, which is yes where there are two")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 {
		return s, fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	s.members, s.chosen = numbers(*members), strings.Split(*roles, ",")
	return s, errors.Join(s.choose(*names), s.pin(*pin), s.Validate(), s.room())
}

func allRoles() []string {
	return []string{wire.RoleIdle, wire.RoleEcho, wire.RoleFanOut, wire.RoleAccept}
}

// numbers reads a list; what is no number is 0, which Validate finds.
func numbers(list string) (all []int) {
	for one := range strings.SplitSeq(list, ",") {
		n, _ := strconv.Atoi(strings.TrimSpace(one))
		all = append(all, n)
	}
	return all
}

// choose takes the named servers and the floor.
func (s *settings) choose(names string) error {
	all := servers.All()
	if names == "" {
		s.entries = all
		return nil
	}
	var faults []error
	s.entries = all[:1:1]
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(all, func(e servers.Entry) bool { return e.Name == name })
		switch {
		case i < 0:
			faults = append(faults, fmt.Errorf("there is no server %q; there are %s", name, strings.Join(namesOf(all), ", ")))
		case i > 0:
			s.entries = append(s.entries, all[i])
		}
	}
	return errors.Join(faults...)
}

func namesOf(all []servers.Entry) (names []string) {
	for _, e := range all {
		names = append(names, e.Name)
	}
	return names
}

// pin chooses the CPUs.
func (s *settings) pin(how string) error {
	s.pinning = pinning{anyCPU, anyCPU}
	may, err := cpus()
	switch {
	case err != nil:
		return err
	case how == "no", how == "auto" && len(may) < 2:
		return nil
	case how != "yes" && how != "auto":
		return fmt.Errorf("-pin is %q; it may be yes, no or auto", how)
	case len(may) < 2:
		return errors.New("-pin yes needs two CPUs")
	}
	s.pinned, s.pinning = true, pinning{may[0], may[1]}
	return nil
}

// Validate lists every fault.
func (s settings) Validate() error {
	var faults []error
	within := func(name string, n, least, most int) {
		if n < least || n > most {
			faults = append(faults, fmt.Errorf("%s is %d; it must be from %d to %d", name, n, least, most))
		}
	}
	within("-rounds", s.rounds, 1, 1000)
	within("-idle", s.idleConns, smallest, largest)
	within("-echo", s.echoConns, smallest, largest)
	within("-accept", s.acceptConns, smallest, largest)
	for _, n := range s.members {
		within("-members", n, smallest, largest)
	}
	for _, r := range s.chosen {
		if !slices.Contains(allRoles(), r) {
			faults = append(faults, fmt.Errorf("there is no role %q; there are %s", r, strings.Join(allRoles(), ", ")))
		}
	}
	if s.window < 10*time.Millisecond {
		faults = append(faults, fmt.Errorf("-for is %v; it must be at least 10ms", s.window))
	}
	return errors.Join(faults...)
}

// room fails where a process may not have enough open files: the connections of
// one side, and a few.
func (s settings) room() error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	need := uint64(max(s.idleConns, s.echoConns, s.acceptConns, slices.Max(s.members)) + 100)
	if limit.Max < need {
		return fmt.Errorf("a process may have %d open files, and %d are needed: raise the limit (ulimit -Hn), or give fewer -idle, -accept and -members", limit.Max, need)
	}
	return nil
}
