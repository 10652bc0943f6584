package netio

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"strings"
	"testing"
)

// shrunk compresses by the standard library, as RFC 7692, section 7.2.1 says.
func shrunk(payload string) string {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, 6)
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(w, payload)
	_ = w.Flush()
	return strings.TrimSuffix(b.String(), syncTail)
}

// shrunkAfter refers to what came before.
func shrunkAfter(before, payload string) string {
	var b bytes.Buffer
	w, err := flate.NewWriterDict(&b, 6, []byte(before))
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(w, payload)
	_ = w.Flush()
	return strings.TrimSuffix(b.String(), syncTail)
}

// grown decompresses by the standard library.
func grown(payload []byte) (string, error) {
	source := bytes.NewReader(append(append([]byte(nil), payload...), endTail...))
	var all []byte
	for source.Len() > 0 {
		b, err := io.ReadAll(flate.NewReaderDict(source, all))
		if err != nil {
			return "", err
		}
		all = append(all, b...)
	}
	return string(all), nil
}

// chatter is text of so many bytes as people might write it.
func chatter(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, `{"n":%d,"body":"good morning, number %d"}`, i, i*i%1000)
	}
	return b.String()[:n]
}

// TestInflate has the examples of RFC 7692, section 7.2.3, and what must not be.
func TestInflate(t *testing.T) {
	zeros := shrunk(strings.Repeat("\x00", 64<<20))
	for _, tt := range []struct {
		name, payload, want string
		code                CloseCode
	}{
		{"one block", "\xf2\x48\xcd\xc9\xc9\x07\x00", "Hello", 0},
		{"no compression", "\x00\x05\x00\xfa\xffHello\x00", "Hello", 0},
		{"a last block", "\xf3\x48\xcd\xc9\xc9\x07\x00\x00", "Hello", 0},
		{"two blocks", "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", "Hello", 0},
		{"blocks behind a last block", "\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x48\xcd\xc9\xc9\x07\x00", "HelloHello", 0},
		{"a reference over a last block", "\xf3\x48\xcd\xc9\xc9\x07\x00" + shrunkAfter("Hello", "HelloHello"), "HelloHelloHello", 0},
		{"empty", "\x00", "", 0},
		{"at the bound", shrunk(strings.Repeat("b", 1000)), strings.Repeat("b", 1000), 0},
		{"beyond the bound", shrunk(strings.Repeat("b", 1001)), "", CloseTooBig},
		{"a bomb", zeros, "", CloseTooBig},
		{"nothing at all", "", "", CloseInvalidData},
		{"reserved block", "\xff\xff\xff", "", CloseInvalidData},
		{"cut", shrunk(chatter(800))[:100], "", CloseInvalidData},
		{"before the beginning", "\x03\x3e\x00\x00", "", CloseInvalidData},
		{"ends for ever", strings.Repeat("\x03\x00", 1000) + "\x00", "", CloseProtocolError},
	} {
		i := inflaters.New().(*inflater)
		got, err := i.inflate([]byte(tt.payload), 1000)
		code := CloseCode(0)
		if err != nil {
			code = err.Code
		}
		if string(got) != tt.want || code != tt.code {
			t.Errorf("%s: got %.40q, code %d (%v)", tt.name, got, code, err)
		}
		if cap(i.output) > 2*1001+1024 {
			t.Errorf("%s: took %d bytes for a bound of 1000", tt.name, cap(i.output))
		}
	}
}

// FuzzInflate compares with the standard library.
func FuzzInflate(f *testing.F) {
	f.Add([]byte(shrunk(chatter(3000))))
	f.Add([]byte("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"))
	f.Add([]byte("\x00\x05\x00\xfa\xffHello\x00"))
	i := inflaters.New().(*inflater)
	const bound = 1 << 16
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := i.inflate(b, bound)
		if len(got) > bound {
			t.Fatalf("%d bytes", len(got))
		}
		if err != nil && err.Code != CloseInvalidData {
			return
		}
		if want, fault := grown(b); (err == nil) != (fault == nil) || string(got) != want {
			t.Fatalf("got %.80q (%v), want %.80q (%v)", got, err, want, fault)
		}
	})
}

// FuzzDeflate reads what is compressed by the standard library, at each level.
func FuzzDeflate(f *testing.F) {
	f.Add([]byte(chatter(1000)), uint8(0))
	f.Add([]byte(chatter(70000)), uint8(5))
	f.Add(make([]byte, 40000), uint8(8))
	var rs [9]*Reactor
	for i := range rs {
		rs[i] = &Reactor{config: Config{Compression: Compression{Level: i + 1}}}
	}
	f.Fuzz(func(t *testing.T, b []byte, level uint8) {
		original := BinaryFrame(b)
		d := original.deflate(rs[level%9])
		if d == original {
			return
		}
		if got, err := grown(d.Payload()); err != nil || got != string(b) {
			t.Fatalf("level %d: %d bytes became %d (%v)", level%9+1, len(b), len(got), err)
		}
	})
}
