package cmd

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/seed886cd727/throng/loadgen/host"
)

// doctorConfig is what `throng doctor` was told.
type doctorConfig struct {
	connections int
	json        bool
}

// newDoctor is the verb that tells what this machine allows.
func newDoctor() *cobra.Command {
	var o doctorConfig
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what on this machine stands in the way of many connections",
		Long: `doctor compares this machine's limits with what a run of that many connections
needs when server and generator are both here, and says which command mends what
is too small. It changes nothing. docs/tuning.md tells what each limit means.

  ok       there is room
  low      the run works, but may be slow, or measure this limit
  blocks   the run would fail: 'throng run' refuses to start
  unknown  it cannot be read here

Status 0: nothing blocks. Status 1: something does.`,
		Example: `  throng doctor
  throng doctor --connections 50000
  throng doctor --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return examine(c.OutOrStdout(), o, host.Read())
		},
	}
	f := c.Flags()
	f.IntVar(&o.connections, "connections", 10_000, "how many connections there shall be")
	f.BoolVar(&o.json, "json", false, "as JSON")
	return c
}

// examine writes what the facts mean.
func examine(out io.Writer, o doctorConfig, facts host.Facts) error {
	need := host.Need{Connections: o.connections, Local: true, ServerHere: true}
	if err := need.Validate(); err != nil {
		return usageError(fmt.Errorf("--connections: %w", err))
	}
	verdicts := host.Check(need, facts)
	refusal := host.Refusal(need, verdicts)
	var err error
	if o.json {
		err = writeDiagnosis(out, need, facts, verdicts, refusal == nil)
	} else {
		err = host.WriteTable(out, verdicts)
	}
	if err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return refusal
}

func writeDiagnosis(out io.Writer, n host.Need, f host.Facts, v []host.Verdict, ok bool) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false) // commands shall be readable
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Connections int            `json:"connections"`
		OK          bool           `json:"ok"`
		Limits      []host.Verdict `json:"limits"`
		Host        host.Facts     `json:"host"`
	}{n.Connections, ok, v, f})
}
