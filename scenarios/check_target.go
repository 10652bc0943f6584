package scenarios

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

func (c *checker) target() {
	if c.Target.Embedded() {
		c.embedded()
	} else {
		c.external()
	}
	c.tls()
	c.auth()
	c.headers()
	if c.Target.Nodes > 1 {
		c.fault("target.nodes", "several nodes are not in this version: write nodes: 1")
	}
}

// embedded checks the settings of a server that the run starts.
func (c *checker) embedded() {
	for _, key := range []string{"admin", "admin_token_file", "metrics_url", "pid"} {
		if c.given("target." + key) {
			c.fault("target."+key, "is of a server that runs already: give target.urls too, or leave it out")
		}
	}
	if t := c.Target; t.Store == "memory" && t.Durability != "none" {
		c.fault("target.durability", "store: memory keeps nothing: write durability: none, or store: pebble")
	}
}

// external checks the settings of a server that runs already.
func (c *checker) external() {
	t := c.Target
	for _, key := range []string{"nodes", "store", "durability", "heartbeat", "bus", "registry"} {
		if c.given("target." + key) {
			c.fault("target."+key, "is a setting of the embedded server, and target.urls names another: leave one of them out")
		}
	}
	for i, text := range t.URLs {
		c.address(fmt.Sprintf("target.urls[%d]", i), text, "ws://127.0.0.1:8080/ws", "ws", "wss")
	}
	if len(t.URLs) > 1 {
		c.fault("target.urls[1]", "several nodes are not in this version: give one URL")
	}
	c.address("target.admin", t.Admin, "http://127.0.0.1:8081", "http", "https")
	c.address("target.metrics_url", t.MetricsURL, "http://127.0.0.1:8081/metrics", "http", "https")
	if t.AdminTokenFile != "" && t.Admin == "" {
		c.fault("target.admin_token_file", "is of no use without target.admin: give that too, or leave it out")
	}
}

// address checks a URL, if it was given.
func (c *checker) address(path, text, example string, schemes ...string) {
	if !c.given(path) {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		c.fault(path, "%q is no URL: write it like %s", text, example)
	case !slices.Contains(schemes, u.Scheme):
		c.fault(path, "%q has no scheme %s: write it like %s", text, choice(schemes), example)
	case u.User != nil || u.Fragment != "":
		c.fault(path, "%q holds a user or a fragment: write it like %s", text, example)
	}
}

// secure tells whether clients connect by wss.
func (c *checker) secure() bool {
	t := c.Target
	return t.TLS.SelfSigned || slices.ContainsFunc(t.URLs, func(text string) bool { return strings.HasPrefix(text, "wss:") })
}

// tls checks what is of a server that runs already, and what is of an own one.
func (c *checker) tls() {
	t := c.Target
	for _, key := range []string{"ca_file", "server_name", "insecure_skip_verify"} {
		switch path := "target.tls." + key; {
		case !c.given(path):
		case t.Embedded():
			c.fault(path, "is of a server that runs already: give target.urls too, or write self_signed: true instead")
		case !c.secure():
			c.fault(path, "is of no use with a ws:// URL: reach the server by wss://, or leave it out")
		}
	}
	if c.given("target.tls.self_signed") && !t.Embedded() {
		c.fault("target.tls.self_signed", "is a setting of the embedded server, and target.urls names another: leave one of them out")
	}
	if t.TLS.InsecureSkipVerify && (t.TLS.CAFile != "" || t.TLS.ServerName != "") {
		c.fault("target.tls.insecure_skip_verify", "takes any certificate, whoever signed it and for whatever name: leave it out, or ca_file and server_name")
	}
}

func (c *checker) auth() {
	t := c.Target
	key, tokens := t.JWTKeyFile != "", t.TokensFile != ""
	switch {
	case c.broken("target.auth"):
	case t.Auth != "jwt" && key:
		c.fault("target.jwt_key_file", "is of no use with auth: none: write auth: jwt, or leave it out")
	case t.Auth != "jwt" && tokens:
		c.fault("target.tokens_file", "is of no use with auth: none: write auth: jwt, or leave it out")
	case t.Auth == "jwt" && key && tokens:
		c.fault("target.tokens_file", "the tokens are made with jwt_key_file: leave one of them out")
	case t.Auth == "jwt" && t.Embedded() && !key:
		c.fault("target.jwt_key_file", "is missing: the embedded server needs the secret that it checks tokens with")
	case t.Auth == "jwt" && !key && !tokens:
		c.fault("target.auth", "jwt needs jwt_key_file, the secret to make tokens with, or tokens_file, a token a line")
	}
}

func (c *checker) headers() {
	const token = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" // RFC 9110, section 5.6.2
	for _, name := range slices.Sorted(maps.Keys(c.Target.Headers)) {
		value := c.Target.Headers[name]
		path, lower := join("target.headers", name), strings.ToLower(name)
		switch {
		case name == "" || strings.Trim(name, token) != "":
			c.fault(path, "is no name of a header")
		case lower == "upgrade" || lower == "connection" || strings.HasPrefix(lower, "sec-websocket-"):
			c.fault(path, "is set by the upgrade itself: leave it out")
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			c.fault(path, "holds a control character: headers are one line")
		}
	}
}
