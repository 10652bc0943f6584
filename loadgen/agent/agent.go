// Package agent is one process's share of the load: its sessions, the pacer that
// makes them send, and the histograms that they record to.
package agent

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/seed886cd727/throng/loadgen/client"
	"github.com/seed886cd727/throng/loadgen/plan"
	"github.com/seed886cd727/throng/netio"
)

// Agent is a share of the load. Its methods may be called concurrently.
type Agent struct {
	*client.Fleet
	recorder *recorder
	reactor  *netio.Reactor
	start    time.Time
	running  sync.WaitGroup
	stop     context.CancelFunc
}

// New makes the agent's sessions. What c leaves open (Reactor, Pollers, Recorder)
// is filled in.
func New(c client.Config) (*Agent, error) {
	n := netio.DefaultConfig()
	n.Heartbeat = 0 // the target pings; the client that pings as well doubles the cost
	n.OutboxAge, n.OutboxBytes = time.Minute, 16<<20
	n.Compression.Enabled = c.Compression
	reactor, err := netio.New(n)
	if err != nil {
		return nil, fmt.Errorf("start pollers: %w", err)
	}
	a := &Agent{reactor: reactor, start: c.Start, recorder: newRecorder(n.Pollers + 1)}
	c.Reactor, c.Pollers, c.Recorder = reactor, n.Pollers, a.recorder
	if a.Fleet, err = client.NewFleet(c); err != nil {
		_ = reactor.Close()
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	a.stop = stop
	a.running.Go(func() { a.Fleet.Run(ctx) })
	return a, nil
}

// Close drops what is still open and ends the pollers.
func (a *Agent) Close() error {
	a.End()
	err := a.reactor.Close()
	a.stop()
	a.running.Wait()
	return err
}

// ConnectAll makes all sessions begin to connect at a rate a second, from a time
// since the run's start on. It returns when all have begun, or ctx is done. Where
// atOnce is above 0 no more than that are on their way at the same time: a target
// that is slower than the rate is not buried under dials that it answers too late.
func (a *Agent) ConnectAll(ctx context.Context, from time.Duration, rate float64, atOnce int) {
	g := gate{limit: atOnce, arrived: a.Usable}
	newPacer(ctx, a.start, from).evenly(a.Len(), rate, func(i int, due time.Duration) {
		g.pass(ctx, i)
		a.Connect(i, due)
	})
}

// SendAll makes sessions send what a source says, from a time since the run's
// start on. It returns at the source's end, or when ctx is done.
func (a *Agent) SendAll(ctx context.Context, from time.Duration, source plan.Source) {
	newPacer(ctx, a.start, from).sends(source, a.Send)
}

// Plan says when the run's phases begin; samples count to the phase that they were
// due in.
func (a *Agent) Plan(starts []time.Duration) { a.recorder.plan(starts) }

// Take gives the samples since the last Take. Return them with GiveBack.
func (a *Agent) Take() Samples { return a.recorder.take() }

// Network counts what went over the wire.
func (a *Agent) Network() netio.Stats { return a.reactor.Stats() }
