// Peers compares this project's connections and server with the same small
// servers on other libraries, and with the least that a server can do. Every
// server is a process of its own, and so is the one client that drives them all;
// this program starts them, role by role, round by round, and prints one table.
// docs/peers.md says what is measured and how. It needs Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/seed886cd727/throng/bench/peers/client"
	"github.com/seed886cd727/throng/bench/peers/servers"
)

func main() {
	if err := execute(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// execute plays a part of the comparison, or holds all of it. Where that was ended
// early, the rounds that were whole are shown.
func execute(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "serve":
		return servers.Run(args[1], os.Stdin, os.NewFile(answerFile, "answers"))
	case len(args) > 0 && args[0] == "client":
		return client.Run(args[1:], os.Stdin, os.NewFile(answerFile, "answers"))
	}
	s, err := parse(args)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, ended := s.run(ctx, os.Stderr)
	if len(r.rounds) == 0 {
		return ended
	}
	show := s.print
	if s.json {
		show = s.printJSON
	}
	if err := errors.Join(ended, show(os.Stdout, r)); err != nil {
		return err
	}
	if len(r.faults) > 0 {
		return fmt.Errorf("%d measurements are invalid", len(r.faults))
	}
	return nil
}
