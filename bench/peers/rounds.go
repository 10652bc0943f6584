package main

import (
	"context"
	"fmt"
	"io"

	"github.com/seed886cd727/throng/bench/peers/servers"
	"github.com/seed886cd727/throng/bench/peers/wire"
)

// column is one figure of the table.
type column string

const (
	columnIdle      column = "idle, B"
	columnEcho      column = "echo"
	columnAccept    column = "accept"
	columnPerSecond column = "accept, a second"
)

// bursts are how many messages a fan-out hands over at once.
var bursts = [...]int{1, 8}

func fanOutColumn(members, burst int) column {
	return column(fmt.Sprintf("fan-out %d × %d", members, burst))
}

// columns lists them as the table has them.
func (s settings) columns() (all []column) {
	for _, r := range s.roles() {
		all = append(all, r.columns...)
	}
	return all
}

// cells are one server's figures of one round. What failed is not in it.
type cells map[column]float64

func (c cells) set(what column, value float64) { c[what] = value }

// results are all figures, and what went wrong.
type results struct {
	rounds []map[string]cells // by server
	faults []fault
}

// fault is a measurement that gave nothing.
type fault struct {
	Round  int    `json:"round"`
	Server string `json:"server"`
	Role   string `json:"role"`
	Why    string `json:"why"`
}

// role is one measurement of a server, and what it gives.
type role struct {
	name    string
	columns []column
	measure func(context.Context, servers.Entry, cells) error
}

// roles lists those that were chosen.
func (s settings) roles() (all []role) {
	for _, one := range s.chosen {
		switch one {
		case wire.RoleIdle:
			all = append(all, role{one, []column{columnIdle}, s.idle})
		case wire.RoleEcho:
			all = append(all, role{one, []column{columnEcho}, s.echo})
		case wire.RoleAccept:
			all = append(all, role{one, []column{columnAccept, columnPerSecond}, s.accept})
		case wire.RoleFanOut:
			for _, members := range s.members {
				all = append(all, s.fanOutRole(members))
			}
		}
	}
	return all
}

func (s settings) fanOutRole(members int) role {
	r := role{name: fmt.Sprintf("%s to %d", wire.RoleFanOut, members)}
	for _, burst := range bursts {
		r.columns = append(r.columns, fanOutColumn(members, burst))
	}
	r.measure = func(ctx context.Context, e servers.Entry, into cells) error {
		return s.fanOut(ctx, e, members, into)
	}
	return r
}

// run measures, round after round, and in each of them role after role, so that
// what is compared was measured within seconds. It says what it does as it goes.
// When ctx ends it returns the rounds that were whole.
func (s settings) run(ctx context.Context, progress io.Writer) (results, error) {
	var r results
	for n := range s.rounds {
		round := map[string]cells{}
		for _, e := range s.entries {
			round[e.Name] = cells{}
		}
		for _, role := range s.roles() {
			_, _ = fmt.Fprintf(progress, "round %d of %d, %s:", n+1, s.rounds, role.name)
			for _, e := range s.turn(n) {
				_, _ = fmt.Fprint(progress, " ", e.Name)
				if err := attempt(ctx, role, e, round[e.Name]); err != nil {
					if ctx.Err() != nil {
						_, _ = fmt.Fprintln(progress)
						return r, ctx.Err()
					}
					r.faults = append(r.faults, fault{n + 1, e.Name, role.name, err.Error()})
					_, _ = fmt.Fprintf(progress, " (%v)", err)
				}
			}
			_, _ = fmt.Fprintln(progress)
		}
		r.rounds = append(r.rounds, round)
	}
	return r, nil
}

// turn is the servers in the order of round n: each round another is first.
func (s settings) turn(n int) []servers.Entry {
	at := n % len(s.entries)
	return append(s.entries[at:len(s.entries):len(s.entries)], s.entries[:at]...)
}

func attempt(ctx context.Context, r role, e servers.Entry, into cells) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := r.measure(ctx, e, into)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("not done in %v: %w", patience, err)
	}
	return err
}
