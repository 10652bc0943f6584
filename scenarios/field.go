package scenarios

import (
	"reflect"
	"strconv"
	"strings"
)

// field is what the tags of a struct field say about a key of the language.
type field struct {
	name     string // the key
	doc      string // one line for people
	unit     string // of a number: count, number, rate, ratio, bytes, factor; "" is a bare integer
	min, max string // bounds of a number or a duration; min "" is 0
	oneof    []string
	later    []string // values that a later version will take
	fallback string   // YAML of the default, if any
	falls    bool     // whether there is a default
	needed   bool     // whether it must be there
	embedded bool     // whether it is a setting of the embedded server, its default as well
	index    int      // of the Go field
}

// fields are the keys of a struct, in the order of the Go type.
func fields(t reflect.Type) []field {
	var all []field
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		f := field{
			name: tag.Get("yaml"), doc: tag.Get("doc"), unit: tag.Get("unit"),
			min: tag.Get("min"), max: tag.Get("max"),
			oneof: words(tag.Get("oneof")), later: words(tag.Get("later")), index: i,
		}
		f.needed = tag.Get("needed") == "true"
		f.fallback, f.falls = tag.Lookup("default")
		if d, is := tag.Lookup("embedded"); is {
			f.fallback, f.falls, f.embedded = d, true, true
		}
		all = append(all, f)
	}
	return all
}

func words(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// names are the keys of fields.
func names(all []field) []string {
	list := make([]string, len(all))
	for i, f := range all {
		list[i] = f.name
	}
	return list
}

// bound reads a bound of a number from a tag; without one it is otherwise.
func bound(tag string, otherwise float64) float64 {
	if v, err := strconv.ParseFloat(tag, 64); err == nil {
		return v
	}
	return otherwise
}
