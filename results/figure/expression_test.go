package figure_test

import (
	"strings"
	"testing"

	"github.com/seed886cd727/throng/results/figure"
)

func TestParseExpression(t *testing.T) {
	for _, c := range []struct {
		text, name string
		op         figure.Op
		value      float64
		canonical  string
	}{
		{"delivery.p99 < 50ms", "delivery.p99", "<", 50e6, "delivery.p99 < 50ms"},
		{"  lost==0 ", "lost", "==", 0, "lost == 0"},
		{"target.bytes_per_connection <= 4KiB", "target.bytes_per_connection", "<=", 4096, "target.bytes_per_connection <= 4KiB"},
		{"delivery.rate>=2k/s", "delivery.rate", ">=", 2000, "delivery.rate >= 2k/s"},
		{"order.blocks_compared > 0", "order.blocks_compared", ">", 0, "order.blocks_compared > 0"},
		{"gaps != 1", "gaps", "!=", 1, "gaps != 1"},
	} {
		e, err := figure.ParseExpression(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if e.Figure.Name != c.name || e.Op != c.op || e.Value != c.value || e.String() != c.canonical {
			t.Errorf("%q = %+v", c.text, e)
		}
	}
}

func TestParseExpressionSaysWhatToWrite(t *testing.T) {
	for text, want := range map[string]string{
		"delivery.p95 < 50ms":       "did you mean delivery.p9",
		"Lost == 0":                 "did you mean lost?",
		"duplicate.residual == 0":   "did you mean duplicates.residual?",
		"delivery.p99 < 50":         "lacks a unit: write it as 50ms",
		"delivery.p99 < 50MiB":      `unknown unit "MiB"`,
		"delivery.p99 < fast":       "is not a number",
		"delivery.p99":              "no comparison",
		"":                          "no comparison",
		"lost = 0":                  `unknown comparison "="`,
		"lost =< 0":                 `unknown comparison "=<"`,
		"lost == 0 == 0":            "unknown unit",
		"lost ==":                   "nothing after ==",
		"< 50ms":                    "no figure before",
		"lost == 1,000":             "unknown unit",
		"duplicates.wire_ratio < %": "is not a number",
	} {
		_, err := figure.ParseExpression(text)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v, want it to say %q", text, err, want)
		}
	}
}

func TestExpressionHolds(t *testing.T) {
	for _, c := range []struct {
		text  string
		value *float64
		want  bool
	}{
		{"lost == 0", new(0.0), true},
		{"lost == 0", new(1.0), false},
		{"lost == 0", nil, false},
		{"lost != 0", nil, false},
		{"delivery.p99 < 50ms", new(49.9e6), true},
		{"delivery.p99 < 50ms", new(50e6), false},
		{"delivery.p99 <= 50ms", new(50e6), true},
		{"delivery.rate >= 2k/s", new(2000.0), true},
		{"delivery.rate > 2k/s", new(2000.0), false},
		{"gaps != 1", new(2.0), true},
		{"delivery.p99 < 60s", new(float64(figure.AboveRange)), false},
		{"delivery.p99 < 5m", new(float64(figure.AboveRange)), false}, // how far above is not known
		{"delivery.p99 <= 5m", new(float64(figure.AboveRange)), false},
	} {
		e, err := figure.ParseExpression(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Holds(c.value); got != c.want {
			t.Errorf("%s of %v: %t, want %t", c.text, c.value, got, c.want)
		}
	}
	if (figure.Expression{}).Holds(new(0.0)) {
		t.Error("the empty expression holds")
	}
}

func TestExpressionImpossible(t *testing.T) {
	for text, impossible := range map[string]bool{
		"lost < 0":                     true,
		"lost <= 0":                    false,
		"lost == -1":                   true,
		"lost == 0.5":                  true,
		"delivery.p99 < 0":             true,
		"delivery.p99 < -5ms":          true,
		"delivery.p99 < 50ms":          false,
		"duplicates.wire_ratio > 100%": true,
		"duplicates.wire_ratio < 100%": false,
		"delivery.rate > 0":            false,
	} {
		e, err := figure.ParseExpression(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Impossible(); (got != "") != impossible {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func FuzzParseExpression(f *testing.F) {
	for _, seed := range []string{"delivery.p99 < 50ms", "lost==0", "a<b", "<", "delivery.p95 >= 1..2s", "lost == 1e9k",
		"target.rss != 4 KiB", "gaps =! 1", strings.Repeat("x", 300) + " < 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := figure.ParseExpression(text)
		if err != nil {
			return
		}
		again, err := figure.ParseExpression(e.String())
		if err != nil || again != e {
			t.Fatalf("%q reads as %+v, and its text %q as %+v, %v", text, e, e.String(), again, err)
		}
		e.Holds(new(e.Value))
		e.Impossible()
	})
}
