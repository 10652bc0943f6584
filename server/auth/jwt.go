package auth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed886cd727/throng/chat"
)

// Leeway is how far the clock of whoever issued a token may be off.
const Leeway = 30 * time.Second

// minSecret is the shortest HS256 secret: as long as the hash (RFC 7518,
// section 3.2).
const minSecret = 32

// JWT takes JSON Web Tokens (RFC 7519): "sub" is the user, "exp" is required,
// "nbf" and "iat" are heeded where they stand. The kind of key decides the one
// algorithm that is taken; what the token's header asks for does not.
type JWT struct {
	parser *jwt.Parser
	key    any
}

// NewJWT reads a key: a PEM public key (RSA of at least 2,048 bits: RS256;
// Ed25519: EdDSA), or else a secret of at least 32 bytes (HS256), without the
// newline that an editor leaves at its end. A private key is refused: a server
// that checks tokens has no use for it.
func NewJWT(key []byte, clock func() time.Time) (*JWT, error) {
	parsed, algorithm, err := parseKey(key)
	if err != nil {
		return nil, err
	}
	return &JWT{key: parsed, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{algorithm}), jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(), jwt.WithLeeway(Leeway), jwt.WithTimeFunc(clock),
	)}, nil
}

// Authenticate gives the token's subject. A user that the hello names beside it
// must be the same.
func (j *JWT) Authenticate(h *chat.Hello) (chat.UserID, error) {
	if h.Token == "" {
		return "", errors.New("a token is required")
	}
	var claims jwt.RegisteredClaims
	_, err := j.parser.ParseWithClaims(h.Token, &claims, func(*jwt.Token) (any, error) { return j.key, nil })
	user := chat.UserID(claims.Subject)
	switch {
	case err != nil:
		return "", fmt.Errorf("check the token: %w", err)
	case user == "":
		return "", errors.New("the token names no subject")
	case h.User != "" && h.User != user:
		return "", errors.New("the token is another user's")
	}
	return user, nil
}

func parseKey(key []byte) (parsed any, algorithm string, err error) {
	if block, _ := pem.Decode(key); block != nil {
		return parsePublic(block)
	}
	if bytes.Contains(key, []byte("-----BEGIN")) {
		return nil, "", errors.New("the key file holds a broken PEM block") // and must not become a secret that others know
	}
	secret := bytes.TrimRight(key, "\r\n")
	if len(secret) < minSecret {
		return nil, "", fmt.Errorf("the secret has %d bytes; HS256 asks for at least %d", len(secret), minSecret)
	}
	return secret, jwt.SigningMethodHS256.Alg(), nil
}

func parsePublic(block *pem.Block) (parsed any, algorithm string, err error) {
	if block.Type != "PUBLIC KEY" {
		return nil, "", fmt.Errorf("the key file holds a %s; a PUBLIC KEY (PKIX, PEM) is wanted", block.Type)
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, "", fmt.Errorf("parse the public key: %w", err)
	}
	switch k := public.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < 2048 {
			return nil, "", fmt.Errorf("the RSA key has %d bits; at least 2048 are wanted", k.N.BitLen())
		}
		return k, jwt.SigningMethodRS256.Alg(), nil
	case ed25519.PublicKey:
		return k, jwt.SigningMethodEdDSA.Alg(), nil
	case *ecdsa.PublicKey:
		return nil, "", errors.New("ECDSA keys are not taken; Ed25519, RSA and secrets are")
	}
	return nil, "", fmt.Errorf("a key of type %T is not taken", public)
}
