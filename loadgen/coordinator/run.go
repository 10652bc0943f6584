// Package coordinator makes a run of a scenario: it starts or finds the system
// under test, makes the conversations, lets everyone connect, keeps the phases and
// their events, watches, judges, and leaves a run record.
package coordinator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed886cd727/throng/loadgen/admin"
	"github.com/seed886cd727/throng/loadgen/agent"
	"github.com/seed886cd727/throng/loadgen/check"
	"github.com/seed886cd727/throng/loadgen/host"
	"github.com/seed886cd727/throng/loadgen/population"
	"github.com/seed886cd727/throng/loadgen/sample"
	"github.com/seed886cd727/throng/results"
	"github.com/seed886cd727/throng/scenarios"
)

// Options say what to run.
type Options struct {
	Scenario *scenarios.Scenario
	Out      string // the record's folder; it must not exist
	Progress Progress
	Keep     bool // leave the conversations on a target that was there before

	// Of the server that is started where the scenario names no target.
	Binary    string   // the throng program; empty: this one
	ServeArgs []string // further flags of serve
	ServerLog string   // file that gets what it logs; empty: none

	// LastPage gets the target's page of metrics at the end; nil: nobody.
	LastPage func(sample.Page)

	Command         []string // how the run was asked for, for the record
	Version, Commit string   // of this program
}

// run is a run while it goes.
type run struct {
	Options
	id      uint32
	names   population.Names
	start   time.Time
	world   *world
	system  *system
	agent   *agent.Agent
	checker *check.Checker
	sampler *sample.Sampler
	record  *results.Writer
	abort   context.CancelCauseFunc // ends the traffic
	events  sync.WaitGroup
	forGood atomic.Bool // the node was sent away, and does not come back

	// Of the goroutine that plays the phases; the watch has ended when finish
	// reads them.
	phases   []phase
	baseline weight // before anything was provisioned
	idle     []idleWeight
	everyone bool // all sessions were usable at the barrier
	settled  bool // nothing was owed any more

	watch watch

	mu      sync.Mutex // guards what follows
	happens []string   // events since the last row
	notes   []string
	invalid []string
	broken  error // what ended the run: the target died, the disk is full
}

// Run makes one run and returns its summary, which is in the record too. Errors
// are of kind ErrUsage, ErrUnreachable or results.ErrWrite where that is known; a
// summary beside an error says what was measured until then. A run whose context
// ends is interrupted, which is no error.
func Run(ctx context.Context, o Options) (*results.Summary, error) {
	s := o.Scenario
	if err := errors.Join(vacant(o.Out), preflight(s, s.Population.Users*s.Population.Devices)); err != nil {
		return nil, err
	}
	w, err := newWorld(s)
	if err != nil {
		return nil, usage(err)
	}
	if err := preflight(s, w.sessions()); err != nil { // a trace has users of its own
		return nil, err
	}
	r := &run{Options: o, id: rand.Uint32(), world: w, notes: w.notes}
	r.names = population.Names{Run: fmt.Sprintf("%08x", r.id)}
	if r.system, err = openSystem(ctx, r.Options); err != nil {
		return nil, err
	}
	summary, err := r.carryOut(ctx)
	return summary, errors.Join(err, r.system.close())
}

// vacant refuses a record's folder that is there, before anything is begun.
func vacant(dir string) error {
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return usage(fmt.Errorf("%s is already there, and a record is never overwritten: give --out another folder, or remove this one", dir))
	}
	return nil
}

// preflight refuses more connections than this machine allows, before anything is
// begun.
func preflight(s *scenarios.Scenario, connections int) error {
	if connections == 0 {
		return nil
	}
	if _, err := host.RaiseOpenFiles(); err != nil {
		return usage(err)
	}
	need := host.Need{
		Connections: connections, Addresses: s.Population.Addresses,
		Local: s.Target.Embedded(), ServerHere: s.Target.Embedded(),
	}
	if err := need.Validate(); err != nil {
		return usage(err)
	}
	if err := host.Refusal(need, host.Check(need, host.Read())); err != nil {
		return usage(fmt.Errorf("%w\nthrong doctor --connections %d tells more", err, connections))
	}
	return nil
}

// carryOut makes the run and its record.
func (r *run) carryOut(ctx context.Context) (*results.Summary, error) {
	var err error
	if r.record, err = results.Create(r.Out); err != nil {
		return nil, err
	}
	r.start = time.Now()
	r.record.Start(r.start)
	r.sampler = sample.Start(context.WithoutCancel(ctx), sample.Config{PID: r.system.pid, Metrics: r.system.metrics})
	defer r.sampler.Close()
	traffic, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	r.abort = abort
	if err := r.prepare(ctx); err != nil {
		r.breaks(err)
	} else {
		defer func() { _ = r.agent.Close() }() // what it holds is of no use any more
		stop := r.startWatch()
		r.play(ctx, traffic)
		stop()
	}
	return r.finish(ctx)
}

// prepare makes conversations and sessions.
func (r *run) prepare(ctx context.Context) error {
	if err := r.describe(); err != nil {
		return err
	}
	if err := r.warmUp(ctx); err != nil {
		return err
	}
	r.baseline = r.weigh(ctx)
	r.Progress.Say("provisioning %d conversations of %d users", r.world.people.Len(), r.world.people.Users())
	if _, err := r.system.api.Provision(ctx, r.conversations()); err != nil {
		return r.unprovisioned(err)
	}
	return r.recruit(ctx)
}

// unprovisioned says what kind of failure it is that the conversations could not
// be made.
func (r *run) unprovisioned(err error) error {
	if admin.Refused(err, http.StatusUnauthorized) {
		return usage(fmt.Errorf("make the conversations: %w; give the admin API's token with --set target.admin_token_file=FILE", err))
	}
	return unreachable(fmt.Errorf("make the conversations: %w", err))
}

// breaks ends the run for a reason that makes it useless. The first one counts:
// others follow from it.
func (r *run) breaks(err error) {
	r.mu.Lock()
	if r.broken == nil {
		r.broken = err
	}
	r.mu.Unlock()
	r.abort(err)
}

// brokenBy is what ended the run, or nil.
func (r *run) brokenBy() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.broken
}

func (r *run) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

func (r *run) invalidate(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.invalid = append(r.invalid, fmt.Sprintf(format, args...))
}

// happened tells an event to the record and to who watches.
func (r *run) happened(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.mu.Lock()
	r.happens = append(r.happens, text)
	r.mu.Unlock()
	r.Progress.Say("%s", text)
}

// now is the time since the run's start.
func (r *run) now() time.Duration { return time.Since(r.start) }
