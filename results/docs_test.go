package results

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/seed886cd727/throng/results/figure"
)

const docs = "../docs/results.md"

// documented are the tables of docs/results.md that follow from the code: each
// stands under its heading, up to the next one.
func documented() map[string]string {
	tables := map[string]string{"### Columns of timeseries.csv": columnTable()}
	for _, group := range figure.Groups() {
		tables["### "+strings.ToUpper(group[:1])+group[1:]] = figureTable(group)
	}
	return tables
}

func columnTable() string {
	table := "| column | meaning |\n|---|---|\n"
	for _, c := range new(Row).columns() {
		table += fmt.Sprintf("| `%s` | %s |\n", c.name, c.meaning)
	}
	return table
}

// figureTable has a line a figure, and one for all six of a distribution.
func figureTable(group string) string {
	table := "| figure | unit | better | meaning |\n|---|---|---|---|\n"
	for _, f := range figure.All() {
		if f.Group != group {
			continue
		}
		switch measure, suffix := split(f.Name, distributions()); {
		case measure == "":
			table += fmt.Sprintf("| `%s` | %s | %s | %s |\n", f.Name, f.Unit, f.Direction, f.Meaning)
		case suffix == "p50":
			table += fmt.Sprintf("| `%s.p50` and so on | ns | lower | %s |\n", measure, meaning(f))
		}
	}
	return table
}

// TestDocumentedTables holds docs/results.md equal to the catalogue and to the
// columns; go test ./results -update rewrites them.
func TestDocumentedTables(t *testing.T) {
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for heading, want := range documented() {
		before, rest, found := strings.Cut(page, "\n"+heading+"\n\n")
		if !found {
			t.Errorf("%s has no heading %q", docs, heading)
			continue
		}
		got, after, _ := strings.Cut(rest, "\n#")
		if got = strings.TrimRight(got, "\n") + "\n"; got == want {
			continue
		}
		if !update() {
			t.Errorf("under %q stands\n%s\nwant\n%s", heading, got, want)
		}
		if after != "" {
			after = "\n#" + after
		}
		page = before + "\n" + heading + "\n\n" + want + after
	}
	if update() {
		if err := os.WriteFile(docs, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Every field of the JSON files is described, as `name`.
func TestDocumentedFields(t *testing.T) {
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{Summary{}, Phase{}, Threshold{}, figure.Value{}, Environment{}, Host{}, Target{}, Agent{}, Violation{}, violationTotal{}} {
		for f := range reflect.TypeOf(v).Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !strings.Contains(string(text), "`"+name+"`") {
				t.Errorf("%s does not describe `%s` of %T", docs, name, v)
			}
		}
	}
}
