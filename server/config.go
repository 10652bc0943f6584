package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/seed886cd727/throng/netio"
	"github.com/seed886cd727/throng/server/conversation"
	"github.com/seed886cd727/throng/server/faulty"
	"github.com/seed886cd727/throng/server/gateway"
	"github.com/seed886cd727/throng/server/store"
)

// Config is a node's. [DefaultConfig] fills it.
type Config struct {
	Listen string // address for users; port 0 takes a free one
	Admin  string // address for the admin API, metrics and profiles
	TLS    TLS    // of Listen; the admin API has none

	Auth       string // AuthNone or AuthJWT
	JWTKey     []byte // of AuthJWT: a PEM public key or a secret
	AdminToken string // what admin requests must bear; may be empty with AuthNone on loopback

	Store    store.Config
	Rules    conversation.Config // Heartbeat and MaxFrame are told to clients and kept by Network
	Gateway  gateway.Config      // Pollers is Network's
	Network  netio.Config        // MaxConnections and RetryAfter are Gateway's
	Draining time.Duration       // the window of a drain that names none
	// DrainDelay is how long a drain lets all go on as before while the node is not
	// ready any more: a load balancer takes its time to see that.
	DrainDelay time.Duration

	// Faults make the server break its promises on purpose, so that checks can be
	// proven against it. InventBody changes a body into one that nobody sent.
	Faults     []faulty.Fault
	InventBody func([]byte) []byte

	Version string // told by the page at / and in the metrics
	Logger  *slog.Logger
	Clock   func() time.Time
}

// What Config.Auth may be.
const (
	AuthNone = "none"
	AuthJWT  = "jwt"
)

// DefaultConfig is a node on loopback that believes everyone.
func DefaultConfig() Config {
	c := Config{
		Listen: "127.0.0.1:8080", Admin: "127.0.0.1:8081", Auth: AuthNone,
		Store: store.DefaultConfig(), Rules: conversation.DefaultConfig(),
		Gateway: gateway.DefaultConfig(), Network: netio.DefaultConfig(),
		Draining: 10 * time.Second, Logger: slog.Default(), Clock: time.Now,
	}
	c.Network.DeadCode, c.Network.SlowCode = closeSilent, closeSlowReader
	c.Network.MaxMessage = c.Rules.MaxFrame
	return c
}

// Validate lists every fault.
func (c Config) Validate() error {
	faults := []error{c.Rules.Validate(), c.Network.Validate(), c.validateAccess(), c.TLS.validate(), faulty.Validate(c.Faults)}
	for name, addr := range map[string]string{"listen": c.Listen, "admin": c.Admin} {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			faults = append(faults, fmt.Errorf("%s address %q: want host:port", name, addr))
		}
	}
	if c.Gateway.MaxConnections <= 0 {
		faults = append(faults, fmt.Errorf("max connections is %d; it must be above 0", c.Gateway.MaxConnections))
	}
	if c.Gateway.HelloTimeout <= 0 {
		faults = append(faults, fmt.Errorf("hello timeout is %v; it must be above 0", c.Gateway.HelloTimeout))
	}
	if c.Draining < 0 {
		faults = append(faults, fmt.Errorf("drain window is %v; it must be 0 or more", c.Draining))
	}
	if c.DrainDelay < 0 {
		faults = append(faults, fmt.Errorf("drain delay is %v; it must be 0 or more", c.DrainDelay))
	}
	return errors.Join(faults...)
}

func (c Config) validateAccess() error {
	var faults []error
	switch c.Auth {
	case AuthNone:
		if c.AdminToken == "" && !onLoopback(c.Admin) {
			faults = append(faults, fmt.Errorf("the admin address %s can be reached from elsewhere: give an admin token file, or an address on loopback", c.Admin))
		}
	case AuthJWT:
		if len(c.JWTKey) == 0 {
			faults = append(faults, errors.New("auth jwt needs a key file"))
		}
		if c.AdminToken == "" {
			faults = append(faults, errors.New("auth jwt needs an admin token file"))
		}
	default:
		faults = append(faults, fmt.Errorf("auth %q is unknown: none or jwt", c.Auth))
	}
	return errors.Join(faults...)
}

func onLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return true // another fault says so
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
