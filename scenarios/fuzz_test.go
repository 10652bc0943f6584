package scenarios_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed886cd727/throng/scenarios"
)

// FuzzParse reads any text, with anything set in it: it is refused with faults that
// have a place, or what it is written as is read as the same.
func FuzzParse(f *testing.F) {
	for _, e := range scenarios.Library() {
		text, err := scenarios.Show(e.Name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "phases[1].for=2s")
	}
	seeds, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range seeds {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "target.store=memory")
	}
	for text, set := range map[string]string{
		"a: &a [*a]":          "phases=[{name: x, for: 1s}]",
		"a: |\n  b\n? c\n: d": "x[0][1].y=null",
		"--- !!str x\n---\n":  "a.b=[[[[",
		"\"\\u0041\": \x00":   "population.users=2",
		"{phases: [{name: a, for: 1s, traffic: {replay: {}}}], name: \"no\"}":                        "traffic={replay: {copies: 3}}",
		"question: \"# : \\u2028\\U0001f600\"\npopulation: {users: 2}\nphases: [{name: a, for: 1s}]": "target.headers={x: ' y'}",
	} {
		f.Add([]byte(text), set)
	}
	f.Fuzz(func(t *testing.T, text []byte, set string) {
		s, err := scenarios.Parse("fuzz.yaml", text, []string{set})
		if err == nil {
			roundTrip(t, s)
			return
		}
		var faults scenarios.Faults
		if !errors.As(err, &faults) || len(faults) == 0 {
			t.Fatalf("not faults: %v", err)
		}
		for _, one := range faults {
			if one.Text == "" || one.File == "fuzz.yaml" && (one.Line < 1 || one.Column < 1) {
				t.Fatalf("a fault without a place or a text: %+v", one)
			}
		}
	})
}
