package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/seed886cd727/throng/scenarios"
)

// newScenario is the verb for the language of runs and the library of it.
func newScenario() *cobra.Command {
	c := &cobra.Command{
		Use:   "scenario",
		Short: "List, show and check scenarios",
		Long: `A scenario is one YAML file that tells a whole run: who exists, who talks to whom,
how the load moves, what goes wrong, and what must hold. Some are in the binary;
docs/scenarios.md has the language.`,
		Example: `  throng scenario list
  throng scenario show direct > mine.yaml
  throng scenario validate mine.yaml`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return usageError(errors.New("scenario needs a verb: list, show, validate or schema\ntry: throng scenario --help"))
		},
	}
	c.AddCommand(newScenarioList(), newScenarioShow(), newScenarioValidate(), newScenarioSchema())
	return c
}

func newScenarioList() *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:     "list",
		Short:   "Say which scenarios are in the binary, and what each answers",
		Example: `  throng scenario list`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if asJSON {
				e := json.NewEncoder(c.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(scenarios.Library())
			}
			return listScenarios(c.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

func listScenarios(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, e := range scenarios.Library() {
		fmt.Fprintf(w, "%s\t%s\n", e.Name, e.Question)
	}
	return w.Flush()
}

func newScenarioShow() *cobra.Command {
	var set []string
	full := false
	c := &cobra.Command{
		Use:   "show NAME",
		Short: "Print a scenario of the library, to read it or to start one's own from",
		Long: `show prints a scenario's YAML as it stands in the binary. With --full it prints what
is made of it, every default filled in; then NAME may be a file too.`,
		Example: `  throng scenario show group
  throng scenario show --full --set population.users=500 group`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			text, err := showScenario(args[0], full, set)
			if err != nil {
				return usageError(err)
			}
			_, err = c.OutOrStdout().Write(text)
			return err
		},
	}
	c.Flags().BoolVar(&full, "full", false, "with every default filled in")
	c.Flags().StringArrayVar(&set, "set", nil, "PATH=VALUE, changes the scenario; with --full")
	return c
}

func showScenario(name string, full bool, set []string) ([]byte, error) {
	if !full && len(set) > 0 {
		return nil, errors.New("--set changes what --full prints: give --full too")
	}
	if !full {
		return scenarios.Show(name)
	}
	s, err := scenarios.Load(name, set)
	if err != nil {
		return nil, err
	}
	return s.YAML()
}

func newScenarioValidate() *cobra.Command {
	return &cobra.Command{
		Use:   "validate FILE...",
		Short: "Check scenarios, and list every fault with its place",
		Long: `validate checks each file, or name of the library, and starts nothing. It says of
each whether it is one; where not, it lists every fault as file:line:column: path:
what is wrong; what to write instead. The exit status is then 2.`,
		Example: `  throng scenario validate mine.yaml
  throng scenario validate *.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error {
			return validateScenarios(c.OutOrStdout(), files)
		},
	}
}

// validateScenarios says which files are good, and returns the faults of the others.
func validateScenarios(out io.Writer, files []string) error {
	var faults []error
	for _, file := range files {
		if _, err := scenarios.Load(file, nil); err != nil {
			faults = append(faults, err)
		} else if _, err := fmt.Fprintf(out, "%s: ok\n", file); err != nil {
			return err
		}
	}
	if len(faults) > 0 {
		return usageError(errors.Join(faults...))
	}
	return nil
}

func newScenarioSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the language as a JSON Schema, for editors",
		Long: `schema prints a JSON Schema (draft 2020-12) of scenarios. An editor with a YAML
language server completes by it where a file begins with
# yaml-language-server: $schema=scenario.json`,
		Example: `  throng scenario schema > scenario.json`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			text, err := scenarios.Schema()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s\n", text)
			return err
		},
	}
}
