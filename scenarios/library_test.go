package scenarios_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed886cd727/throng/scenarios"
)

func TestLibrary(t *testing.T) {
	for _, e := range scenarios.Library() {
		s, err := scenarios.Load(e.Name, nil)
		if err != nil {
			t.Fatal(err)
		}
		roundTrip(t, s)
		text, err := scenarios.Show(e.Name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "# ") || s.Name != e.Name || s.Question == "" {
			t.Errorf("%s has no head", e.Name)
		}
		// phases[N] stays where it is in the text.
		if n := strings.Count(string(text), "\n- {name: ") - strings.Count(string(text), "\n- {name: dm"); n != len(s.Phases) {
			t.Errorf("%s writes %d of %d phases out", e.Name, n, len(s.Phases))
		}
		if e.Name != "idle" {
			wantHonest(t, s)
		}
	}
}

// wantHonest wants the thresholds of every scenario that sends.
func wantHonest(t *testing.T, s *scenarios.Scenario) {
	t.Helper()
	has := map[string]bool{}
	for _, one := range s.Thresholds {
		has[one.Expression.String()] = true
	}
	for _, want := range []string{"lost == 0", "duplicates.residual == 0", "order.violations == 0", "double_stored == 0", "phantom == 0", "order.blocks_compared > 0"} {
		if !has[want] {
			t.Errorf("%s lacks the threshold %s", s.Name, want)
		}
	}
}

// TestQuickstartIsQuick: it is what someone sees first, in less than a minute with
// what starts and ends around it.
func TestQuickstartIsQuick(t *testing.T) {
	s, err := scenarios.Load("quickstart", nil)
	if err != nil {
		t.Fatal(err)
	}
	connections := float64(s.Population.Users * s.Population.Devices)
	sum := scenarios.Duration(connections / s.Phases[0].Rate * float64(time.Second))
	for _, p := range s.Phases {
		if p.IsTraffic() {
			sum += p.For
		}
	}
	if sum > scenarios.Duration(45*time.Second) {
		t.Errorf("takes %v", sum)
	}
}

func TestTestdataIsReadAndWrittenTheSame(t *testing.T) {
	for _, name := range []string{"everything", "replay"} {
		s, err := scenarios.Load("testdata/"+name+".yaml", nil)
		if err != nil {
			t.Fatal(err)
		}
		roundTrip(t, s)
	}
}

// TestAnyTextIsWrittenTheSame puts texts that mean something to YAML where any text
// may stand.
func TestAnyTextIsWrittenTheSame(t *testing.T) {
	for _, text := range []string{
		"null", "~", "true", "no", "1e3", "0x10", "- a", "a: b", "a #b", "# a", "a  b", " a", "a ", "'", `"`, `\\`, "{a}", "[a", "a, b",
		"%a", "@a", "`", "!a", "&a", "*a", "|", ">", "?", "<<", "é", "😀", "\u2028", "\x7f", "\t", "=", "what?", "a ? b",
	} {
		s := parse(t, base, "thresholds=[{expression: lost == 0, message: x}]")
		s.Question, s.Thresholds[0].Message = text, text
		roundTrip(t, s)
	}
}

func TestSharesAreWrittenAsPercent(t *testing.T) {
	s, err := scenarios.Load("quickstart", nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.YAML()
	if err != nil || s.Conversations.Parts[0].Share != 0.7 || !strings.Contains(string(text), "share: 70%") {
		t.Errorf("%v, %v\n%s", err, s.Conversations.Parts[0].Share, text)
	}
}

// roundTrip fails unless what the scenario is written as is read as the same.
func roundTrip(t *testing.T, s *scenarios.Scenario) {
	t.Helper()
	text, err := s.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := scenarios.Parse("again.yaml", text, nil)
	if err != nil {
		t.Fatalf("what was written is refused:\n%v\n%s", err, text)
	}
	if !reflect.DeepEqual(s, again) {
		t.Fatalf("written:\n%s\nread:\n%+v\nwas:\n%+v", text, again, s)
	}
}
