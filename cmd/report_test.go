package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed886cd727/throng/results"
)

// runReport runs `throng report` with these arguments.
func runReport(args ...string) (stdout string, err error) {
	return perform(newReport(), args)
}

// writeRecord leaves the record of a run that measured one figure.
func writeRecord(t *testing.T, scenario string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), scenario)
	w, err := results.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	f := results.Figures{}
	f.Set("lost", 0)
	if err := w.Finish(&results.Summary{Scenario: scenario, Run: "0badcafe", Valid: true, Figures: f}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestReportWritesAPage(t *testing.T) {
	dir := writeRecord(t, "one")
	path := filepath.Join(dir, "report.html")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	said, err := runReport(dir)
	if err != nil || said != "wrote "+path+"\n" {
		t.Errorf("report: %q %v", said, err)
	}
	if page, err := os.ReadFile(path); err != nil || !strings.Contains(string(page), "<h1>one</h1>") {
		t.Errorf("the page: %v\n%s", err, page)
	}

	both := filepath.Join(t.TempDir(), "both.html")
	if said, err = runReport("--out", both, dir, writeRecord(t, "two")); err != nil || said != "wrote "+both+"\n" {
		t.Errorf("report of two: %q %v", said, err)
	}
	if page, err := os.ReadFile(both); err != nil || !strings.Contains(string(page), "<h1>two</h1>") {
		t.Errorf("the page of two: %v\n%s", err, page)
	}
}

func TestReportJSON(t *testing.T) {
	dir := writeRecord(t, "one")
	said, err := runReport("--json", dir)
	var s results.Summary
	if err != nil || json.Unmarshal([]byte(said), &s) != nil || s.Scenario != "one" || s.Figures.Get("lost") == nil {
		t.Errorf("report --json: %v\n%s", err, said)
	}
}

func TestReportFaults(t *testing.T) {
	dir, empty := writeRecord(t, "one"), t.TempDir()
	broken := writeRecord(t, "broken")
	if err := os.WriteFile(filepath.Join(broken, "summary.json"), []byte(`{"schema":9}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"several":       {[]string{dir, dir}, "give --out FILE"},
		"no record":     {[]string{empty}, empty + " is not a run record"},
		"not there":     {[]string{dir + "x"}, "no such file"},
		"broken":        {[]string{broken}, "schema 9: this version reads schema 1"},
		"every fault":   {[]string{empty, broken}, "not a run record: open " + filepath.Join(empty, "summary.json") + ": no such file or directory\nread "},
		"nowhere to go": {[]string{"--out", filepath.Join(empty, "x", "y.html"), dir}, "its folder is not there"},
	} {
		_, err := runReport(c.args...)
		if statusOf(err) != statusUsage || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}
