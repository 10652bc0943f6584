package selftest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed886cd727/throng/results"
)

var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "throng-selftest-")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "throng")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/seed886cd727/throng").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("go build: %v\n%s", err, out))
	}
	status := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

// TestEachFaultIsFound: every fault of the faulty server moves its figures by just
// what it did, and no others; without a fault none moves.
func TestEachFaultIsFound(t *testing.T) {
	for _, one := range Cases() {
		t.Run(one.name(), func(t *testing.T) {
			o := Config{Binary: program}.Run(t.Context(), one)
			if o.Err != nil {
				t.Fatal(o.Err)
			}
			for _, s := range o.Seen {
				got := "absent"
				if s.Got != nil {
					got = fmt.Sprint(*s.Got)
				}
				t.Logf("%s is %s, must be %v", s.Figure, got, s.Value)
			}
			if !o.Passed {
				t.Error("not found as it must be")
			}
		})
	}
}

// TestWrongFiguresFail: a case fails when a figure is absent, off by one, or moves
// without being wanted.
func TestWrongFiguresFail(t *testing.T) {
	clean := func() map[string]float64 {
		f := make(map[string]float64)
		for _, name := range mustBeZero() {
			f[name] = 0
		}
		f["gaps"] = 36
		return f
	}
	want := []Want{{"gaps", 36}}
	for name, change := range map[string]func(map[string]float64){
		"as wanted": func(map[string]float64) {},
		"absent":    func(f map[string]float64) { delete(f, "gaps") },
		"off":       func(f map[string]float64) { f["gaps"] = 35 },
		"unwanted":  func(f map[string]float64) { f["phantom"] = 1 },
		"unchecked": func(f map[string]float64) { delete(f, "lost") },
	} {
		f := clean()
		change(f)
		o := Outcome{}
		o.judge(figuresOf(f), want)
		if o.Passed != (name == "as wanted") {
			t.Errorf("%s: passed is %v", name, o.Passed)
		}
	}
}

// TestEveryKindOfFaultHasACase asks the program, which knows its own kinds.
func TestEveryKindOfFaultHasACase(t *testing.T) {
	out, _ := exec.Command(program, "serve", "--fault", "none:every=1").CombinedOutput() // it lists what there is
	var known []string
	for _, one := range Cases()[1:] {
		known = append(known, one.Fault)
	}
	slices.Sort(known)
	kinds := kindsIn(string(out))
	slices.Sort(kinds)
	if !slices.Equal(kinds, known) {
		t.Errorf("the server has %v, the cases are %v", kinds, known)
	}
}

// kindsIn reads "there are [a b c]".
func kindsIn(message string) []string {
	_, rest, _ := strings.Cut(message, "there are [")
	list, _, _ := strings.Cut(rest, "]")
	return strings.Fields(list)
}

func figuresOf(values map[string]float64) results.Figures {
	f := results.Figures{}
	for name, v := range values {
		f.Set(name, v)
	}
	return f
}
