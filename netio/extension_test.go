package netio

import (
	"reflect"
	"strings"
	"testing"
)

// TestOffers is the server's half of RFC 7692, section 7.1.
func TestOffers(t *testing.T) {
	on := Compression{Enabled: true}
	const malformed = "malformed"
	for _, tt := range []struct {
		offers, answer string
		window         uint8
	}{
		{"", "", 0},
		{"permessage-deflate", offer, 15},
		{"permessage-deflate; client_max_window_bits", offer, 15}, // as browsers ask
		{"permessage-deflate;client_max_window_bits=10", offer, 15},
		{"permessage-deflate ; server_no_context_takeover ; client_no_context_takeover", offer, 15},
		{"Permessage-Deflate; Server_No_Context_Takeover", offer, 15},
		{"permessage-deflate; server_max_window_bits=15", offer + "; server_max_window_bits=15", 15},
		{"permessage-deflate; server_max_window_bits=8; client_max_window_bits", offer + "; server_max_window_bits=8", 8},
		{`permessage-deflate; server_max_window_bits="1\0"`, offer + "; server_max_window_bits=10", 10},
		{",, permessage-deflate,\t,", offer, 15},
		{"x-webkit-deflate-frame, bbf-usp; a=1; a=1, permessage-deflate", offer, 15},
		{"x-webkit-deflate-frame", "", 0},
		// Offers that are declined.
		{"permessage-deflate; server_max_window_bits", "", 0},
		{"permessage-deflate; server_max_window_bits=7", "", 0},
		{"permessage-deflate; server_max_window_bits=16", "", 0},
		{"permessage-deflate; server_max_window_bits=08", "", 0},
		{"permessage-deflate; server_max_window_bits=+9", "", 0},
		{"permessage-deflate; server_max_window_bits=256", "", 0},
		{"permessage-deflate; client_max_window_bits=7", "", 0},
		{"permessage-deflate; client_max_window_bits=16", "", 0},
		{"permessage-deflate; client_max_window_bits=x", "", 0},
		{"permessage-deflate; server_no_context_takeover=1", "", 0},
		{"permessage-deflate; client_no_context_takeover=true", "", 0},
		{"permessage-deflate; server_no_context_takeover; server_no_context_takeover", "", 0},
		{"permessage-deflate; client_max_window_bits=9; client_max_window_bits=9", "", 0},
		{"permessage-deflate; mux", "", 0},
		// The next one is looked at.
		{"permessage-deflate; mux, permessage-deflate; server_max_window_bits=9, permessage-deflate", offer + "; server_max_window_bits=9", 9},
		{"permessage-deflate; server_max_window_bits=99, permessage-deflate", offer, 15},
		// What is no list of extensions.
		{"permessage-deflate;", malformed, 0},
		{"permessage-deflate; ;", malformed, 0},
		{"permessage-deflate; =1", malformed, 0},
		{"permessage-deflate; a=", malformed, 0},
		{`permessage-deflate; a=""`, malformed, 0},
		{`permessage-deflate; a=" 9"`, malformed, 0},
		{`permessage-deflate; a="b`, malformed, 0},
		{`permessage-deflate; a="b\`, malformed, 0},
		{`permessage-deflate; a="b"c`, malformed, 0},
		{"permessage-deflate client_max_window_bits", malformed, 0},
		{"permessage-deflate, (", malformed, 0},
		{"; a", malformed, 0},
	} {
		answer, window, err := on.accept(tt.offers)
		if err != nil {
			answer = malformed
		}
		if answer != tt.answer || window != tt.window {
			t.Errorf("%q: answer %q, window %d (%v)", tt.offers, answer, window, err)
		}
		if answer, window, err := (Compression{}).accept(tt.offers); answer != "" || window != 0 || err != nil {
			t.Errorf("%q: answered although compression is off", tt.offers)
		}
	}
}

// TestAnswers is the client's half.
func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		answer  string
		offered bool
		window  uint8
		good    bool
	}{
		{"", false, 0, true},
		{"", true, 0, true}, // declined
		{offer, true, 15, true},
		{"permessage-deflate; server_no_context_takeover", true, 15, true},
		{"permessage-deflate; server_no_context_takeover; server_max_window_bits=9", true, 15, true},
		{offer, false, 0, false},
		{"permessage-deflate", true, 0, false}, // it would take its context over
		{"permessage-deflate; client_no_context_takeover", true, 0, false},
		{offer + "; client_max_window_bits=10", true, 0, false}, // was not allowed to
		{offer + "; server_max_window_bits", true, 0, false},
		{offer + "; server_max_window_bits=16", true, 0, false},
		{offer + "; server_no_context_takeover", true, 0, false},
		{offer + "; mux", true, 0, false},
		{offer + ", " + offer, true, 0, false},
		{"mux", true, 0, false},
		{offer + ", mux", true, 0, false},
		{offer + ";", true, 0, false},
	} {
		window, err := agreed(tt.answer, tt.offered)
		if window != tt.window || (err == nil) != tt.good {
			t.Errorf("%q (offered: %v): window %d, error %v", tt.answer, tt.offered, window, err)
		}
	}
}

// write is the canonical text of extensions.
func write(all []extension) string {
	var b strings.Builder
	for _, e := range all {
		b.WriteString(", " + e.name)
		for _, p := range e.params {
			b.WriteString("; " + p.name)
			if p.valued {
				b.WriteString("=" + p.value)
			}
		}
	}
	return b.String()
}

// FuzzExtensions reads what it wrote of what it read, and agrees with itself.
func FuzzExtensions(f *testing.F) {
	f.Add("permessage-deflate; server_max_window_bits=\"1\\0\", permessage-deflate; client_max_window_bits")
	f.Add(",a;b=c;d ,\te")
	f.Add(`a;b="`)
	f.Fuzz(func(t *testing.T, text string) {
		all, err := parseExtensions(text)
		if err != nil {
			return
		}
		again, err := parseExtensions(write(all))
		if err != nil || !reflect.DeepEqual(all, again) {
			t.Fatalf("%q: read %v, then %v (%v)", text, all, again, err)
		}
		answer, window, err := (Compression{Enabled: true}).accept(text)
		if err != nil || (answer == "") != (window == 0) {
			t.Fatalf("%q: answer %q, window %d, error %v", text, answer, window, err)
		}
		if got, err := agreed(answer, true); err != nil || (got > 0) != (window > 0) {
			t.Fatalf("%q: the answer %q is not taken: %v", text, answer, err)
		}
	})
}
