package scenarios_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed886cd727/throng/scenarios"
)

func parse(t *testing.T, text string, set ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("base.yaml", []byte(text), set)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDefaults(t *testing.T) {
	s := parse(t, "{population: {users: 3}, phases: [{name: rest, for: 1s}]}")
	want := &scenarios.Scenario{
		Name: "base", Seed: 1, Repeat: 1,
		Target: scenarios.Target{
			Protocol: "throng", Transport: "ws", Codec: "json", Auth: "none", Nodes: 1, Store: "pebble",
			Durability: "fsync", Heartbeat: scenarios.Duration(30 * time.Second), Bus: "local", Registry: "local",
		},
		Population: scenarios.Population{
			Users: 3, Devices: 1,
			Backoff: scenarios.Backoff{Base: scenarios.Duration(100 * time.Millisecond), Max: scenarios.Duration(10 * time.Second)},
		},
		Traffic: silence(),
		Phases: []scenarios.Phase{
			{Name: "connect", Rate: 2000},
			{Name: "rest", For: scenarios.Duration(time.Second), Traffic: new(silence())},
			{Name: "settle", For: scenarios.Duration(30 * time.Second)},
			{Name: "drain", For: scenarios.Duration(5 * time.Second)},
		},
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
	if parse(t, base, "target.store=memory").Target.Durability != "none" {
		t.Error("store: memory does not imply durability: none")
	}
}

// silence is the traffic of a scenario that says nothing of it.
func silence() scenarios.Traffic {
	return scenarios.Traffic{
		Send:    scenarios.Send{Arrival: "poisson", By: "total"},
		Payload: scenarios.Payload{Size: scenarios.Distribution{Kind: scenarios.LogNormal, Median: 80, P99: 600}},
	}
}

// TestExternalTargetHasNoSettings: they would be those of another server.
func TestExternalTargetHasNoSettings(t *testing.T) {
	s := parse(t, base, "target.urls=['ws://127.0.0.1:1/ws']")
	if s.Target.Embedded() || s.Target.Store != "" || s.Target.Nodes != 0 || s.Target.Heartbeat != 0 {
		t.Errorf("%+v", s.Target)
	}
}

func TestPhaseTrafficIsLaidOverTheScenarios(t *testing.T) {
	s := parse(t, base, "traffic.receipts.share=20%", "phases[1].traffic={send: {rate: {from: 0/s, to: 10/s}}, payload: {size: 2KiB}}")
	warm, steady := s.Phases[1].Traffic, s.Phases[2].Traffic
	if warm.Send.Rate != (scenarios.Rate{From: 0, To: 10}) || warm.Payload.Size.Constant != 2048 || warm.Receipts.Share != 0.2 || warm.Send.Arrival != "poisson" {
		t.Errorf("warm-up: %+v", warm)
	}
	if !reflect.DeepEqual(*steady, s.Traffic) || steady == &s.Traffic || s.Traffic.Send.Rate.From != 10 {
		t.Errorf("steady: %+v", steady)
	}
	if s.Phases[0].Traffic != nil || s.Phases[3].Traffic != nil || s.Phases[4].Traffic != nil {
		t.Error("connect, settle or drain have traffic")
	}
}

func TestReplayAndSendDriveEachOtherOut(t *testing.T) {
	text, err := os.ReadFile("testdata/replay.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := parse(t, string(text))
	quiet, day := s.Phases[1].Traffic, s.Phases[2].Traffic
	if quiet.Replay != nil || quiet.Sends() || day.Replay == nil || !day.Sends() {
		t.Fatalf("quiet %+v, day %+v", quiet, day)
	}
	if *day.Replay != (scenarios.Replay{Trace: "day.trace", Speed: 10, MaxGap: scenarios.Duration(30 * time.Second), Copies: 2}) {
		t.Errorf("day replays %+v", *day.Replay)
	}
	if s.Traffic.Replay.Copies != 4 {
		t.Errorf("a phase has changed the scenario's replay: %+v", *s.Traffic.Replay)
	}
}

func TestSet(t *testing.T) {
	s := parse(t, base, "population.users=1.5k", "phases[1].for=90s", "population.backoff.base=1ms",
		"conversations.count=null", "conversations.per_user=3", "thresholds=[lost == 0, {expression: ack.p99 < 1s, phase: steady}]",
		"phases[1]={name: early, for: 1s}", "phases[1].for=2s", "seed=18446744073709551615", "question='what: now'")
	switch {
	case s.Population.Users != 1500, s.Population.Backoff.Base != scenarios.Duration(time.Millisecond),
		s.Conversations.Parts[0].Count != 0, s.Conversations.Parts[0].PerUser != 3,
		len(s.Thresholds) != 2, s.Thresholds[1].Phase != "steady",
		s.Phases[1].Name != "early", s.Phases[1].For != scenarios.Duration(2*time.Second),
		s.Seed != 1<<64-1:
		t.Errorf("%+v", s)
	}
}

func TestSetSaysWhatToType(t *testing.T) {
	for set, want := range map[string]string{
		"population.users":               "write it as PATH=VALUE",
		"=3":                             "write it as PATH=VALUE",
		"phases[9].for=1s":               "the list goes from phases[0] to phases[4]",
		"phases[x].for=1s":               "is no path",
		"phases[1]x=1s":                  "is no path",
		"phases[1=1s":                    "is no path",
		"phases[1][=1s":                  "is no path",
		"a..b=1":                         "is no path",
		".=1":                            "is no path",
		"thresholds[0]=a":                "set thresholds as a whole",
		"phases.for=1s":                  "phases is a list and has no key for",
		"population.users.a=1":           "population.users is a single value and has no key a",
		"population.users=[1":            "no YAML",
		strings.Repeat("a.", 99) + "a=1": "at most 64",
	} {
		_, err := scenarios.Parse("base", []byte(base), []string{set})
		if err == nil || !strings.HasPrefix(err.Error(), "--set "+set+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("--set %s:\n got %v\nwant it to say %q", set, err, want)
		}
	}
}

func TestTextsThatAreNone(t *testing.T) {
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	for text, want := range map[string]string{
		"":                                 "f.yaml:1:1: is empty",
		"# nothing\n":                      "is empty",
		"a\n":                              "is a single value: must be a mapping with name",
		"\xff":                             "is no UTF-8",
		strings.Repeat("[", 1<<17):         "within each other",
		strings.Repeat("{a: ", 1<<15):      "within each other",
		"phases:\n- name: a":               "f.yaml:2:3: phases[0].for: is missing",
		"a: b: c":                          "f.yaml:1:",
		"a: *b":                            "is not in the language",
		"seed: !!int 3":                    "is not in the language",
		"phases: " + deep:                  "within each other",
		strings.Repeat("- ", 100):          "within each other",
		strings.Repeat("#", 1<<18) + "\na": "at most 262144",
		"seed: 1\nseed: 2":                 "f.yaml:2:1: seed: is there twice",
		"? [a]\n: b":                       "no YAML",
		"<<: {a: b}":                       "no plain word",
		"{phases: [], \"a\\nb\": 1}":       `"a\nb": unknown key`,
	} {
		_, err := scenarios.Parse("f.yaml", []byte(text), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q:\n got %v\nwant it to say %q", text, err, want)
		}
	}
}

func TestLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "my scenario.v2.yaml")
	if err := os.WriteFile(file, []byte(base), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := scenarios.Load(file, nil); err != nil || s.Name != "my-scenario.v2" {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err := scenarios.Load("direct", []string{"population.users=9"}); err != nil || s.Name != "direct" || s.Population.Users != 9 {
		t.Errorf("%+v, %v", s, err)
	}
	for name, want := range map[string]string{
		"dierct":           "did you mean direct?",
		"missing.yaml":     "missing.yaml",
		filepath.Dir(file): "read the scenario",
	} {
		if _, err := scenarios.Load(name, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want it to say %q", name, err, want)
		}
	}
}
