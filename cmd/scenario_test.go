package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed886cd727/throng/scenarios"
)

// throngScenario runs `throng scenario` with these arguments.
func throngScenario(args ...string) (stdout string, err error) {
	return perform(newScenario(), args)
}

func TestScenarioList(t *testing.T) {
	said, err := throngScenario("list")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(said), "\n")
	library := scenarios.Library()
	if len(lines) != len(library) {
		t.Fatalf("%d lines for %d scenarios:\n%s", len(lines), len(library), said)
	}
	column := strings.Index(lines[0], library[0].Question)
	for i, e := range library {
		if !strings.HasPrefix(lines[i], e.Name+" ") || strings.Index(lines[i], e.Question) != column {
			t.Errorf("line %d is %q, want %s, aligned", i+1, lines[i], e.Name)
		}
	}
	said, err = throngScenario("list", "--json")
	var listed []scenarios.Entry
	if err != nil || json.Unmarshal([]byte(said), &listed) != nil || len(listed) != len(library) || listed[0] != library[0] {
		t.Errorf("--json: %v\n%s", err, said)
	}
}

func TestScenarioShow(t *testing.T) {
	said, err := throngScenario("show", "direct")
	if text, errShow := scenarios.Show("direct"); err != nil || errShow != nil || said != string(text) {
		t.Errorf("show direct: %v, %v\n%s", err, errShow, said)
	}
	said, err = throngScenario("show", "--full", "--set", "population.users=70", "direct")
	if err != nil || !strings.Contains(said, "users: 70") || !strings.Contains(said, "durability: fsync") {
		t.Errorf("show --full: %v\n%s", err, said)
	}
	for _, args := range [][]string{
		{"show", "dierct"},
		{"show", "--set", "population.users=70", "direct"},
		{"show", "--full", "--set", "population.users=many", "direct"},
	} {
		if said, err := throngScenario(args...); statusOf(err) != statusUsage {
			t.Errorf("%v: %v\n%s", args, err, said)
		}
	}
	if _, err := throngScenario("show", "dierct"); !strings.Contains(err.Error(), "did you mean direct?") {
		t.Errorf("show dierct: %v", err)
	}
}

func TestScenarioValidate(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	text := "population: {users: many}\nphases: [{name: steady, fro: 3s}]\n"
	if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := throngScenario("validate", "direct", bad, "idle", "missing.yaml")
	if statusOf(err) != statusUsage || said != "direct: ok\nidle: ok\n" {
		t.Errorf("status %d, said:\n%s", statusOf(err), said)
	}
	for _, want := range []string{bad + ":1:21: population.users:", bad + ":2:25: phases[0].fro:", "missing.yaml"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("does not say %q:\n%v", want, err)
		}
	}
	if said, err := throngScenario("validate", "direct"); err != nil || said != "direct: ok\n" {
		t.Errorf("%v\n%s", err, said)
	}
}

func TestScenarioSchema(t *testing.T) {
	said, err := throngScenario("schema")
	if err != nil || !json.Valid([]byte(said)) || !strings.Contains(said, "2020-12") {
		t.Errorf("%v\n%.200s", err, said)
	}
}

func TestScenarioNeedsAVerb(t *testing.T) {
	if said, err := throngScenario(); statusOf(err) != statusUsage || !strings.Contains(err.Error(), "validate") {
		t.Errorf("%v\n%s", err, said)
	}
}
