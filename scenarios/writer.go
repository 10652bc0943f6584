package scenarios

import (
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/seed886cd727/throng/results/figure"
)

// YAML writes the scenario with every default filled in: Parse makes the same
// scenario of it. Of a phase's traffic it writes what differs from the scenario's.
func (s *Scenario) YAML() ([]byte, error) {
	w := writer{traffic: &s.Traffic, embedded: s.Target.Embedded()}
	n := w.structure(s)
	if s.Traffic.Replay != nil || s.Population.Users == 0 {
		n.get("population").remove("users")
	}
	return n.emit(), nil
}

// writer turns Go values into nodes.
type writer struct {
	traffic  *Traffic
	embedded bool
}

// structure writes the struct that v points to as a mapping. Zero values without a
// default are left out.
func (w *writer) structure(from any) *node {
	v := reflect.ValueOf(from).Elem()
	n := &node{kind: mapping}
	for _, f := range fields(v.Type()) {
		one := v.Field(f.index)
		if f.embedded && !w.embedded || one.IsZero() && !f.falls {
			continue
		}
		if value := w.value(one, f); value != nil {
			n.add(f.name, value)
		}
	}
	return n
}

func (w *writer) value(v reflect.Value, f field) *node {
	switch from := v.Addr().Interface().(type) {
	case form:
		return from.write(w, f)
	case *Duration:
		return &node{kind: scalar, text: from.String()}
	case *figure.Expression:
		return text(from.String())
	case **Traffic:
		return w.overlay(*from)
	}
	return w.plain(v, f)
}

func (w *writer) plain(v reflect.Value, f field) *node {
	switch v.Kind() {
	case reflect.Pointer:
		return w.value(v.Elem(), f)
	case reflect.Struct:
		return w.structure(v.Addr().Interface())
	case reflect.Slice:
		n := &node{kind: sequence}
		for i := range v.Len() {
			n.items = append(n.items, w.value(v.Index(i), f))
		}
		return n
	case reflect.Map:
		return w.texts(v)
	case reflect.String:
		return text(v.String())
	case reflect.Bool:
		return &node{kind: scalar, text: "true"} // false is zero, and left out
	case reflect.Float64:
		return number(v.Float(), f)
	case reflect.Uint64:
		return &node{kind: scalar, text: strconv.FormatUint(v.Uint(), 10)}
	}
	return number(float64(v.Int()), f)
}

func (w *writer) texts(v reflect.Value) *node {
	texts := v.Interface().(map[string]string)
	n := &node{kind: mapping}
	for _, k := range slices.Sorted(maps.Keys(texts)) {
		n.add(k, text(texts[k]))
	}
	return n
}

// overlay is what a phase's traffic says beyond the scenario's; nil for nothing.
func (w *writer) overlay(t *Traffic) *node {
	own, base := t.write(w, field{}), w.traffic.write(w, field{})
	n := &node{kind: mapping}
	for _, part := range own.keys {
		under := base.get(part.name)
		switch {
		case under == nil:
			n.add(part.name, part.value)
		case !part.value.equal(under):
			n.add(part.name, part.value.beyond(under))
		}
	}
	if len(n.keys) == 0 {
		return nil
	}
	return n
}

// beyond is a mapping without the keys that another has the same.
func (n *node) beyond(under *node) *node {
	rest := &node{kind: mapping}
	for _, e := range n.keys {
		if same := under.get(e.name); same == nil || !e.value.equal(same) {
			rest.add(e.name, e.value)
		}
	}
	return rest
}
