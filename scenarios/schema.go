package scenarios

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"

	"github.com/seed886cd727/throng/results/figure"
)

// object is a piece of JSON.
type object = map[string]any

// Schema is the language as a JSON Schema (draft 2020-12), made from the Go types:
// editors complete and check by it. It knows keys, types, units and choices; what
// only Parse knows are sums, order and what hangs together.
func Schema() ([]byte, error) {
	s := schema{}
	root := s.structure(&Scenario{})
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "throng scenario"
	return json.MarshalIndent(root, "", "  ")
}

// schema turns Go types into JSON Schema.
type schema struct{}

// structure is the schema of the struct that v points to.
func (s *schema) structure(v any) object {
	of := reflect.ValueOf(v).Elem()
	properties, needed := object{}, []string{}
	for _, f := range fields(of.Type()) {
		one := s.value(of.Field(f.index), f)
		one["description"] = f.doc
		if f.falls && f.fallback != "" {
			n, _ := tree("", []byte(f.fallback))
			one["default"] = n.json()
		}
		if f.needed {
			needed = append(needed, f.name)
		}
		properties[f.name] = one
	}
	return closed(properties, needed...)
}

// closed is a mapping with these keys and no others.
func closed(properties object, needed ...string) object {
	o := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(needed) > 0 {
		o["required"] = needed
	}
	return o
}

func (s *schema) value(v reflect.Value, f field) object {
	if v.Kind() == reflect.Pointer {
		return s.value(reflect.New(v.Type().Elem()).Elem(), f)
	}
	switch of := v.Addr().Interface().(type) {
	case form:
		return of.schema(s, f)
	case *Duration:
		return anyOf(object{"const": 0}, object{"type": "string", "pattern": `^([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)([0-9.]+(ns|us|µs|ms|s|m|h))*$`})
	case *figure.Expression:
		return s.expression()
	}
	switch v.Kind() {
	case reflect.Struct:
		return s.structure(v.Addr().Interface())
	case reflect.Slice:
		return object{"type": "array", "items": s.value(reflect.New(v.Type().Elem()).Elem(), f)}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": object{"type": "string"}}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Uint64:
		return object{"type": "integer", "minimum": 0, "maximum": json.Number(strconv.FormatUint(math.MaxUint64, 10))}
	case reflect.String:
		return s.word(f)
	}
	return s.number(f)
}

func (s *schema) word(f field) object {
	if f.oneof == nil {
		return object{"type": "string"}
	}
	return object{"enum": f.oneof}
}

func (s *schema) expression() object {
	return object{"type": "string", "pattern": `^\s*[a-z0-9_.]+\s*(<|<=|>|>=|==|!=)\s*[^\s<>=!].*$`}
}

// number is a bare number within its bounds, or one with a unit.
func (s *schema) number(f field) object {
	units := map[string]string{
		"rate": "(k|M|G)?(/s)?", "ratio": "%", "factor": "x", "bytes": "(B|[kKMGT]i?B)?",
	}
	unit, is := units[f.unit]
	if !is {
		unit = "(k|M|G)?"
	}
	return anyOf(
		object{"type": "number", "minimum": bound(f.min, 0), "maximum": bound(f.max, maxWhole)},
		object{"type": "string", "pattern": fmt.Sprintf(`^([0-9]+(\.[0-9]*)?|\.[0-9]+) *%s$`, unit)},
	)
}

func anyOf(choices ...any) object { return object{"anyOf": choices} }

// json is the node as JSON has it.
func (n *node) json() any {
	switch n.kind {
	case scalar:
		if v, err := strconv.ParseFloat(n.text, 64); err == nil && !n.quoted {
			return v
		}
		return n.text
	case sequence:
		list := []any{}
		for _, item := range n.items {
			list = append(list, item.json())
		}
		return list
	case mapping:
		o := object{}
		for _, e := range n.keys {
			o[e.name] = e.value.json()
		}
		return o
	}
	return nil
}
