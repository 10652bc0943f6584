package scenarios_test

import (
	"bytes"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seed886cd727/throng/scenarios"
)

// compiled is the schema, ready to validate YAML with.
func compiled(t *testing.T) func(text []byte) error {
	t.Helper()
	text, err := scenarios.Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("scenario.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(text []byte) error {
		var v any
		if err := yaml.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		return s.Validate(v)
	}
}

func TestSchemaTakesTheLibrary(t *testing.T) {
	validate := compiled(t)
	for _, e := range scenarios.Library() {
		text, err := scenarios.Show(e.Name)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(text); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
		s, err := scenarios.Load(e.Name, nil)
		if err != nil {
			t.Fatal(err)
		}
		if text, err = s.YAML(); err != nil {
			t.Fatal(err)
		}
		if err := validate(text); err != nil {
			t.Errorf("%s with its defaults: %v", e.Name, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	validate := compiled(t)
	for _, text := range []string{
		`question: no phases`,
		`{phases: [{name: steady, for: 30}]}`,
		`{phases: [{name: steady, fro: 30s}]}`,
		`{phases: [{for: 30s}]}`,
		`{phases: [], traffic: {send: {rate: fast}}}`,
		`{phases: [], traffic: {send: {arrival: random}}}`,
		`{phases: [], population: {devices: 300}}`,
		`{phases: [], conversations: {kind: group, members: {uniform: [3]}}}`,
		`{phases: [], conversations: {kind: crowd}}`,
		`{phases: [], thresholds: [{phase: steady}]}`,
		`{phases: [], thresholds: [lost = 0]}`,
		`{phases: [], target: {store: redis}}`,
		`{phases: [], seed: -1}`,
	} {
		if err := validate([]byte(text)); err == nil {
			t.Errorf("taken: %s", text)
		}
	}
}
