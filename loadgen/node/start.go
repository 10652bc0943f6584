package node

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Restart starts the server again after it was killed, drained or stopped, or
// died: on the same data and the same addresses. It waits until it takes
// connections.
func (n *Node) Restart(ctx context.Context) error {
	err := n.take(ctx)
	if err == nil {
		defer n.give()
		err = n.restart(ctx)
	}
	if err != nil {
		return fmt.Errorf("restart the server: %w", err)
	}
	return nil
}

func (n *Node) restart(ctx context.Context) error {
	if !n.newest().hasEnded() {
		return errors.New("it still runs: kill, drain or stop it first")
	}
	return n.start(ctx, n.addr.String(), n.api.Base[len(scheme):])
}

const scheme = "http://"

// start launches a process and waits until it is ready.
func (n *Node) start(ctx context.Context, listen, admin string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, n.config.StartWithin,
		fmt.Errorf("it was not ready within %v", n.config.StartWithin))
	defer cancel()
	p, err := launch(n.config, listen, admin, n.report)
	if err != nil {
		return err
	}
	n.mu.Lock()
	n.process = p
	n.mu.Unlock()
	if err := n.await(ctx, p); err != nil {
		p.kill()
		return p.lastWords(err)
	}
	return nil
}

// await waits until a process takes connections.
func (n *Node) await(ctx context.Context, p *process) error {
	select {
	case <-p.said.done:
	case <-p.ended:
		return p.died()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	where, err := p.said.announcement()
	if err != nil {
		return err
	}
	base := scheme + where.admin.String()
	if !n.addr.IsValid() {
		n.addr, n.api.Base = where.listen, base
	}
	if n.addr != where.listen || n.api.Base != base {
		return fmt.Errorf("it listens on %s and %s, and not where it did", where.listen, base)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for n.api.Ready(ctx) != nil {
		select {
		case <-p.ended:
			return p.died()
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
	return p.watch()
}
