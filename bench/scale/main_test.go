package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSum(t *testing.T) {
	var dirs []string
	for name, figures := range map[string]string{
		"1": `"connections.open_peak": {"value": 17000, "unit": "count"}, "target.bytes_per_connection": {"value": 1000, "unit": "bytes"}, "connect.p99": {"value": 2e6, "unit": "ns"}`,
		"2": `"connections.open_peak": {"value": 16000, "unit": "count"}, "target.bytes_per_connection": {"value": 900, "unit": "bytes"}, "connect.p99": {"value": 3e6, "unit": "ns"}`,
	} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		text := `{"schema": 1, "scenario": "idle", "run": "run` + name + `", "valid": true, "figures": {` + figures + `}}`
		if err := os.WriteFile(filepath.Join(dir, "summary.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	var out strings.Builder
	if err := sum(&out, dirs); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if got := strings.Join(strings.Fields(lines[len(lines)-1]), " "); len(lines) != 4 || got != "all 33,000 - - - - 950 B 1,000 B - - - 3 ms -" {
		t.Errorf("%s\nat last: %q", out.String(), got)
	}
	if err := sum(&out, []string{t.TempDir()}); err == nil {
		t.Error("a folder without a record passes")
	}
}
