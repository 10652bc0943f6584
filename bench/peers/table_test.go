package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// three are the results of a floor, of one that is half as fast, and of one that
// failed once.
func three(t *testing.T) (settings, results) {
	t.Helper()
	s, err := parse(strings.Fields("-servers netio,gorilla -roles idle,echo -rounds 3"))
	if err != nil {
		t.Fatal(err)
	}
	var r results
	for i, base := range []float64{100_000, 60_000, 80_000} {
		round := map[string]cells{
			"epoll":   {columnIdle: 20, columnEcho: base},
			"netio":   {columnIdle: 250.4, columnEcho: base / 2},
			"gorilla": {columnIdle: 6700},
		}
		if i != 1 {
			round["gorilla"][columnEcho] = base
		}
		r.rounds = append(r.rounds, round)
	}
	r.faults = []fault{{2, "gorilla", "echo", "lost one"}}
	return s, r
}

func TestTable(t *testing.T) {
	s, r := three(t)
	var b bytes.Buffer
	if err := s.print(&b, r); err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(b.String(), "\n\n")
	want := `| server | idle, B | echo |
|---|---|---|
| **epoll** | 20 | 80.0k (1.00) |
| **netio** | 250 | 40.0k (0.50) |
| gorilla ` + version("github.com/gorilla/websocket") + ` | 6700 | invalid |

invalid: gorilla, echo, round 2: lost one
`
	if table != want {
		t.Errorf("got\n%s\nwant\n%s", table, want)
	}
}

// TestRatiosAreOfTheSameRound: the ratio of medians would be 1 here.
func TestRatiosAreOfTheSameRound(t *testing.T) {
	r := results{rounds: []map[string]cells{
		{"f": {columnEcho: 1}, "x": {columnEcho: 2}},
		{"f": {columnEcho: 2}, "x": {columnEcho: 3}},
		{"f": {columnEcho: 3}, "x": {columnEcho: 1}},
	}}
	if f := r.figure("x", "f", columnEcho); f.Median != 2 || f.Ratio != 1.5 || !f.Valid {
		t.Errorf("%+v; want median 2, ratio 1.5", f)
	}
}

func TestJSON(t *testing.T) {
	s, r := three(t)
	var b bytes.Buffer
	if err := s.printJSON(&b, r); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Floor   string
		Servers []struct {
			Name    string
			Figures map[column]figure
		}
		Faults []fault
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Servers) != 3 || got.Floor != "epoll" || len(got.Faults) != 1 {
		t.Fatalf("%s", b.String())
	}
	if f := got.Servers[1].Figures[columnEcho]; f.Median != 40_000 || f.Ratio != 0.5 || len(f.Rounds) != 3 || !f.Valid {
		t.Errorf("%+v", f)
	}
	if f := got.Servers[2].Figures[columnEcho]; f.Valid {
		t.Errorf("%+v is valid with a round missing", f)
	}
}

func TestNumbers(t *testing.T) {
	for value, want := range map[float64]string{0: "0", 34.4: "34", 9994: "9994", 9995: "10.0k", 99_949: "99.9k", 99_950: "100k", 999_499: "999k", 999_500: "1.00M", 1_234_567: "1.23M"} {
		if got := number(value); got != want {
			t.Errorf("%v: %s, want %s", value, got, want)
		}
	}
}

func TestSettingsListEveryFault(t *testing.T) {
	for args, want := range map[string][]string{
		"-rounds 0 -idle 5 -echo 1 -accept 20001 -members 1000,x -for 1ms": {"-rounds is 0", "-idle is 5", "-echo is 1", "-accept is 20001", "-members is 0", "-for is 1ms"},
		"-servers gorila,netio -roles idel -pin maybe":                     {`no server "gorila"; there are epoll, netio`, `no role "idel"`, `-pin is "maybe"`},
		"fast": {`unknown argument "fast"`},
	} {
		_, err := parse(strings.Fields(args))
		for _, one := range want {
			if err == nil || !strings.Contains(err.Error(), one) {
				t.Errorf("%s: %v; want %s", args, err, one)
			}
		}
	}
}

func TestTurns(t *testing.T) {
	s, err := parse([]string{"-servers", "netio,gorilla"})
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []string{"epoll netio gorilla", "netio gorilla epoll", "gorilla epoll netio", "epoll netio gorilla"} {
		if got := strings.Join(namesOf(s.turn(n)), " "); got != want {
			t.Errorf("round %d: %s, want %s", n, got, want)
		}
	}
}
