package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed886cd727/throng/loadgen/admin"
	"github.com/seed886cd727/throng/results/figure"
)

// drainConfig is what `throng drain` was told.
type drainConfig struct {
	admin, tokenFile string
	within, delay    time.Duration
	reason, hint     string
	every            time.Duration
	watch, json      bool
}

// newDrain is the verb that sends a node's clients away.
func newDrain() *cobra.Command {
	o := drainConfig{admin: "http://127.0.0.1:8081", every: time.Second}
	c := &cobra.Command{
		Use:   "drain",
		Short: "Send a node's clients away, and say how far that is",
		Long: `drain asks a node of the reference server to send its clients away and to end, and
tells how far it is until it is over. The node is not ready from the first moment,
takes no new connection, tells each client to reconnect at a moment of its own within
the window, serves it until then, and closes who is still there, one after the other,
in another quarter of the window.

What is left out (--within, --delay) is as the node was started. A drain that is
under way goes on as it is, and is watched.

Status 0: nobody is connected any more. Status 1: some were when the time was up, or
the node ended before. Status 4: the node cannot be reached.`,
		Example: `  throng drain --within 30s
  throng drain --admin http://127.0.0.1:9081 --hint ws://other:8080/ws --json
  throng drain --watch`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			r := admin.DrainRequest{Reason: o.reason, Hint: o.hint}
			if c.Flags().Changed("within") {
				r.Within = &o.within
			}
			if c.Flags().Changed("delay") {
				r.Delay = &o.delay
			}
			return drain(c.Context(), c.OutOrStdout(), o, r)
		},
	}
	f := c.Flags()
	f.StringVar(&o.admin, "admin", o.admin, "the node's admin API")
	f.StringVar(&o.tokenFile, "token-file", "", "file with the token that admin requests bear")
	f.DurationVar(&o.within, "within", 0, "window in which clients are asked to reconnect")
	f.DurationVar(&o.delay, "delay", 0, "how long all goes on before that: for load balancers")
	f.StringVar(&o.reason, "reason", "", "told to clients")
	f.StringVar(&o.hint, "hint", "", "where clients may go, told to them")
	f.DurationVar(&o.every, "every", o.every, "how often to say how far it is")
	f.BoolVar(&o.watch, "watch", false, "start none: wait for one, and watch it")
	f.BoolVar(&o.json, "json", false, "a line of JSON each time")
	return c
}

// drain starts a drain and tells of it until it is over.
func drain(ctx context.Context, out io.Writer, o drainConfig, r admin.DrainRequest) error {
	token, err := readFile("admin token", o.tokenFile)
	if err != nil {
		return usageError(err)
	}
	api := admin.Client{Base: o.admin, Token: string(bytes.TrimSpace(token))}
	asked, last := o.watch, admin.DrainStatus{}
	// It is watched before it is asked for: one without clients is over at once.
	for s, err := range api.WatchDrain(ctx, o.every) {
		if err == nil && !asked {
			asked, err = true, api.Drain(ctx, r)
		} else if err == nil {
			err = tellDrain(out, o.json, s)
		}
		if err != nil {
			return drainError(err, last)
		}
		last = s
	}
	if last.Connections > 0 {
		return fmt.Errorf("the time was up, and %d clients were still connected", last.Connections)
	}
	return nil
}

// drainError says what kind of failure it is.
func drainError(err error, last admin.DrainStatus) error {
	said, answered := errors.AsType[*admin.StatusError](err)
	switch {
	case answered && said.Status == http.StatusUnauthorized:
		return usageError(fmt.Errorf("%w; give the token with --token-file FILE", err))
	case answered && said.Status == http.StatusBadRequest:
		return usageError(err)
	case last.Phase == "":
		return &statusError{statusUnreachable, err}
	case last.Draining:
		return fmt.Errorf("the node ended before its drain was over, with %d clients connected: %w", last.Connections, err)
	}
	return err
}

// tellDrain writes one line.
func tellDrain(out io.Writer, asJSON bool, s admin.DrainStatus) error {
	if asJSON {
		return json.NewEncoder(out).Encode(s)
	}
	count := func(n int64) string { return figure.Format(figure.Count, float64(n)) }
	text := fmt.Sprintf("%-10s  %s connected", s.Phase, count(s.Connections))
	if s.Draining {
		text += fmt.Sprintf(" of %s, %s told, %s closed", count(s.Found), count(s.Told), count(s.Closed))
	}
	switch {
	case !s.Ended.IsZero():
		text += fmt.Sprintf(", after %v", s.Ended.Sub(s.Started).Round(100*time.Millisecond))
	case s.Draining:
		text += fmt.Sprintf(", over in %v at the latest", time.Until(s.Deadline).Round(time.Second))
	}
	_, err := fmt.Fprintln(out, text)
	return err
}
