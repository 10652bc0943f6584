package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// guard asks for the token. Without one, the door is open to whoever can reach
// the loopback address; only browsers are kept out, which reach it for any site
// that their user visits.
func guard(token string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case token == "" && (r.Header.Get("Origin") != "" || !local(r.Host)):
			fail(w, http.StatusForbidden, errors.New("not from a browser's page; set an admin token to allow it"))
		case token != "" && !bears(r, token):
			w.Header().Set("WWW-Authenticate", "Bearer")
			fail(w, http.StatusUnauthorized, errors.New("the admin token is missing or wrong"))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// bears compares in a time that depends on neither the token nor its length.
func bears(r *http.Request, token string) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && ok
}

// local reports whether a Host header names this machine by address or as
// localhost: a name that somebody made point here does not.
func local(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && addr.IsLoopback()
}
