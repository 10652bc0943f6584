package chat

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestJSONRefuses(t *testing.T) {
	long := strings.Repeat("x", MaxID+1)
	for _, bad := range []string{
		``, `null`, `[]`, `{`, `{}`, `{"op":"hello"}`, `{"op":"nope"}`, `{"op":1}`,
		`{"op":"hello","device":"` + long + `"}`,
		`{"op":"hello","device":"d","stream":"x"}`,
		`{"op":"hello","device":"d","stream":"{01935a1b-2c3d-7001-8002-030405060708}"}`,
		`{"op":"hello","device":"d"} x`, `{"op":"hello","device":"d"}{}`,
		`{"op":"send","conv":"c","body":"x"}`, `{"op":"send","conv":"c","n":0,"body":"x"}`,
		`{"op":"send","conv":"c","n":-1,"body":"x"}`, `{"op":"send","conv":"c","n":1.5,"body":"x"}`,
		`{"op":"send","conv":"c","n":9007199254740992,"body":"x"}`,
		`{"op":"send","conv":"c","n":1}`, `{"op":"send","conv":"c","n":1,"body":"x","b64":"eA=="}`,
		`{"op":"send","conv":"c","n":1,"b64":"!"}`, `{"op":"send","conv":"","n":1,"body":"x"}`,
		`{"op":"read","conv":"c","epoch":4294967296,"seq":1}`, `{"op":"read","conv":"c","seq":1}`,
		`{"op":"sync","conv":"c","id":1}`, `{"op":"join","conv":"c"}`,
	} {
		got, err := JSON{}.NewDecoder().Request([]byte(bad))
		if syntax, ok := errors.AsType[*SyntaxError](err); !ok {
			t.Errorf("%s: got %+v, %v, want a syntax error", bad, got, syntax)
		}
	}
}

func TestJSONSkipsWhatItDoesNotKnow(t *testing.T) {
	got, err := JSON{}.NewDecoder().Request([]byte(`{"later":{"a":[1,{}]},"n":1,"op":"send","x":null,"conv":"c","body":"b"}`))
	if want := (&Send{Conversation: "c", N: 1, Body: []byte("b")}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}
