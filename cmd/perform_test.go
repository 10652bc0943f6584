package cmd

import (
	"bytes"

	"github.com/spf13/cobra"
)

// perform runs a verb with these arguments.
func perform(verb *cobra.Command, args []string) (said string, err error) {
	var out bytes.Buffer
	verb.SilenceErrors, verb.SilenceUsage = true, true
	verb.SetArgs(args)
	verb.SetOut(&out)
	verb.SetErr(&out)
	err = verb.Execute()
	return out.String(), err
}
