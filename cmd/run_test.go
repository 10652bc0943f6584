package cmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed886cd727/throng/loadgen/coordinator"
	"github.com/seed886cd727/throng/results"
)

// TestRunRefuses: wrong usage is told before anything begins, and leaves nothing.
func TestRunRefuses(t *testing.T) {
	dir := t.TempDir()
	faulty := filepath.Join(dir, "faulty.yaml")
	if err := os.WriteFile(faulty, []byte(`population: {users: many}
conversations: {kind: grup, per_user: 2}
trafic: {}
phases:
- {name: steady, for: 5}
thresholds: [delivery.p98 < 5ms]
`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"no such scenario": {[]string{"nothing"}, []string{"nothing"}},
		"five faults": {[]string{faulty}, []string{
			"faulty.yaml:1:", "faulty.yaml:2:", "faulty.yaml:3:", "faulty.yaml:5:", "faulty.yaml:6:", "did you mean delivery.p9",
		}},
		"a bad --set":    {[]string{"direct", "--set", "population.users=-1"}, []string{"--set population.users=-1"}},
		"no such target": {[]string{"direct", "--target", "http://127.0.0.1:1"}, []string{"ws://"}},
		"no admin API":   {[]string{"direct", "--target", "ws://127.0.0.1:1/ws"}, []string{"target.admin"}},
		"a full place":   {[]string{"direct", "--out", dir}, []string{"never overwritten", "--out"}},
		"no such trace":  {[]string{"irc-replay", "--trace", filepath.Join(dir, "none")}, []string{"no such file"}},
		"two scenarios":  {[]string{"direct", "group"}, []string{"at most 1"}},
	} {
		out := filepath.Join(t.TempDir(), "record")
		args := c.args
		if !slices.Contains(args, "--out") {
			args = append(args, "--out", out)
		}
		root := newRoot()
		said, err := perform(root, append([]string{"run"}, args...))
		if statusOf(err) != statusUsage {
			t.Errorf("%s: status %d, %v", name, statusOf(err), err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error()+said, want) {
				t.Errorf("%s does not say %q:\n%v", name, want, err)
			}
		}
		if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a record was left: %v", name, err)
		}
	}
}

// TestRunStatus: where several apply, 130 goes before 2, 4, 3 and 1.
func TestRunStatus(t *testing.T) {
	failed := results.Threshold{Passed: false}
	kind := func(k error) error { return fmt.Errorf("why: %w", k) }
	for _, c := range []struct {
		err     error
		summary *results.Summary
		want    int
	}{
		{nil, &results.Summary{Valid: true}, 0},
		{nil, &results.Summary{Valid: true, Thresholds: []results.Threshold{failed}}, 1},
		{nil, &results.Summary{Thresholds: []results.Threshold{failed}}, 3},
		{kind(results.ErrWrite), &results.Summary{Thresholds: []results.Threshold{failed}}, 3},
		{kind(results.ErrWrite), nil, 3},
		{kind(coordinator.ErrUnreachable), &results.Summary{}, 4},
		{kind(coordinator.ErrUnreachable), nil, 4},
		{kind(coordinator.ErrUsage), nil, 2},
		{kind(coordinator.ErrUnreachable), &results.Summary{Interrupted: true}, 130},
		{nil, &results.Summary{Valid: true, Interrupted: true}, 130},
	} {
		if got := statusOf(runError(c.err, c.summary)); got != c.want {
			t.Errorf("%v with %+v: status %d, want %d", c.err, c.summary, got, c.want)
		}
	}
}
