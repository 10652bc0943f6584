package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed886cd727/throng/loadgen/trace"
)

// runTrace runs `throng trace` with these arguments.
func runTrace(args ...string) (stdout string, err error) {
	return perform(newTrace(), args)
}

func writeLog(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTraceImportAndStats(t *testing.T) {
	log := writeLog(t, "room.log", "[09:41] <ann> hello\n[09:42]  * bob waves\n[09:42] -bob- no message\n")
	out := filepath.Join(t.TempDir(), "room.trace")
	said, err := runTrace("import", "--format", "irc", "--date", "2008-04-27", "-o", out, log)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2 taken of 3, 1 left out (1 notice)", "2 messages of 2 users in 1 conversations", out} {
		if !strings.Contains(said, want) {
			t.Errorf("import does not say %q:\n%s", want, said)
		}
	}
	first, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}

	said, err = runTrace("import", "--format", "irc", "--date", "2008-04-27", "--seed", "9", "-o", out, log)
	if statusOf(err) != statusUsage || !strings.Contains(err.Error(), "already there") {
		t.Errorf("over a trace that is there: %v %s", err, said)
	}
	if now, err := os.ReadFile(out); err != nil || !bytes.Equal(now, first) {
		t.Errorf("the trace that was there has changed: %v", err)
	}
	if _, err := runTrace("import", "--format", "irc", "--date", "2008-04-27", "--seed", "9", "--force", "-o", out, log); err != nil {
		t.Errorf("--force: %v", err)
	}
	if now, err := os.ReadFile(out); err != nil || bytes.Equal(now, first) {
		t.Errorf("--force with another seed has left the trace as it was: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(out)); err != nil || len(left) != 1 {
		t.Errorf("beside the trace there is %v %v", left, err)
	}

	said, err = runTrace("stats", "--json", out)
	var s trace.Stats
	if err != nil || json.Unmarshal([]byte(said), &s) != nil || s.Messages != 2 || s.Users != 2 {
		t.Errorf("stats --json: %v\n%s", err, said)
	}
	said, err = runTrace("stats", out)
	if err != nil || !strings.HasPrefix(said, "messages ") {
		t.Errorf("stats: %v\n%s", err, said)
	}
}

// TestTraceFaults: each ends with the status of wrong usage, says what is wrong,
// and writes nothing.
func TestTraceFaults(t *testing.T) {
	log := writeLog(t, "room.log", "[09:41] <ann> hello\n")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no date":      {[]string{"import", "--format", "irc", "-o", "OUT", log}, "give --date YYYY-MM-DD"},
		"no such day":  {[]string{"import", "--format", "irc", "--date", "2008-02-31", "-o", "OUT", log}, `--date "2008-02-31"`},
		"no format":    {[]string{"import", "--date", "2008-04-27", "-o", "OUT", log}, "give --format irc"},
		"no output":    {[]string{"import", "--format", "irc", log}, "give -o TRACE"},
		"no input":     {[]string{"import", "--format", "irc", "-o", "OUT", log + "x"}, log + "x: no such file"},
		"no folder":    {[]string{"import", "--format", "irc", "--date", "2008-04-27", "-o", "OUT/x", log}, "its folder is not there"},
		"not a log":    {[]string{"import", "--format", "irc", "-o", "OUT", "exit.go"}, "not an IRC log"},
		"not a trace":  {[]string{"stats", log}, "not a trace"},
		"no trace":     {[]string{"stats", log + "x"}, "no such file"},
		"no verb":      {nil, "import or stats"},
		"two at once":  {[]string{"import", "--format", "slack", "--date", "x", log}, "give -o TRACE\n--date"},
		"a full place": {[]string{"import", "--format", "irc", "--date", "2008-04-27", "-o", log, log}, "--force to replace"},
	} {
		out := filepath.Join(t.TempDir(), "out.trace")
		args := make([]string, len(c.args))
		for i, arg := range c.args {
			args[i] = strings.Replace(arg, "OUT", out, 1)
		}
		_, err := runTrace(args...)
		if statusOf(err) != statusUsage || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
		if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: something was written: %v", name, err)
		}
	}
}
