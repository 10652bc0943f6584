package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed886cd727/throng/chat"
)

var (
	now    = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	secret = []byte("0123456789abcdef0123456789abcdef")
)

func publicPEM(t *testing.T, k crypto.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func sign(t *testing.T, m jwt.SigningMethod, key any, c jwt.RegisteredClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(m, c).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func claims(sub string, exp time.Duration) jwt.RegisteredClaims {
	return jwt.RegisteredClaims{Subject: sub, ExpiresAt: jwt.NewNumericDate(now.Add(exp))}
}

func open(t *testing.T, key []byte) *JWT {
	t.Helper()
	j, err := NewJWT(key, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestEachKindOfKeyTakesItsOwnAlgorithm(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaPEM := publicPEM(t, &rsaKey.PublicKey)
	kinds := []struct {
		name   string
		public []byte
		method jwt.SigningMethod
		key    any
	}{
		{"HS256", append(secret, '\n'), jwt.SigningMethodHS256, secret},
		{"RS256", rsaPEM, jwt.SigningMethodRS256, rsaKey},
		{"EdDSA", publicPEM(t, edPublic), jwt.SigningMethodEdDSA, edKey},
	}
	for _, k := range kinds {
		j := open(t, k.public)
		for _, other := range kinds {
			user, err := j.Authenticate(&chat.Hello{Token: sign(t, other.method, other.key, claims("ann", time.Hour))})
			if ok := other.name == k.name; ok != (err == nil) || ok && user != "ann" {
				t.Errorf("a key of %s, a token of %s: %q, %v", k.name, other.name, user, err)
			}
		}
		// The classic confusion: the public key taken as a secret.
		if _, err := j.Authenticate(&chat.Hello{Token: sign(t, jwt.SigningMethodHS256, []byte(k.public), claims("ann", time.Hour))}); err == nil {
			t.Errorf("%s: a token that is signed with the public key was taken", k.name)
		}
	}
	if _, err := open(t, rsaPEM).Authenticate(&chat.Hello{Token: sign(t, jwt.SigningMethodRS512, rsaKey, claims("ann", time.Hour))}); err == nil {
		t.Error("RS512 was taken where RS256 is pinned")
	}
}

func TestJWTRefuses(t *testing.T) {
	j := open(t, secret)
	hs := jwt.SigningMethodHS256
	early := claims("ann", time.Hour)
	early.NotBefore = jwt.NewNumericDate(now.Add(Leeway + time.Second))
	none := sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims("ann", time.Hour))
	good := sign(t, hs, secret, claims("ann", time.Hour))
	for name, h := range map[string]chat.Hello{
		"no token":         {User: "ann"},
		"not a token":      {Token: "x"},
		"alg none":         {Token: none},
		"another secret":   {Token: sign(t, hs, []byte(strings.Repeat("x", 32)), claims("ann", time.Hour))},
		"expired":          {Token: sign(t, hs, secret, claims("ann", -Leeway-time.Second))},
		"no expiry":        {Token: sign(t, hs, secret, jwt.RegisteredClaims{Subject: "ann"})},
		"not yet valid":    {Token: sign(t, hs, secret, early)},
		"no subject":       {Token: sign(t, hs, secret, claims("", time.Hour))},
		"another user":     {Token: good, User: "bob"},
		"a changed letter": {Token: good[:len(good)-2] + "xx"},
	} {
		if user, err := j.Authenticate(&h); err == nil {
			t.Errorf("%s: taken for %q", name, user)
		}
	}
	for name, h := range map[string]chat.Hello{
		"good":          {Token: good},
		"the same user": {Token: good, User: "ann"},
		"within leeway": {Token: sign(t, hs, secret, claims("ann", -Leeway+time.Second))},
	} {
		if user, err := j.Authenticate(&h); err != nil || user != "ann" {
			t.Errorf("%s: %q, %v", name, user, err)
		}
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skip("this Go makes no small RSA keys:", err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(small)})
	for name, key := range map[string][]byte{
		"empty": nil, "a short secret": []byte("hush\n"), "a private key": private,
		"a small RSA key": publicPEM(t, &small.PublicKey), "ECDSA": publicPEM(t, &curve.PublicKey),
		"half a PEM":   publicPEM(t, &curve.PublicKey)[:100],
		"a broken PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")}),
	} {
		if _, err := NewJWT(key, time.Now); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestNoneBelieves(t *testing.T) {
	if user, err := (None{}).Authenticate(&chat.Hello{User: "ann"}); err != nil || user != "ann" {
		t.Error(user, err)
	}
	if _, err := (None{}).Authenticate(&chat.Hello{}); err == nil {
		t.Error("nobody was believed")
	}
}
