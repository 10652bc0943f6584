package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/seed886cd727/throng/server"
)

// newServe is the verb that runs one node of the reference server.
func newServe() *cobra.Command {
	o := defaultServeOptions()
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run one node of the reference chat server",
		Long: `serve runs one node of the reference chat server until SIGINT, SIGTERM or a
drain through the admin API; then it asks its clients to leave, serves them until
they have, and ends. A second signal ends it at once.

Every flag can be set in the environment (--max-connections is
THRONG_MAX_CONNECTIONS) or in a YAML file (--config; keys are the flags' names).
A flag goes before the environment, and that before the file.

Memory: the heap is collected when what was alive has doubled, as GOGC=100 says,
but not before it has 64 MiB; GOGC in the environment goes before. GOMEMLIMIT is
nine tenths of the container's memory where there is such a limit: the collector
then works harder before the kernel kills the process.`,
		Example: `  throng serve
  throng serve --listen :8080 --admin 127.0.0.1:8081 --data /var/lib/throng
  throng serve --json --listen 127.0.0.1:0 --admin 127.0.0.1:0 --exit-with-parent
  throng serve --listen :8443 --tls-cert chain.pem --tls-key key.pem
  throng serve --auth jwt --jwt-key public.pem --admin-token-file token`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := settle(c.Flags(), o.configFile); err != nil {
				return usageError(err)
			}
			return serve(c, o)
		},
	}
	o.bind(c.Flags())
	return c
}

// serve runs the server until the command's context is done.
func serve(c *cobra.Command, o *serveOptions) error {
	config, err := o.config(c.ErrOrStderr())
	if err != nil {
		return usageError(err)
	}
	limitMemory()
	server.SpareCollections()
	s, err := server.New(config)
	if err != nil {
		return err
	}
	if err := announce(c.OutOrStdout(), s, o.json); err != nil {
		return err
	}
	ctx := c.Context()
	if o.exitWithParent {
		ctx = untilClosed(ctx, os.Stdin, func() { _ = s.Close() })
	}
	return s.Serve(ctx)
}

// announce says where the node can be reached: with port 0 nobody else knows.
func announce(out io.Writer, s *server.Server, asJSON bool) error {
	if !asJSON {
		_, err := fmt.Fprintf(out, "serving %s/ws, admin http://%s, pid %d\n", s.URL(), s.AdminAddr(), os.Getpid())
		return err
	}
	return json.NewEncoder(out).Encode(struct {
		URL    string `json:"url"`
		Listen string `json:"listen"`
		Admin  string `json:"admin"`
		PID    int    `json:"pid"`
	}{s.URL() + "/ws", s.Addr().String(), s.AdminAddr().String(), os.Getpid()})
}
