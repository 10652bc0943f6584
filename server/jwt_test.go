package server

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
)

func TestTokensDecideWhoSpeaks(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, another, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	file := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	n := start(t, func(c *Config) { c.Auth, c.JWTKey, c.AdminToken = AuthJWT, file, "secret" })
	soon, past := time.Now().Add(time.Minute).Unix(), time.Now().Add(-time.Hour).Unix()
	signed := func(method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
		token, err := jwt.NewWithClaims(method, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	eddsa := jwt.SigningMethodEdDSA
	for _, tt := range []struct {
		name, token string
		user        chat.UserID // that the hello names
		takes       bool
	}{
		{"good", signed(eddsa, private, jwt.MapClaims{"sub": "ann", "exp": soon}), "", true},
		{"good, of the user that is named", signed(eddsa, private, jwt.MapClaims{"sub": "ann", "exp": soon}), "ann", true},
		{"another user's", signed(eddsa, private, jwt.MapClaims{"sub": "ann", "exp": soon}), "bob", false},
		{"expired", signed(eddsa, private, jwt.MapClaims{"sub": "ann", "exp": past}), "", false},
		{"not valid yet", signed(eddsa, private, jwt.MapClaims{"sub": "ann", "exp": soon + 3600, "nbf": soon + 600}), "", false},
		{"of another key", signed(eddsa, another, jwt.MapClaims{"sub": "ann", "exp": soon}), "", false},
		{"without exp", signed(eddsa, private, jwt.MapClaims{"sub": "ann"}), "", false},
		{"without a subject", signed(eddsa, private, jwt.MapClaims{"exp": soon}), "", false},
		{"the public key as a secret", signed(jwt.SigningMethodHS256, file, jwt.MapClaims{"sub": "ann", "exp": soon}), "", false},
		{"unsigned", signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, jwt.MapClaims{"sub": "ann", "exp": soon}), "", false},
		{"none", "", "ann", false},
		{"no token at all", "x", "ann", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := n.dial()
			c.T = t
			hello := &chat.Hello{User: tt.user, Device: "d", Token: tt.token}
			if tt.takes {
				if w, _ := c.hello(hello); w.User != "ann" {
					t.Fatalf("welcomed as %q", w.User)
				}
				return
			}
			c.say(hello)
			if e := *await[*chat.Error](c); e.Code != chat.Unauthorized || e.Re != chat.OpHello {
				t.Fatalf("%+v", e)
			}
			if code := c.awaitClose(); code != netio.CloseCode(chat.CloseUnauthorized) {
				t.Fatalf("closed with %d", code)
			}
		})
	}
	if status, _ := n.admin("GET", "/metrics", ""); status != 401 {
		t.Fatalf("the admin API without its token: %d", status)
	}
}
