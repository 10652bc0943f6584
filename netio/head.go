package netio

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/gobwas/ws"
)

// lawful judges the fields of an upgrade request where the upgrader is too kind:
// what a proxy in front could understand otherwise is refused (RFC 9112, sections
// 2.2, 3.2, 5 and 6; RFC 6455, sections 4.2.1 and 11.3). A line may end with a
// bare LF.
func lawful(head []byte) error {
	_, fields, _ := bytes.Cut(head, []byte("\n"))
	seen := make(map[string]bool)
	for line := range bytes.Lines(fields) {
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		name, value, _ := strings.Cut(string(line), ":")
		switch {
		case len(line) == 0:
			return nil
		case !token(name): // so is a folded line, and a name with a space before the colon
			return unlawful("malformed header field")
		case strings.ContainsFunc(value, control):
			return unlawful("control character in a header field")
		}
		name = strings.ToLower(name)
		if why := unfit(name, strings.Trim(value, " \t"), seen[name]); why != "" {
			return unlawful(why)
		}
		seen[name] = true
	}
	return nil
}

// unfit says what is wrong with a field that an upgrade may have once or in one
// form only.
func unfit(name, value string, again bool) string {
	switch name {
	case "host", "sec-websocket-version":
		if again {
			return "more than one " + name
		}
	case "sec-websocket-key":
		if nonce, err := base64.StdEncoding.DecodeString(value); again || err != nil || len(nonce) != 16 {
			return "bad " + name
		}
	case "content-length":
		if strings.Trim(value, "0") != "" || value == "" {
			return "an upgrade has no body"
		}
	case "transfer-encoding":
		return "an upgrade has no body"
	}
	return ""
}

func unlawful(why string) error {
	return ws.RejectConnectionError(ws.RejectionStatus(http.StatusBadRequest), ws.RejectionReason(why))
}

// token reports whether a field's name has only characters that it may have.
func token(name string) bool {
	const marks = "!#$%&'*+-.^_`|~"
	for _, c := range []byte(name) {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && strings.IndexByte(marks, c) < 0 {
			return false
		}
	}
	return name != ""
}

func control(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
