package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/seed886cd727/throng/bench/peers/servers"
	"github.com/seed886cd727/throng/bench/peers/wire"
)

// pair is a server and its client, in a process each.
type pair struct{ server, client *process }

// startPair starts a server for a role. before runs when the server has started
// and nothing else has; it may be nil.
func (s settings) startPair(ctx context.Context, e servers.Entry, role string, n int, before func(*process) error) (p pair, err error) {
	on := s.pinning
	if role == wire.RoleIdle {
		on = pinning{anyCPU, anyCPU}
	}
	if p.server, err = start(ctx, on.server, "serve", e.Name); err != nil {
		return pair{}, err
	}
	if before != nil {
		err = before(p.server)
	}
	if err == nil {
		_, err = p.server.ask("prepare", role, n)
	}
	if err == nil {
		p.client, err = start(ctx, on.client, "client", e.Dialect, role, p.server.first, strconv.Itoa(n))
	}
	if err != nil {
		p.server.stop()
		return pair{}, err
	}
	return p, nil
}

func (p pair) stop() {
	p.server.stop()
	p.client.stop()
}

// rates is how many a CPU-second of the server, and a second.
type rates struct{ perCPU, perSecond float64 }

// round has the client do something and counts what it costs the server.
func (p pair) round(order ...any) (rates, error) {
	before, err := p.number("cpu")
	if err != nil {
		return rates{}, err
	}
	answer, err := p.client.ask(order...)
	if err != nil {
		return rates{}, err
	}
	after, err := p.number("cpu")
	if err != nil {
		return rates{}, err
	}
	var count, seconds float64
	if _, err := fmt.Sscan(answer, &count, &seconds); err != nil {
		return rates{}, fmt.Errorf("the client says %q: %w", answer, err)
	}
	return rates{count / (after - before) * 1e9, count / seconds}, nil
}

// number asks the server for one.
func (p pair) number(what string) (float64, error) {
	answer, err := p.server.ask(what)
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(answer, 64)
}

// warm is how much of a measurement goes before it, unmeasured.
const warm = 5

// idle measures the bytes that a connection costs once it has said a word.
func (s settings) idle(ctx context.Context, e servers.Entry, into cells) error {
	var empty float64
	p, err := s.startPair(ctx, e, wire.RoleIdle, s.idleConns, func(server *process) (err error) {
		empty, err = pair{server: server}.number("rss")
		return err
	})
	if err != nil {
		return err
	}
	defer p.stop()
	full, err := p.number("rss")
	if err != nil {
		return err
	}
	into.set(columnIdle, (full-empty)/float64(s.idleConns))
	return nil
}

// echo measures messages that are sent back.
func (s settings) echo(ctx context.Context, e servers.Entry, into cells) error {
	p, err := s.startPair(ctx, e, wire.RoleEcho, s.echoConns, nil)
	if err != nil {
		return err
	}
	defer p.stop()
	if _, err := p.client.ask("echo", s.window/warm); err != nil {
		return err
	}
	r, err := p.round("echo", s.window)
	if err != nil {
		return err
	}
	into.set(columnEcho, r.perCPU)
	return nil
}

// fanOut measures messages that everyone gets, one by one and in bursts.
func (s settings) fanOut(ctx context.Context, e servers.Entry, members int, into cells) error {
	p, err := s.startPair(ctx, e, wire.RoleFanOut, members, nil)
	if err != nil {
		return err
	}
	defer p.stop()
	for _, burst := range bursts {
		if _, err := p.client.ask("fan-out", burst, s.window/warm); err != nil {
			return err
		}
		r, err := p.round("fan-out", burst, s.window)
		if err != nil {
			return err
		}
		into.set(fanOutColumn(members, burst), r.perCPU)
	}
	return nil
}

// accept measures connections that only come.
func (s settings) accept(ctx context.Context, e servers.Entry, into cells) error {
	p, err := s.startPair(ctx, e, wire.RoleAccept, s.acceptConns, nil)
	if err != nil {
		return err
	}
	defer p.stop()
	r, err := p.round("accept")
	if err != nil {
		return err
	}
	into.set(columnAccept, r.perCPU)
	into.set(columnPerSecond, r.perSecond)
	return nil
}

// patience bounds one measurement of one server.
const patience = 90 * time.Second
