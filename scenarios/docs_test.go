package scenarios_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/seed886cd727/throng/results/figure"
	"github.com/seed886cd727/throng/scenarios"
)

func docs(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDocumentedScenarios reads every YAML block of docs/scenarios.md that is a
// whole scenario.
func TestDocumentedScenarios(t *testing.T) {
	parts := strings.Split(docs(t), "\n```yaml\n")
	whole := 0
	for _, part := range parts[1:] {
		text, _, _ := strings.Cut(part, "\n```")
		if !strings.Contains(text, "\nphases:") {
			continue
		}
		whole++
		s, err := scenarios.Parse("docs.yaml", []byte(text), nil)
		if err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		roundTrip(t, s)
	}
	if whole < 1 {
		t.Error("no scenario in the docs")
	}
}

// TestDocumentedKeys wants a row for every key of the language, with its default
// and its meaning.
func TestDocumentedKeys(t *testing.T) {
	text := docs(t)
	for _, row := range rows("", reflect.TypeFor[scenarios.Scenario]()) {
		if !strings.Contains(text, row+"\n") {
			t.Errorf("docs/scenarios.md lacks the row\n%s", row)
		}
	}
}

func TestDocumentedLibrary(t *testing.T) {
	text := docs(t)
	for _, e := range scenarios.Library() {
		if row := fmt.Sprintf("| `%s` | %s |\n", e.Name, e.Question); !strings.Contains(text, row) {
			t.Errorf("docs/scenarios.md lacks the row\n%s", row)
		}
	}
}

// rows are the keys of a Go type and of all within it, as the docs list them.
func rows(prefix string, of reflect.Type) []string {
	var all []string
	for i := range of.NumField() {
		f := of.Field(i)
		key, path := f.Tag.Get("yaml"), prefix+f.Tag.Get("yaml")
		if key == "" {
			continue
		}
		standard, is := f.Tag.Lookup("default")
		if !is {
			standard = f.Tag.Get("embedded")
		}
		if standard != "" {
			standard = "`" + standard + "`"
		}
		all = append(all, fmt.Sprintf("| `%s` | %s | %s |", path, standard, f.Tag.Get("doc")))
		if path != "phases[].traffic" {
			all = append(all, within(path, f.Type)...)
		}
	}
	return all
}

func within(path string, of reflect.Type) []string {
	switch of {
	case reflect.TypeFor[scenarios.Rate](), reflect.TypeFor[*scenarios.Distribution](), reflect.TypeFor[scenarios.Distribution](), reflect.TypeFor[figure.Expression]():
		return nil
	case reflect.TypeFor[scenarios.Conversations]():
		return rows(path+".", reflect.TypeFor[scenarios.Part]())
	}
	switch of.Kind() {
	case reflect.Pointer:
		return within(path, of.Elem())
	case reflect.Slice:
		return within(path+"[]", of.Elem())
	case reflect.Struct:
		return rows(path+".", of)
	}
	return nil
}
