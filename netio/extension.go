package netio

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// extension is an element of Sec-WebSocket-Extensions (RFC 6455, section 9.1).
type extension struct {
	name   string
	params []param
}

type param struct {
	name, value string
	valued      bool
}

const (
	perMessageDeflate = "permessage-deflate"
	serverNoContext   = "server_no_context_takeover"
	clientNoContext   = "client_no_context_takeover"
	serverWindow      = "server_max_window_bits"
	clientWindow      = "client_max_window_bits"

	// offer is what a dial asks for. It names no window: whatever the server
	// compresses with can be read, and what we compress needs the full one.
	offer = perMessageDeflate + "; " + serverNoContext + "; " + clientNoContext
)

var errExtensions = errors.New("malformed Sec-WebSocket-Extensions")

// accept takes the first of a client's offers that can be met, and gives the
// answer and the window that messages to the client may be compressed with, in
// bits. Without such an offer, or where compression is off, both are zero. A field that is no list of extensions
// is an error (RFC 6455, section 9.1); an offer with parameters that are unknown,
// doubled or have a wrong value is passed over (RFC 7692, section 7).
func (c Compression) accept(offers string) (answer string, window uint8, err error) {
	if !c.Enabled {
		return "", 0, nil
	}
	all, err := parseExtensions(offers)
	if err != nil {
		return "", 0, err
	}
	for _, e := range all {
		d, err := e.deflate(false)
		if err != nil {
			continue
		}
		answer = offer // it says what we do, in the same words
		if d.serverWindow > 0 {
			answer += fmt.Sprintf("; %s=%d", serverWindow, d.serverWindow)
			return answer, d.serverWindow, nil
		}
		return answer, fullWindow, nil
	}
	return "", 0, nil
}

// agreed judges a server's answer to our offer, if we made one, and gives the
// window that messages to the server may be compressed with; 0 if it declined.
func agreed(answer string, offered bool) (window uint8, err error) {
	all, err := parseExtensions(answer)
	switch {
	case err != nil:
		return 0, err
	case len(all) == 0:
		return 0, nil
	case !offered || len(all) > 1:
		return 0, fmt.Errorf("the answer has extensions that were not offered: %s", answer)
	}
	d, err := all[0].deflate(true)
	switch {
	case err != nil:
		return 0, fmt.Errorf("the answer has extensions that were not offered: %w", err)
	case !d.serverNoContext:
		return 0, fmt.Errorf("the answer lacks %s, which was offered: %s", serverNoContext, answer)
	}
	return fullWindow, nil
}

// deflateParams are the parameters of permessage-deflate that matter here.
type deflateParams struct {
	serverNoContext bool
	serverWindow    uint8 // 0: not given
}

// deflate reads the parameters of an offer or an answer (RFC 7692, section 7.1). An
// answer may not limit the client's window, because our offer does not allow it.
func (e extension) deflate(answer bool) (d deflateParams, err error) {
	if !strings.EqualFold(e.name, perMessageDeflate) {
		return d, fmt.Errorf("%s is unknown", e.name)
	}
	seen := make(map[string]bool)
	for _, p := range e.params {
		name := strings.ToLower(p.name)
		if seen[name] {
			return d, fmt.Errorf("%s is there twice", name)
		}
		seen[name] = true
		bits, good := p.windowBits()
		switch {
		case name == serverNoContext && !p.valued:
			d.serverNoContext = true
		case name == clientNoContext && !p.valued:
		case name == serverWindow && good:
			d.serverWindow = bits
		case name == clientWindow && !answer && (good || !p.valued):
		default:
			return d, fmt.Errorf("%s=%s cannot be", p.name, p.value)
		}
	}
	return d, nil
}

// windowBits is a decimal number from 8 to 15 without leading zeros.
func (p param) windowBits() (uint8, bool) {
	n, err := strconv.ParseUint(p.value, 10, 8)
	return uint8(n), err == nil && n >= 8 && n <= fullWindow && p.value[0] != '0'
}
