package scenarios

import (
	"embed"
	"fmt"
	"strings"
)

// files are the scenarios that are in the binary.
//
//go:embed library/*.yaml
var files embed.FS

// Entry is one scenario of the library.
type Entry struct {
	Name     string `json:"name"`
	Question string `json:"question"`
}

// Library lists the scenarios that are in the binary, in the order in which one
// gets to know them.
func Library() []Entry {
	var all []Entry
	for _, name := range libraryNames() {
		s, err := Load(name, nil)
		if err != nil {
			panic("scenarios: " + err.Error())
		}
		all = append(all, Entry{name, s.Question})
	}
	return all
}

func libraryNames() []string {
	return []string{"quickstart", "idle", "direct", "group", "channel", "irc-replay"}
}

// Show is the text of a scenario of the library.
func Show(name string) ([]byte, error) {
	if !plainWord(name) {
		return nil, fmt.Errorf("%q is no name of a scenario: try %s", name, strings.Join(libraryNames(), ", "))
	}
	text, err := files.ReadFile("library/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("scenario %q is not in the library: %s", name, suggestion(name, libraryNames()))
	}
	return text, nil
}
