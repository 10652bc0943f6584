package scenarios

import "reflect"

// fill gives the struct that to points to its defaults, in all structs within it.
// Other values have none.
func (r *reader) fill(to any) {
	v := reflect.ValueOf(to).Elem()
	if v.Kind() != reflect.Struct {
		return
	}
	for _, f := range fields(v.Type()) {
		switch {
		case f.embedded:
		case f.falls:
			r.fallback(f, v.Field(f.index))
		case f.name != "" && v.Field(f.index).Kind() == reflect.Struct:
			r.fill(v.Field(f.index).Addr().Interface())
		}
	}
}

// fallback reads a default from the tag of its field.
func (r *reader) fallback(f field, v reflect.Value) {
	n, faults := tree("default of "+f.name, []byte(f.fallback))
	if n.kind == null { // an empty text
		return
	}
	of := reader{faults: faults, places: map[string]place{}}
	of.value(n, f.name, f, v)
	if len(of.faults) > 0 {
		panic("scenarios: " + of.faults.Error())
	}
}

// embed gives the settings of the embedded server their defaults.
func (r *reader) embed(t *Target) {
	v := reflect.ValueOf(t).Elem()
	for _, f := range fields(v.Type()) {
		if _, given := r.places["target."+f.name]; f.embedded && !given {
			r.fallback(f, v.Field(f.index))
		}
	}
	if _, given := r.places["target.durability"]; !given && t.Store == "memory" {
		t.Durability = "none"
	}
}
