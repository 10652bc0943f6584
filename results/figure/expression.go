package figure

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Op compares a figure with a bound.
type Op string

// Expression is one threshold: a figure, a comparison and a bound, as in
// 'delivery.p99 < 50ms'. Its zero value holds for nothing.
type Expression struct {
	Figure Figure
	Op     Op
	Value  float64 // in the figure's unit
	text   string
}

// ParseExpression reads a threshold. The figure must be in the catalogue and the
// bound must fit its unit (see Parse); a message says what to write instead.
func ParseExpression(text string) (Expression, error) {
	name, op, bound, err := tokens(text)
	if err != nil {
		return Expression{}, fmt.Errorf("threshold %q: %w", text, err)
	}
	f, known := Lookup(name)
	if !known {
		return Expression{}, fmt.Errorf("threshold %q: %w", text, unknown(name))
	}
	value, err := Parse(f.Unit, bound)
	if err != nil {
		return Expression{}, fmt.Errorf("threshold %q: %w", text, err)
	}
	return Expression{f, op, value, strings.Join([]string{name, string(op), bound}, " ")}, nil
}

// tokens cuts 'NAME OP BOUND' at its first comparison.
func tokens(text string) (name string, op Op, bound string, err error) {
	at := strings.IndexAny(text, "<>=!")
	if at < 0 {
		return "", "", "", errors.New("no comparison: write it as 'delivery.p99 < 50ms'")
	}
	end := at
	for end < len(text) && strings.IndexByte("<>=!", text[end]) >= 0 {
		end++
	}
	name, op, bound = strings.TrimSpace(text[:at]), Op(text[at:end]), strings.TrimSpace(text[end:])
	switch op {
	case "<", "<=", ">", ">=", "==", "!=":
	default:
		return "", "", "", fmt.Errorf("unknown comparison %q: use <, <=, >, >=, == or !=", string(op))
	}
	if name == "" {
		return "", "", "", errors.New("no figure before the comparison: write it as 'delivery.p99 < 50ms'")
	}
	if bound == "" {
		return "", "", "", fmt.Errorf("nothing after %s: write it as 'delivery.p99 < 50ms'", op)
	}
	return name, op, bound, nil
}

// String returns the expression as it was written, with single spaces.
func (e Expression) String() string { return e.text }

// Bound writes the comparison and its bound for people: '< 50 ms'.
func (e Expression) Bound() string { return string(e.Op) + " " + Format(e.Figure.Unit, e.Value) }

// Holds tells whether the expression is true of a value in the figure's unit.
// It is true of no absent value (nil), and no upper bound holds for a latency
// above the measured range, be the bound as high as it may.
func (e Expression) Holds(value *float64) bool {
	if value == nil || math.IsNaN(*value) {
		return false
	}
	v := *value
	if e.Figure.Unit == Nanoseconds && v == AboveRange {
		v = math.Inf(1)
	}
	switch e.Op {
	case "<":
		return v < e.Value
	case "<=":
		return v <= e.Value
	case ">":
		return v > e.Value
	case ">=":
		return v >= e.Value
	case "==":
		return v == e.Value
	case "!=":
		return v != e.Value
	}
	return false
}

// Impossible tells why no run could ever pass the expression, or "" if one could.
func (e Expression) Impossible() string {
	name := e.Figure.Name
	upper := e.Op == "<" || e.Op == "<=" || e.Op == "=="
	switch {
	case e.Value < 0 && upper, e.Value == 0 && e.Op == "<":
		return name + " is never below 0"
	case e.Figure.Unit == Count && e.Op == "==" && e.Value != math.Trunc(e.Value):
		return name + " is a whole number"
	case e.Figure.Unit == Ratio && (e.Value > 1 && (e.Op == ">=" || e.Op == "==") || e.Value >= 1 && e.Op == ">"):
		return name + " is never above 100%"
	}
	return ""
}
