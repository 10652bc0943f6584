package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/pflag"

	"github.com/seed886cd727/throng/loadgen/check"
	"github.com/seed886cd727/throng/server"
	"github.com/seed886cd727/throng/server/faulty"
)

// serveOptions is what serve's flags say.
type serveOptions struct {
	server         server.Config
	configFile     string
	jwtKeyFile     string
	adminTokenFile string
	heartbeat      time.Duration
	compression    string
	logLevel       string
	logFormat      string
	faults         []string
	json           bool
	exitWithParent bool
}

func defaultServeOptions() *serveOptions {
	c := server.DefaultConfig()
	c.Version = version()
	return &serveOptions{server: c, heartbeat: c.Network.Heartbeat, compression: compressionOff, logLevel: "info", logFormat: "text"}
}

func (o *serveOptions) bind(f *pflag.FlagSet) {
	s := &o.server
	f.StringVar(&s.Listen, "listen", s.Listen, "address for users; port 0 takes a free one")
	f.StringVar(&s.Admin, "admin", s.Admin, "address for the admin API, metrics and profiles")
	f.StringVar(&s.TLS.CertFile, "tls-cert", "", "file with the certificate's chain (PEM): users then connect by wss; renewed files are used within a second")
	f.StringVar(&s.TLS.KeyFile, "tls-key", "", "file with its key (PEM)")
	f.StringVar(&s.Store.Dir, "data", s.Store.Dir, "folder for the log")
	f.StringVar((*string)(&s.Store.Driver), "store", string(s.Store.Driver), "where the log is: pebble or memory")
	f.StringVar((*string)(&s.Store.Durability), "durability", string(s.Store.Durability), "what an acknowledgement survives: fsync (power loss), os (kill -9) or none")
	f.StringVar(&s.Auth, "auth", s.Auth, "none (believe every hello) or jwt")
	f.StringVar(&o.jwtKeyFile, "jwt-key", "", "file with the key for --auth jwt: a PEM public key (RSA, Ed25519) or an HS256 secret")
	f.StringVar(&o.adminTokenFile, "admin-token-file", "", "file with the token that admin requests must bear; needed unless --auth none on loopback")
	f.StringVar(&s.Rules.Node, "node-id", s.Rules.Node, "this node's name, told to clients")
	f.IntVar(&s.Gateway.MaxConnections, "max-connections", s.Gateway.MaxConnections, "connections beyond this are refused with 503")
	f.IntVar(&s.Network.MaxPerAddress, "max-connections-per-address", s.Network.MaxPerAddress, "the same for one IPv4 address or one /64 of IPv6; 0 is no limit")
	f.Float64Var(&s.Network.UpgradesPerSecond, "max-upgrades", s.Network.UpgradesPerSecond, "connections accepted per second; more wait, or are refused with 503; 0 is no limit")
	f.Float64Var(&s.Network.UpgradesPerAddress, "max-upgrades-per-address", s.Network.UpgradesPerAddress, "the same for one IPv4 address or one /64 of IPv6, always refused; 0 is no limit")
	f.Float64Var(&s.Rules.SendsPerSecond, "max-sends", s.Rules.SendsPerSecond, "sends per second of one user; 0 is no limit")
	f.DurationVar(&o.heartbeat, "heartbeat", o.heartbeat, "ping who is silent this long, close who is for twice as long; 0 is never")
	f.StringVar(&o.compression, "compression", o.compression, "off, or deflate: agree to permessage-deflate where clients offer it")
	f.IntVar(&s.Network.Compression.Level, "compression-level", s.Network.Compression.Level, "1 (fast) to 9 (small)")
	f.IntVar(&s.Network.Compression.MinBytes, "compression-min-bytes", s.Network.Compression.MinBytes, "messages shorter than this are not compressed")
	f.DurationVar(&s.Draining, "drain-within", s.Draining, "window in which clients are asked to reconnect when the node goes down")
	f.DurationVar(&s.DrainDelay, "drain-delay", s.DrainDelay, "how long all goes on after readiness has gone, before clients are asked to leave: for load balancers")
	f.StringVar(&o.logLevel, "log-level", o.logLevel, "debug, info, warn or error")
	f.StringVar(&o.logFormat, "log-format", o.logFormat, "text or json")
	f.StringVar(&o.configFile, "config", "", "YAML file with these settings")
	f.BoolVar(&o.json, "json", false, "say the addresses as a line of JSON")
	f.BoolVar(&o.exitWithParent, "exit-with-parent", false, "end at once when standard input closes")
	f.StringArrayVar(&o.faults, "fault", nil, "break a promise on purpose: kind:every=n")
	_ = f.MarkHidden("fault") // it exists: two lines above
}

// config is the server's, with what the named files hold.
func (o *serveOptions) config(stderr io.Writer) (server.Config, error) {
	c := o.server
	c.Network.Heartbeat, c.Rules.Heartbeat = o.heartbeat, o.heartbeat
	var errs [5]error
	c.JWTKey, errs[0] = readFile("jwt key", o.jwtKeyFile)
	token, err := readFile("admin token", o.adminTokenFile)
	c.AdminToken, errs[1] = string(bytes.TrimSpace(token)), err
	if err == nil && o.adminTokenFile != "" && c.AdminToken == "" {
		errs[1] = fmt.Errorf("admin token: %s is empty", o.adminTokenFile)
	}
	c.Logger, errs[2] = newLogger(stderr, o.logLevel, o.logFormat)
	c.Faults, errs[3] = parseFaults(o.faults)
	c.Network.Compression.Enabled, errs[4] = compressed(o.compression)
	c.InventBody = check.Invent
	return c, errors.Join(append(errs[:], c.Validate())...)
}

// What --compression may be.
const (
	compressionOff     = "off"
	compressionDeflate = "deflate"
)

func compressed(how string) (bool, error) {
	if how != compressionOff && how != compressionDeflate {
		return false, fmt.Errorf("compression %q: off or deflate", how)
	}
	return how == compressionDeflate, nil
}

func readFile(what, name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return b, nil
}

func parseFaults(texts []string) ([]faulty.Fault, error) {
	var faults []faulty.Fault
	var errs []error
	for _, text := range texts {
		f, err := faulty.Parse(text)
		faults, errs = append(faults, f), append(errs, err)
	}
	return faults, errors.Join(errs...)
}

func newLogger(w io.Writer, level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return nil, fmt.Errorf("log format %q: text or json", format)
}
