package client

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Run is the client's process. Its arguments are a dialect, a role, the server's
// address and a number of connections. It says "ready" once it has connected; in
// the role accept it only then starts to, when told. Orders and answers are
// lines: "accept", "echo FOR" and "fan-out BURST FOR" are answered with how many
// connections, messages or deliveries there were, and in how many seconds.
func Run(args []string, in io.Reader, out io.Writer) error {
	if len(args) != 4 {
		return fmt.Errorf("want a dialect, a role, an address and a number, not %q", args)
	}
	to, err := netip.ParseAddrPort(args[2])
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	d, err := newDialect(args[0], args[1], n)
	if err != nil {
		return err
	}
	l, err := newLoop(to, d)
	if err != nil {
		return err
	}
	if args[1] != "accept" {
		if err := l.open(n); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintln(out, "ready")
	for lines := bufio.NewScanner(in); lines.Scan(); {
		started := time.Now()
		count, err := l.obey(strings.Fields(lines.Text()), n)
		if err != nil {
			return fmt.Errorf("%s: %w", lines.Text(), err)
		}
		_, _ = fmt.Fprintln(out, count, time.Since(started).Seconds())
	}
	return nil
}

func (l *loop) obey(order []string, n int) (int, error) {
	switch {
	case len(order) == 1 && order[0] == "accept":
		return n, l.open(n)
	case len(order) == 2 && order[0] == "echo":
		window, err := time.ParseDuration(order[1])
		if err != nil {
			return 0, err
		}
		return l.echo(window)
	case len(order) == 3 && order[0] == "fan-out":
		burst, err := strconv.Atoi(order[1])
		if err != nil {
			return 0, err
		}
		window, err := time.ParseDuration(order[2])
		if err != nil {
			return 0, err
		}
		return l.fanOut(burst, window)
	}
	return 0, fmt.Errorf("unknown order %q", order)
}

// echo has every connection send again once it was answered, until the time is
// over and all were. It counts the messages.
func (l *loop) echo(window time.Duration) (count int, err error) {
	end := time.Now().Add(window)
	waiting := 0
	for i := range l.conns {
		c := &l.conns[i]
		c.delivered, c.answered = 0, 0
		if err := l.say(c, l.dialect.send(i)); err != nil {
			return 0, err
		}
		waiting++
	}
	l.heard = func(c *conn, _ heard) error {
		if c.delivered < 1 || c.answered < l.dialect.answers() {
			return nil
		}
		if c.delivered != 1 || c.answered != l.dialect.answers() {
			return fmt.Errorf("%d messages and %d answers for one", c.delivered, c.answered)
		}
		c.delivered, c.answered = 0, 0
		count++
		if time.Now().After(end) {
			waiting--
			return nil
		}
		return l.say(c, l.dialect.send(int(c.index)))
	}
	for waiting > 0 {
		if err := l.step(); err != nil {
			return 0, fmt.Errorf("%d are not answered: %w", waiting, err)
		}
	}
	return count, l.silence()
}

// fanOut has everyone get a burst, again and again, each once the one before has
// reached all of them. It counts the deliveries, and fails unless everyone has had
// every message once.
func (l *loop) fanOut(burst int, window time.Duration) (int, error) {
	for i := range l.conns {
		l.conns[i].delivered, l.conns[i].answered = 0, 0
	}
	got, answered, bursts := 0, 0, 0
	l.heard = func(_ *conn, h heard) error {
		got += h.delivered
		answered += h.answered
		return nil
	}
	for end := time.Now().Add(window); bursts == 0 || time.Now().Before(end); {
		if err := l.say(&l.conns[0], l.dialect.burst(burst)...); err != nil {
			return 0, err
		}
		bursts++
		for got < bursts*burst*len(l.conns) || answered < bursts*burst*l.dialect.answers() {
			if err := l.step(); err != nil {
				return 0, fmt.Errorf("%d of %d deliveries, %d answers: %w", got, bursts*burst*len(l.conns), answered, err)
			}
		}
	}
	for i := range l.conns {
		if d := l.conns[i].delivered; d != bursts*burst {
			return 0, fmt.Errorf("connection %d has heard %d of %d messages", i, d, bursts*burst)
		}
	}
	return got, l.silence()
}

// silence fails if anything comes that was not asked for, a second copy for
// example, once all is over.
func (l *loop) silence() error {
	l.heard = func(c *conn, h heard) error {
		return fmt.Errorf("connection %d: %d messages and %d answers too many", c.index, h.delivered, h.answered)
	}
	for {
		n, err := l.wait(20 * time.Millisecond)
		if n == 0 || err != nil {
			return err
		}
	}
}
