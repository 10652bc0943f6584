package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestImportsRunOneWay lists what each package may import of ours; see
// docs/architecture.md.
func TestImportsRunOneWay(t *testing.T) {
	allowed := map[string]string{
		"":                    "cmd",
		"cmd":                 "server server/faulty chat loadgen/trace",
		"chat":                "",
		"netio":               "",
		"loadgen/draw":        "",
		"loadgen/pace":        "",
		"loadgen/population":  "loadgen/draw",
		"loadgen/plan":        "loadgen/draw loadgen/pace loadgen/population",
		"loadgen/trace":       "loadgen/draw loadgen/pace loadgen/plan loadgen/population",
		"results/figure":      "",
		"server":              "chat netio server/admin server/auth server/conversation server/faulty server/gateway server/room server/store",
		"server/admin":        "chat server/conversation",
		"server/auth":         "chat",
		"server/conversation": "chat",
		"server/faulty":       "chat server/conversation",
		"server/gateway":      "chat netio server/conversation server/room",
		"server/room":         "chat netio server/conversation",
		"server/store":        "chat server/conversation",
	}
	const module = "github.com/seed886cd727/throng"
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}:{{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		name, imports, _ := strings.Cut(strings.TrimSpace(line), ":")
		name = strings.TrimPrefix(strings.TrimPrefix(name, module), "/")
		may, known := allowed[name]
		if !known {
			t.Errorf("package %q is not in this list", name)
		}
		for one := range strings.FieldsSeq(imports) {
			one, ours := strings.CutPrefix(one, module+"/")
			if ours && !strings.Contains(" "+may+" ", " "+one+" ") {
				t.Errorf("%s imports %s; it may import: %s", name, one, may)
			}
		}
	}
}
