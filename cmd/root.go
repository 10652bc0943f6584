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
		Short: "A chat server for many connections, and its protocol",
		Long: `throng is a toolkit to test real-time chat at connection scale. This version
holds its reference server, and reads recorded traffic: WebSocket connections that cost next to nothing
while they are silent, ordered conversations, and acknowledgements that say that
a message is on disk.`,
		Example: `  throng serve
  throng serve --store memory --durability none --listen 127.0.0.1:0 --admin 127.0.0.1:0`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError(fmt.Errorf("%w\ntry: %s --help", err, c.CommandPath()))
	})
	root.AddCommand(newRun(), newSelftest(), newServe(), newScenario(), newTrace(), newReport(), newDoctor())
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
