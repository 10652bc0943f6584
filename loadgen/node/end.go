package node

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/seed886cd727/throng/loadgen/admin"
)

// Kill ends the process with SIGKILL and waits until it has gone. It does nothing
// to one that has ended.
func (n *Node) Kill() error {
	n.newest().kill()
	return nil
}

// Drain asks the server to send its clients away within a window, and waits until
// its process has ended. When ctx is done first, it goes on draining.
func (n *Node) Drain(ctx context.Context, within time.Duration) error {
	err := n.take(ctx)
	if err == nil {
		defer n.give()
		err = n.drain(ctx, n.newest(), within)
	}
	if err != nil {
		return fmt.Errorf("drain the server: %w", err)
	}
	return nil
}

func (n *Node) drain(ctx context.Context, p *process, within time.Duration) error {
	if !p.ask() {
		return p.lastWords(errors.New("it had ended before"))
	}
	if err := n.api.Drain(ctx, admin.DrainRequest{Within: &within}); err != nil {
		return errors.Join(err, p.watch())
	}
	select {
	case <-p.ended:
		return p.ending()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Stop asks the process to end with SIGTERM and waits until it has; the server
// then sends clients away in its own window. It is killed when ctx is done or
// Config.StopWithin is over, which is an error: Stop never leaves it running. It
// does nothing to one that has ended.
func (n *Node) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, n.config.StopWithin,
		fmt.Errorf("it had not ended after %v", n.config.StopWithin))
	defer cancel()
	err := n.take(ctx)
	if err == nil {
		defer n.give()
		err = n.newest().stop(ctx)
	} else {
		n.newest().kill()
	}
	n.api.HTTP.CloseIdleConnections()
	if err != nil {
		return fmt.Errorf("stop the server: %w", err)
	}
	return nil
}

func (p *process) stop(ctx context.Context) error {
	if !p.ask() {
		return nil
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails if it has ended
	select {
	case <-p.ended:
		return p.ending()
	case <-ctx.Done():
		p.kill()
		return p.lastWords(fmt.Errorf("%w, and was killed", context.Cause(ctx)))
	}
}

// ending is nil if the process ended as it should.
func (p *process) ending() error {
	if p.err == nil {
		return nil
	}
	return p.lastWords(p.err)
}
