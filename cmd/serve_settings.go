package cmd

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/pflag"
)

// settle gives flags that were not given on the command line the value of the
// environment (THRONG_ and the flag's name in capitals), or else that of a YAML
// file whose keys are the flags' names. It lists every fault.
func settle(f *pflag.FlagSet, file string) error {
	given := make(map[string]bool)
	f.Visit(func(one *pflag.Flag) { given[one.Name] = true })
	var faults []error
	f.VisitAll(func(one *pflag.Flag) {
		name := "THRONG_" + strings.ToUpper(strings.ReplaceAll(one.Name, "-", "_"))
		if value, ok := os.LookupEnv(name); ok && !given[one.Name] && one.Name != "config" && one.Name != "help" {
			given[one.Name] = true
			if err := one.Value.Set(value); err != nil {
				faults = append(faults, fmt.Errorf("%s=%q: %w", name, value, err))
			}
		}
	})
	if file == "" {
		file = os.Getenv("THRONG_CONFIG")
	}
	if file != "" {
		faults = append(faults, settleFromFile(f, file, given))
	}
	return errors.Join(faults...)
}

func settleFromFile(f *pflag.FlagSet, file string, given map[string]bool) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	var settings map[string]any
	if err := yaml.Unmarshal(text, &settings); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	names := make([]string, 0, len(settings))
	for name := range settings {
		names = append(names, name)
	}
	slices.Sort(names)
	var faults []error
	for _, name := range names {
		one := f.Lookup(name)
		switch {
		case one == nil || name == "config" || name == "help":
			faults = append(faults, fmt.Errorf("%s: %q is no setting", file, name))
		case given[name]:
		default:
			if err := one.Value.Set(fmt.Sprint(settings[name])); err != nil {
				faults = append(faults, fmt.Errorf("%s: %s: %w", file, name, err))
			}
		}
	}
	return errors.Join(faults...)
}
