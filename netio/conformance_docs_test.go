package netio

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// update rewrites what the tests found into the docs: go test ./netio -update.
var update = flag.Bool("update", false, "rewrite what the docs quote")

// conformanceCount is a row of the table in docs/conformance.md.
type conformanceCount struct {
	section             string
	cases, runs, passed int
}

// compareAll is false where a test was told to run only some cases.
func compareAll() bool {
	return !strings.Contains(flag.Lookup("test.run").Value.String(), "/")
}

// compareWithDocs compares what was found with docs/conformance.md.
func compareWithDocs(t *testing.T, table []conformanceCount) {
	if !compareAll() || t.Failed() {
		return
	}
	var b strings.Builder
	b.WriteString("| section | cases | runs | passed |\n|---|---|---|---|\n")
	sum := conformanceCount{section: "all"}
	for _, n := range table {
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", n.section, n.cases, n.runs, n.passed)
		sum.cases, sum.runs, sum.passed = sum.cases+n.cases, sum.runs+n.runs, sum.passed+n.passed
	}
	fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", sum.section, sum.cases, sum.runs, sum.passed)
	quoteInDocs(t, "cases", b.String())
}

// quoteInDocs holds a part of docs/conformance.md to what a test found.
func quoteInDocs(t *testing.T, name, found string) {
	t.Helper()
	const path = "../docs/conformance.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), "<!-- "+name+" -->\n")
	quoted, after, ends := strings.Cut(rest, "<!-- end -->")
	switch {
	case !ok || !ends:
		t.Errorf("%s has no place for %s", path, name)
	case quoted == found:
	case *update:
		if err := os.WriteFile(path, []byte(before+"<!-- "+name+" -->\n"+found+"<!-- end -->"+after), 0o644); err != nil {
			t.Error(err)
		}
	default:
		t.Errorf("%s quotes other figures (go test ./netio -update rewrites them):\n%s", path, found)
	}
}
