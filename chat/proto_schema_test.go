package chat

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bufbuild/protocompile"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// schema reads throng.v1.proto as a compiler does.
func schema(t testing.TB) protoreflect.FileDescriptor {
	t.Helper()
	c := protocompile.Compiler{Resolver: &protocompile.SourceResolver{}}
	files, err := c.Compile(t.Context(), "throng.v1.proto")
	if err != nil {
		t.Fatal(err)
	}
	return files[0]
}

func envelope(t testing.TB, file protoreflect.FileDescriptor, name protoreflect.Name) protoreflect.MessageDescriptor {
	t.Helper()
	m := file.Messages().ByName(name)
	if m == nil {
		t.Fatalf("throng.v1.proto has no %s", name)
	}
	return m
}

// library reads bytes as any protobuf library would by the schema.
func library(t testing.TB, schema protoreflect.MessageDescriptor, wire []byte) *dynamicpb.Message {
	t.Helper()
	m := dynamicpb.NewMessage(schema)
	if err := proto.Unmarshal(wire, m); err != nil {
		t.Fatalf("%x: %v", wire, err)
	}
	return m
}

// TestSchemaIsTrue holds what Proto writes against the schema: a library finds by
// it the same names and values that JSON writes, and writes the same bytes again.
func TestSchemaIsTrue(t *testing.T) {
	file := schema(t)
	for _, r := range requests() {
		same(t, library(t, envelope(t, file, "Request"), Proto{}.AppendRequest(nil, r)), Proto{}.AppendRequest(nil, r), JSON{}.AppendRequest(nil, r))
	}
	for _, e := range events() {
		same(t, library(t, envelope(t, file, "Event"), Proto{}.AppendEvent(nil, e)), Proto{}.AppendEvent(nil, e), JSON{}.AppendEvent(nil, e))
	}
}

func same(t *testing.T, m *dynamicpb.Message, wire, text []byte) {
	t.Helper()
	var op protoreflect.FieldDescriptor
	m.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool { op = f; return true })
	if op == nil || len(m.GetUnknown()) > 0 {
		t.Errorf("%s: the schema does not have the operation", text)
		return
	}
	got := object(t, m.Get(op).Message())
	got["op"] = string(op.Name())
	if want := parse(t, text); !reflect.DeepEqual(got, want) {
		t.Errorf("by the schema it is\n%v, want\n%v", got, want)
	}
	again, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil || !bytes.Equal(again, wire) {
		t.Errorf("%s: a library writes\n%x, %v, we\n%x", text, again, err, wire)
	}
}

// parse reads JSON; an empty body, which protobuf leaves out, is taken out.
func parse(t *testing.T, text []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if m["body"] == "" {
		delete(m, "body")
	}
	return m
}

// object gives a message's fields as JSON has them.
func object(t *testing.T, m protoreflect.Message) map[string]any {
	t.Helper()
	if len(m.GetUnknown()) > 0 {
		t.Errorf("%s: the schema does not have %x", m.Descriptor().Name(), m.GetUnknown())
	}
	o := make(map[string]any)
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		name := string(f.Name())
		if b, ok := v.Interface().([]byte); ok && name == "body" && !utf8.Valid(b) {
			name = "b64"
		}
		o[name] = member(t, f, v)
		return true
	})
	return o
}

func member(t *testing.T, f protoreflect.FieldDescriptor, v protoreflect.Value) any {
	t.Helper()
	switch {
	case f.IsList():
		var list []any
		for i := range v.List().Len() {
			list = append(list, object(t, v.List().Get(i).Message()))
		}
		return list
	case f.Kind() == protoreflect.MessageKind:
		return object(t, v.Message())
	case f.Kind() == protoreflect.EnumKind:
		name := string(f.Enum().Values().ByNumber(v.Enum()).Name())
		return strings.ToLower(strings.TrimPrefix(name, strings.ToUpper(string(f.Enum().Name()))+"_"))
	case f.Kind() == protoreflect.BytesKind:
		return readable(string(f.Name()), v.Bytes())
	case f.Kind() == protoreflect.StringKind, f.Kind() == protoreflect.BoolKind:
		return v.Interface()
	}
	return json.Number(v.String())
}

func readable(name string, b []byte) string {
	switch {
	case name == "stream":
		return uuid.Must(uuid.FromBytes(b)).String()
	case utf8.Valid(b):
		return string(b)
	}
	return base64.StdEncoding.EncodeToString(b)
}

// TestSchemaNamesAreOurs holds the schema's names and numbers against the code's,
// those that no sample has among them.
func TestSchemaNamesAreOurs(t *testing.T) {
	file := schema(t)
	for name, span := range map[protoreflect.Name][2]Op{"Request": {OpHello, OpHeartbeat}, "Event": {OpHeartbeat, OpError}} {
		fields := envelope(t, file, name).Fields()
		for op := span[0]; op <= span[1]; op++ {
			if f := fields.ByNumber(protoreflect.FieldNumber(op)); f == nil || string(f.Name()) != op.String() {
				t.Errorf("%s %d is not %s", name, op, op)
			}
		}
		if fields.Len() != int(span[1]-span[0])+1 {
			t.Errorf("%s has %d operations", name, fields.Len())
		}
	}
	for name, ours := range map[protoreflect.Name][]string{
		"Kind":   kindNames[1:],
		"Change": {"joined", "left"},
		"Op":     opNames[1 : OpHeartbeat+1],
	} {
		values := file.Enums().ByName(name).Values()
		if values.Len() != len(ours)+1 {
			t.Errorf("%s has %d values", name, values.Len())
		}
		for i, want := range ours {
			v := values.ByNumber(protoreflect.EnumNumber(i + 1))
			if want = strings.ToUpper(string(name) + "_" + want); v == nil || string(v.Name()) != want {
				t.Errorf("%s has no %s = %d", name, want, i+1)
			}
		}
	}
}
