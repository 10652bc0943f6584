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
		"bench":               "",
		"bench/scale":         "results results/figure",
		"cmd":                 "server server/faulty chat loadgen/admin loadgen/check loadgen/coordinator loadgen/host loadgen/selftest loadgen/trace results results/figure scenarios",
		"chat":                "",
		"netio":               "",
		"loadgen/admin":       "",
		"loadgen/agent":       "loadgen/client loadgen/plan netio results/latency",
		"loadgen/check":       "",
		"loadgen/client":      "loadgen/check loadgen/draw loadgen/plan loadgen/population loadgen/target netio",
		"loadgen/coordinator": "loadgen/admin loadgen/agent loadgen/check loadgen/client loadgen/draw loadgen/host loadgen/node loadgen/plan loadgen/population loadgen/sample loadgen/target loadgen/trace netio results results/figure results/latency scenarios",
		"loadgen/draw":        "",
		"loadgen/host":        "",
		"loadgen/node":        "loadgen/admin",
		"loadgen/pace":        "",
		"loadgen/population":  "loadgen/draw",
		"loadgen/plan":        "loadgen/draw loadgen/pace loadgen/population",
		"loadgen/sample":      "",
		"loadgen/selftest":    "loadgen/coordinator loadgen/sample results scenarios",
		"loadgen/target":      "chat",
		"loadgen/trace":       "loadgen/draw loadgen/pace loadgen/plan loadgen/population",
		"results":             "results/figure results/latency",
		"results/figure":      "",
		"results/latency":     "results/figure",
		"scenarios":           "results/figure",
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
