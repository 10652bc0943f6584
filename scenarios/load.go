package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Load reads a scenario: one of the library by its name, or else a file. set
// changes the text before it is checked, see Parse. The error is Faults if the
// text is wrong, and another if there is no such text.
func Load(nameOrFile string, set []string) (*Scenario, error) {
	text, err := Show(nameOrFile)
	if err == nil {
		return Parse(nameOrFile, text, set)
	}
	if text, err = os.ReadFile(nameOrFile); err == nil {
		return Parse(nameOrFile, text, set)
	}
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(nameOrFile, `./\`) {
		return nil, fmt.Errorf("scenario %q is neither in the library nor a file: %s", nameOrFile, suggestion(nameOrFile, libraryNames()))
	}
	return nil, fmt.Errorf("read the scenario: %w", err)
}

// Parse reads a scenario from the text of a file, after each PATH=VALUE of set was
// put into it, in order: VALUE is YAML, and null takes a key out. It lists every
// fault (Faults), and fills in every default.
func Parse(file string, text []byte, set []string) (*Scenario, error) {
	root, faults := tree(file, text)
	if len(faults) > 0 {
		return nil, faults
	}
	if root.kind == null {
		return nil, Faults{root.place.fault("", "is empty: see what one looks like by 'throng scenario show quickstart'")}
	}
	r := reader{places: map[string]place{"": root.place}}
	for _, one := range set {
		r.faults = append(r.faults, root.set(one)...)
	}
	s := &Scenario{}
	r.fill(s)
	r.traffic = &s.Traffic
	r.structure(root, "", field{}, s)
	if s.Target.Embedded() {
		r.embed(&s.Target)
	}
	c := checker{Scenario: s, reader: &r}
	c.check()
	if len(r.faults) > 0 {
		r.faults.sort()
		return nil, r.faults
	}
	if s.Name == "" {
		s.Name = nameOf(file)
	}
	s.arrange()
	return s, nil
}

// nameOf makes a name of a file's: without folder and extension, and with '-' for
// what a name may not hold.
func nameOf(file string) string {
	base := filepath.Base(file)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	name := strings.Map(func(c rune) rune {
		if strings.ContainsRune(nameCharacters, c) {
			return c
		}
		return '-'
	}, base)
	name = strings.Trim(name, "-")
	if name == "" {
		return "scenario"
	}
	return name[:min(len(name), maxName)]
}

const (
	nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
	maxName        = 64
)
