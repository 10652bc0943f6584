package scenarios

import (
	"math"
	"strconv"
	"strings"

	"github.com/seed886cd727/throng/results/figure"
)

// maxWhole is the largest number up to which float64 has every whole one.
const maxWhole = 1 << 53

// number reads a number of the field's unit, within its bounds.
func (r *reader) number(n *node, path string, f field) float64 {
	unit := f.figure()
	if !r.isScalar(n, path, "a single value") {
		return 0
	}
	number, percent := n.text, false
	if unit == figure.Ratio {
		number, percent = strings.CutSuffix(n.text, "%")
	}
	v, err := figure.Parse(unit, number)
	if err != nil {
		r.fault(n.place, path, "%v", err)
		return 0
	}
	if percent {
		v /= 100 // rounded once, so that 70% is 0.7
	}
	least, most := bound(f.min, 0), bound(f.max, maxWhole)
	if v < least || v > most {
		r.fault(n.place, path, "%s is out of range: must be %s to %s", n.text, f.show(least), f.show(most))
		return 0
	}
	return v + 0 // -0 is 0
}

// whole reads a whole number.
func (r *reader) whole(n *node, path string, f field) int64 {
	v := r.number(n, path, f)
	if v != math.Trunc(v) {
		r.fault(n.place, path, "%s is no whole number: write it as %s", n.text, f.show(math.Round(v)))
		return 0
	}
	return int64(v)
}

// seed reads an integer that may be larger than a float64 has whole numbers.
func (r *reader) seed(n *node, path string) uint64 {
	v, err := strconv.ParseUint(n.text, 10, 64)
	if n.kind != scalar || err != nil {
		r.fault(n.place, path, "must be a whole number from 0 to %d", uint64(math.MaxUint64))
	}
	return v
}

// duration reads a time within the field's bounds.
func (r *reader) duration(n *node, path string, f field) Duration {
	if !r.isScalar(n, path, "a time like 30s") {
		return 0
	}
	d, err := parseDuration(n.text)
	if err != nil {
		r.fault(n.place, path, "%v", err)
		return 0
	}
	least, _ := parseDuration(f.min) // no bound is 0
	most, err := parseDuration(f.max)
	if err != nil {
		most = math.MaxInt64
	}
	if d < least || d > most {
		r.fault(n.place, path, "%s is out of range: must be %v to %v", n.text, least, most)
		return 0
	}
	return d
}

// figure is the unit by whose rules the field's number is read.
func (f field) figure() figure.Unit {
	switch f.unit {
	case "rate":
		return figure.PerSecond
	case "ratio":
		return figure.Ratio
	case "bytes":
		return figure.Bytes
	case "factor":
		return figure.Factor
	}
	return figure.Count
}

// show writes a number of the field for people, so that it can be typed again.
func (f field) show(v float64) string {
	switch f.unit {
	case "ratio":
		return plain(v*100) + "%"
	case "rate":
		return plain(v) + "/s"
	}
	return plain(v)
}

func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// number is a scalar that was not read from anywhere, in the field's unit.
func number(v float64, f field) *node {
	n := &node{kind: scalar, text: plain(v)}
	switch f.unit {
	case "rate":
		n.text += "/s"
	case "ratio":
		if percent := math.Round(v*1e6) / 1e4; percent/100 == v {
			n.text = plain(percent) + "%"
		}
	}
	return n
}
