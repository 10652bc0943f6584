package figure

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Parse reads a value of the unit as people write it: '50ms', '4 KiB', '2k/s',
// '0.1%', '10k'. A time needs its unit unless it is 0; elsewhere a bare number
// counts the unit itself. KB is 1,000 bytes, KiB 1,024.
func Parse(unit Unit, text string) (float64, error) {
	number, suffix := split(strings.TrimSpace(text))
	if number == "" {
		return 0, fmt.Errorf("%q is not a number%s", text, example(unit))
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number%s", text, example(unit))
	}
	if suffix == "" && isTime(unit) {
		if value == 0 {
			return 0, nil
		}
		return 0, fmt.Errorf("%q lacks a unit%s", text, example(unit))
	}
	for _, s := range unit.spellings() {
		if s.suffix != suffix {
			continue
		}
		if math.IsInf(value*s.size, 0) {
			return 0, fmt.Errorf("%q is too large", text)
		}
		return value * s.size, nil
	}
	return 0, fmt.Errorf("%q has an unknown unit %q%s", text, suffix, example(unit))
}

// split parts a number from what follows it. The number has no exponent, no sign
// but a minus, and no comma: '1,5' is three halves to some and fifteen to none.
func split(text string) (number, suffix string) {
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || text[end] == '.' || end == 0 && text[end] == '-') {
		end++
	}
	return text[:end], strings.TrimSpace(text[end:])
}

func isTime(unit Unit) bool { return unit == Nanoseconds || unit == Seconds }

// example ends a message with what to type instead.
func example(unit Unit) string {
	const such = ": write it as "
	switch unit {
	case Nanoseconds:
		return such + "50ms, 1.5s or 800us"
	case Seconds:
		return such + "30s or 500ms"
	case Bytes:
		return such + "4KiB, 512B or 10MB"
	case PerSecond:
		return such + "500/s or 2k/s"
	case Ratio:
		return such + "0.1% or 0.001"
	case Count:
		return such + "0, 1500 or 10k"
	case Factor:
		return such + "2.5x"
	}
	return such + "2.5"
}
