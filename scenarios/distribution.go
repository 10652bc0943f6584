package scenarios

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Kinds of a distribution.
const (
	Constant  = "constant"
	Uniform   = "uniform"
	Zipf      = "zipf"
	LogNormal = "lognormal"
)

// Distribution gives whole numbers: sizes in bytes, numbers of members. In YAML it
// is 80, {constant: 80}, {uniform: [3, 12]}, {zipf: {min: 2, max: 500, exponent: 1.1}}
// or {lognormal: {median: 80, p99: 600}}, where max may cut off the upper end.
type Distribution struct {
	Kind        string
	Constant    int
	Min, Max    int // of uniform and zipf; Max of lognormal: where it is cut off, 0 is nowhere
	Exponent    float64
	Median, P99 float64
}

const (
	maxDrawn     = math.MaxInt32
	maxZipfRange = 1 << 24
)

// Bounds are the smallest and the largest number that it gives.
func (d Distribution) Bounds() (least, most int) {
	switch d.Kind {
	case Uniform, Zipf:
		return d.Min, d.Max
	case LogNormal:
		if d.Max > 0 {
			return 0, d.Max
		}
		return 0, maxDrawn
	}
	return d.Constant, d.Constant
}

// typical is a number that it gives often: where its middle, or its least, lies.
func (d Distribution) typical() float64 {
	switch d.Kind {
	case LogNormal:
		return d.Median
	case Uniform:
		return float64(d.Min+d.Max) / 2
	}
	least, _ := d.Bounds()
	return float64(least)
}

// distributionKeys lists the keys of each kind that has a mapping.
func distributionKeys(kind string) (needed, all []string) {
	switch kind {
	case Zipf:
		needed = []string{"min", "max", "exponent"}
		return needed, needed
	case LogNormal:
		return []string{"median", "p99"}, []string{"median", "p99", "max"}
	}
	return nil, nil
}

// read implements form.
func (d *Distribution) read(r *reader, n *node, path string, f field) {
	*d = Distribution{}
	if n.kind == scalar {
		d.Kind, d.Constant = Constant, int(r.whole(n, path, f.drawn()))
		return
	}
	kinds := []string{Constant, Uniform, Zipf, LogNormal}
	if !r.isMapping(n, path, "a number, or one of constant, uniform, zipf and lognormal") {
		return
	}
	r.known(n, path, kinds)
	if len(n.keys) != 1 {
		r.fault(n.place, path, "has %d keys: give exactly one of constant, uniform, zipf and lognormal", len(n.keys))
		return
	}
	d.Kind = n.keys[0].name
	value, path := n.keys[0].value, path+"."+d.Kind
	r.note(value, path)
	before := len(r.faults)
	switch d.Kind {
	case Constant:
		d.Constant = int(r.whole(value, path, f.drawn()))
	case Uniform:
		d.readUniform(r, value, path, f)
	case Zipf, LogNormal:
		d.readMapping(r, value, path, f)
	}
	if why := d.impossible(); why != "" && len(r.faults) == before {
		r.fault(value.place, path, "%s", why)
	}
}

// drawn is the field of one number of the distribution.
func (f field) drawn() field {
	return field{name: f.name, unit: f.unit, max: fmt.Sprint(maxDrawn)}
}

func (d *Distribution) readUniform(r *reader, n *node, path string, f field) {
	if n.kind != sequence || len(n.items) != 2 {
		r.fault(n.place, path, "must be its two ends, like [3, 12]")
		return
	}
	d.Min = int(r.whole(n.items[0], path+"[0]", f.drawn()))
	d.Max = int(r.whole(n.items[1], path+"[1]", f.drawn()))
}

func (d *Distribution) readMapping(r *reader, n *node, path string, f field) {
	needed, all := distributionKeys(d.Kind)
	if !r.isMapping(n, path, "a mapping with "+strings.Join(all, ", ")) {
		return
	}
	r.known(n, path, all)
	for _, key := range needed {
		if n.get(key) == nil {
			r.fault(n.place, path+"."+key, "is missing: %s needs %s", d.Kind, strings.Join(needed, ", "))
		}
	}
	for _, e := range n.keys {
		if !slices.Contains(all, e.name) {
			continue
		}
		at := path + "." + e.name
		switch e.name {
		case "min":
			d.Min = int(r.whole(e.value, at, f.drawn()))
		case "max":
			d.Max = int(r.whole(e.value, at, f.drawn()))
		case "exponent":
			d.Exponent = r.number(e.value, at, field{unit: "number", max: "100"})
		case "median":
			d.Median = r.number(e.value, at, f.drawn())
		case "p99":
			d.P99 = r.number(e.value, at, f.drawn())
		}
	}
}

// impossible tells why there is no such distribution, or "" if there is one.
func (d *Distribution) impossible() string {
	switch {
	case (d.Kind == Uniform || d.Kind == Zipf) && d.Max < d.Min:
		return fmt.Sprintf("ends at %d, before its start %d: write the smaller number first", d.Max, d.Min)
	case d.Kind == Zipf && d.Max-d.Min >= maxZipfRange:
		return fmt.Sprintf("spans %d numbers: at most %d", d.Max-d.Min+1, maxZipfRange)
	case d.Kind == LogNormal && !(d.Median > 0 && d.P99 >= d.Median):
		return fmt.Sprintf("has median %v and p99 %v: needs 0 < median <= p99", d.Median, d.P99)
	case d.Kind == LogNormal && d.Max > 0 && float64(d.Max) < d.Median:
		return fmt.Sprintf("is cut off at %d, below its median %v: raise max", d.Max, d.Median)
	}
	return ""
}

// write implements form.
func (d *Distribution) write(w *writer, f field) *node {
	value := &node{kind: mapping}
	switch d.Kind {
	case Uniform:
		value = &node{kind: sequence, items: []*node{number(float64(d.Min), field{}), number(float64(d.Max), field{})}}
	case Zipf:
		value.add("min", number(float64(d.Min), field{}))
		value.add("max", number(float64(d.Max), field{}))
		value.add("exponent", number(d.Exponent, field{}))
	case LogNormal:
		value.add("median", number(d.Median, field{}))
		value.add("p99", number(d.P99, field{}))
		if d.Max > 0 {
			value.add("max", number(float64(d.Max), field{}))
		}
	default:
		return number(float64(d.Constant), field{})
	}
	n := &node{kind: mapping}
	n.add(d.Kind, value)
	return n
}

func (d *Distribution) schema(s *schema, f field) object {
	one, plain := s.number(f.drawn()), s.number(field{unit: "number", max: "100"})
	return anyOf(
		one,
		closed(object{Constant: one}, Constant),
		closed(object{Uniform: object{"type": "array", "items": one, "minItems": 2, "maxItems": 2}}, Uniform),
		closed(object{Zipf: closed(object{"min": one, "max": one, "exponent": plain}, "min", "max", "exponent")}, Zipf),
		closed(object{LogNormal: closed(object{"median": one, "p99": one, "max": one}, "median", "p99")}, LogNormal),
	)
}
