// Package cmd is the command line: one file a verb. Flags bind to a config's
// fields, and each verb calls one function of the package that does the work.
package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Execute runs the program and returns its exit status. SIGINT and SIGTERM
// cancel the verb's context once; a second one ends the process as usual.
func Execute(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && err.Error() != "" {
		fmt.Fprintln(stderr, "throng:", err)
	}
	return statusOf(err)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "throng",
		Short: "Load tests of real-time chat at connection scale",
		Long: `throng tests real-time chat with many connections: it makes the load of a scenario
or of recorded traffic, checks every delivery, measures latency from the intended
send time, and leaves a run record. A reference server to measure against is part
of it.`,
		Example: `  throng run
  throng run direct --set traffic.send.rate=500/s
  throng selftest
  throng serve`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError(fmt.Errorf("%w\ntry: %s --help", err, c.CommandPath()))
	})
	root.AddCommand(newRun(), newSelftest(), newServe(), newDrain(), newScenario(), newTrace(), newReport(), newDoctor())
	asUsage(root)
	return root
}

// asUsage gives what is wrong with the arguments of any verb the status of
// wrong usage.
func asUsage(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usageError(fmt.Errorf("%w\ntry: %s --help", err, c.CommandPath()))
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		asUsage(sub)
	}
}
