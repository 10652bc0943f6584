package figure

import (
	"math"
	"strconv"
	"strings"
)

// Format writes a value for people: three significant digits and the scale that
// fits ('12.3 ms', '4.1 KiB', '1.2k/s', '0.12%'), counts in full ('1,234,567').
func Format(unit Unit, value float64) string {
	switch {
	case math.IsNaN(value) || math.IsInf(value, 0):
		return "not a number"
	case unit == Nanoseconds && value == AboveRange:
		return "> 60 s"
	case value < 0:
		return "-" + Format(unit, -value)
	case unit == Count || len(unit.scales()) == 0:
		return grouped(value + 0) // + 0 makes -0 plain
	}
	return scaled(unit.scales(), value)
}

// scaled picks the largest scale that leaves at least one before the point. It
// looks at the rounded number, or 999,999 ns would read '1000 µs'.
func scaled(scales []scale, value float64) string {
	s := scales[len(scales)-1]
	for _, larger := range scales {
		if rounded(value/larger.size) >= 1 {
			s = larger
			break
		}
	}
	if value == 0 {
		value, s = 0, zeroScale(scales) // -0 as well
	}
	return digits(value/s.size) + gap(s.suffix) + s.suffix
}

// zeroScale is the scale of the unit itself: nothing is '0 B', not '0 TiB'.
func zeroScale(scales []scale) scale {
	for _, s := range scales {
		if s.size == 1 {
			return s
		}
	}
	return scales[0]
}

// gap sets a space before units, but not before a percent sign, a rate's 'k/s' or a factor's 'x'.
func gap(suffix string) string {
	if suffix == "%" || suffix == "x" || strings.HasSuffix(suffix, "/s") {
		return ""
	}
	return " "
}

// rounded keeps three significant digits.
func rounded(v float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	if err != nil { // FormatFloat's own output always parses
		return v
	}
	return r
}

// digits writes three significant digits at most, without an exponent.
func digits(v float64) string { return grouped(rounded(v)) }

// grouped writes a number in full, with commas between thousands.
func grouped(v float64) string {
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(v, 'f', -1, 64), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction == "" {
		return whole
	}
	return whole + "." + fraction
}
