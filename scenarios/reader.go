package scenarios

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/seed886cd727/throng/results/figure"
)

// form is a type that is written in a way of its own.
type form interface {
	read(r *reader, n *node, path string, f field)
	write(w *writer, f field) *node // nil: leave it out
	schema(s *schema, f field) object
}

// reader turns nodes into Go values and gathers what is wrong with them. What a
// node does not say is left as it is, so that defaults are filled in before.
type reader struct {
	faults  Faults
	places  map[string]place // of everything that was read, by path
	traffic *Traffic         // what phases lay theirs over
}

func (r *reader) fault(p place, path, format string, args ...any) {
	r.faults = append(r.faults, p.fault(path, fmt.Sprintf(format, args...)))
}

// note keeps the place of a path for the checks.
func (r *reader) note(n *node, path string) { r.places[path] = n.place }

// value reads a node into a settable value.
func (r *reader) value(n *node, path string, f field, v reflect.Value) {
	r.note(n, path)
	if n.kind == null {
		r.fault(n.place, path, "has no value: give one, or leave the key out")
		return
	}
	switch to := v.Addr().Interface().(type) {
	case form:
		to.read(r, n, path, f)
		return
	case *Duration:
		*to = r.duration(n, path, f)
		return
	case *figure.Expression:
		if r.isScalar(n, path, "an expression like delivery.p99 < 50ms") {
			*to = r.expression(n, path)
		}
		return
	case **Traffic:
		*to = r.traffic.clone()
		(*to).read(r, n, path, f)
		return
	}
	r.plain(n, path, f, v)
}

// plain reads a node into a value of a type that YAML knows too.
func (r *reader) plain(n *node, path string, f field, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
			r.fill(v.Interface())
		}
		r.value(n, path, f, v.Elem())
	case reflect.Struct:
		r.structure(n, path, f, v.Addr().Interface())
	case reflect.Slice:
		r.list(n, path, f, v.Addr().Interface())
	case reflect.Map:
		r.texts(n, path, v)
	case reflect.String:
		v.SetString(r.word(n, path, f))
	case reflect.Bool:
		v.SetBool(r.truth(n, path))
	case reflect.Int:
		v.SetInt(r.whole(n, path, f))
	case reflect.Uint64:
		v.SetUint(r.seed(n, path))
	case reflect.Float64:
		v.SetFloat(r.number(n, path, f))
	default:
		panic("scenarios: " + path + ": no reader for " + v.Type().String())
	}
}

// structure reads a mapping into the struct that to points to.
func (r *reader) structure(n *node, path string, _ field, to any) {
	v := reflect.ValueOf(to).Elem()
	all := fields(v.Type())
	if !r.isMapping(n, path, "a mapping with "+strings.Join(names(all), ", ")) {
		return
	}
	r.known(n, path, names(all))
	for _, f := range all {
		if value := n.get(f.name); value != nil {
			r.value(value, join(path, f.name), f, v.Field(f.index))
		}
	}
}

// list reads a sequence into the slice that to points to.
func (r *reader) list(n *node, path string, f field, to any) {
	v := reflect.ValueOf(to).Elem()
	if n.kind != sequence {
		r.fault(n.place, path, "is %v: must be a list, like [...]", n.kind)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		one := v.Index(i)
		r.fill(one.Addr().Interface())
		r.value(item, fmt.Sprintf("%s[%d]", path, i), f, one)
	}
}

// texts reads a mapping of texts.
func (r *reader) texts(n *node, path string, v reflect.Value) {
	if !r.isMapping(n, path, "a mapping of names to texts") {
		return
	}
	texts := make(map[string]string, len(n.keys))
	for _, e := range n.keys {
		at := join(path, e.name)
		r.note(e.value, at)
		if r.isScalar(e.value, at, "a text") {
			texts[e.name] = e.value.text
		}
	}
	v.Set(reflect.ValueOf(texts))
}

func (r *reader) isMapping(n *node, path, want string) bool { return r.is(mapping, n, path, want) }

func (r *reader) isScalar(n *node, path, want string) bool { return r.is(scalar, n, path, want) }

func (r *reader) is(k kind, n *node, path, want string) bool {
	if n.kind != k {
		r.fault(n.place, path, "is %v: must be %s", n.kind, want)
	}
	return n.kind == k
}

// known tells of each key that is not in the language.
func (r *reader) known(n *node, path string, names []string) {
	for _, e := range n.keys {
		if slices.Contains(names, e.name) {
			continue
		}
		at := join(path, e.name)
		if why := later(at); why != "" {
			r.fault(e.place, at, "%s", why)
			continue
		}
		r.fault(e.place, at, "unknown key: %s", suggestion(e.name, names))
	}
}
