package coordinator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seed886cd727/throng/loadgen/admin"
	"github.com/seed886cd727/throng/loadgen/node"
	"github.com/seed886cd727/throng/scenarios"
)

// system is the system under test: a server that the run has started, or one that
// is there.
type system struct {
	node      *node.Node    // nil: it is not ours
	api       *admin.Client // nil: its admin API is not known
	endpoints []endpoint
	metrics   func(context.Context) (io.ReadCloser, error) // nil: it has no such page that we know
	pid       int                                          // 0: unknown
	folder    string                                       // of an own server: its data and secrets; removed at the end
	settings  map[string]string                            // of an own server
}

// openSystem starts the server that a scenario names no URLs of, or finds the one
// that it names.
func openSystem(ctx context.Context, o Options) (*system, error) {
	t := o.Scenario.Target
	if t.Embedded() {
		return startSystem(ctx, o)
	}
	y := &system{pid: t.PID}
	for _, text := range t.URLs {
		e, err := resolve(ctx, text, t.TLS)
		if err != nil {
			return nil, err
		}
		y.endpoints = append(y.endpoints, e...)
	}
	if t.Admin == "" {
		return nil, usage(errors.New("target.admin is not given: the run makes its conversations over the target's admin API, like http://127.0.0.1:8081 (--set target.admin=URL)"))
	}
	token, err := readSecret(t.AdminTokenFile)
	if err != nil {
		return nil, usage(fmt.Errorf("target.admin_token_file: %w", err))
	}
	y.api = &admin.Client{Base: t.Admin, Token: token}
	y.metrics = y.api.Metrics
	if t.MetricsURL != "" {
		y.metrics = pageAt(t.MetricsURL)
	}
	return y, y.reachable(ctx)
}

// reachable asks the admin API and knocks at each address, before anything is
// begun.
func (y *system) reachable(ctx context.Context) error {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, e := range y.endpoints {
		if err := e.knock(ctx); err != nil {
			return unreachable(fmt.Errorf("the target does not answer: %w", err))
		}
	}
	if err := y.api.Ready(ctx); err != nil {
		return unreachable(fmt.Errorf("the target's admin API at %s does not answer: %w; is the server up? throng serve starts one", y.api.Base, err))
	}
	return nil
}

// knock connects, with TLS where that is due, and goes.
func (e endpoint) knock(ctx context.Context) error {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", e.addr.String())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if e.tls == nil {
		return nil
	}
	return tls.Client(c, e.tls).HandshakeContext(ctx)
}

func startSystem(ctx context.Context, o Options) (y *system, err error) {
	t := o.Scenario.Target
	y = &system{}
	if y.folder, err = os.MkdirTemp("", "throng-run-"); err != nil {
		return nil, fmt.Errorf("make a folder for the server's data: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(y.folder)
		}
	}()
	c := node.Config{
		Binary: o.Binary, Dir: filepath.Join(y.folder, "data"), LogFile: o.ServerLog,
		Args: append([]string{
			"--store", t.Store, "--durability", t.Durability, "--heartbeat", t.Heartbeat.String(), "--auth", t.Auth, "--log-level", "warn",
			"--compression", compression(t),
		}, o.ServeArgs...),
	}
	y.settings = map[string]string{
		"store": t.Store, "durability": t.Durability, "heartbeat": t.Heartbeat.String(), "auth": t.Auth,
		"compression": compression(t),
	}
	if len(o.ServeArgs) > 0 {
		y.settings["arguments"] = strings.Join(o.ServeArgs, " ")
	}
	if t.Auth == "jwt" {
		if c.Token, err = y.secure(&c, t); err != nil {
			return nil, err
		}
	}
	var secure *tls.Config
	if t.TLS.SelfSigned {
		if secure, err = y.certify(&c); err != nil {
			return nil, err
		}
	}
	if y.node, err = node.Start(ctx, c); err != nil {
		return nil, unreachable(err)
	}
	y.api, y.pid = y.node.API(), y.node.PID()
	y.metrics = y.api.Metrics
	y.endpoints = []endpoint{{addr: y.node.Addr(), tls: secure}}
	return y, nil
}

// compression is what an own server is told of it.
func compression(t scenarios.Target) string {
	if t.Compression {
		return "deflate"
	}
	return "off"
}

// secure gives an own server the key for tokens, and its admin API a token.
func (y *system) secure(c *node.Config, t scenarios.Target) (token string, err error) {
	token = newSecret()
	file := filepath.Join(y.folder, "admin-token")
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		return "", fmt.Errorf("write the admin token: %w", err)
	}
	c.Args = append(c.Args, "--jwt-key", t.JWTKeyFile, "--admin-token-file", file)
	return token, nil
}

// certify gives an own server a certificate, and says how to trust it.
func (y *system) certify(c *node.Config) (*tls.Config, error) {
	cert, key, err := selfSign(y.folder)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	c.Args = append(c.Args, "--tls-cert", cert, "--tls-key", key)
	y.settings["tls"] = "self-signed, P-256"
	return trust(scenarios.TargetTLS{CAFile: cert}, "127.0.0.1")
}

// died gives the error of an own server that ended without being asked to.
func (y *system) died() error {
	if y.node == nil {
		return nil
	}
	select {
	case err := <-y.node.Died():
		return unreachable(fmt.Errorf("the server died: %w", err))
	default:
		return nil
	}
}

// close ends an own server and removes its data.
func (y *system) close() error {
	var errs []error
	if y.node != nil {
		const patience = 15 * time.Second
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		errs = append(errs, y.node.Stop(ctx))
	}
	if y.folder != "" {
		errs = append(errs, os.RemoveAll(y.folder))
	}
	return errors.Join(errs...)
}

// pageAt reads a page of metrics.
func pageAt(url string) func(context.Context) (io.ReadCloser, error) {
	return func(ctx context.Context) (io.ReadCloser, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return nil, err
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusOK {
			_ = resp.Body.Close()
			return nil, fmt.Errorf("%s answers %s", url, resp.Status)
		}
		return resp.Body, nil
	}
}

// addresses are where the endpoints are, without repetition.
func (y *system) addresses() []netip.AddrPort {
	var all []netip.AddrPort
	for _, e := range y.endpoints {
		if !slices.Contains(all, e.addr) {
			all = append(all, e.addr)
		}
	}
	return all
}

func readSecret(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	b, err := os.ReadFile(file)
	return strings.TrimSpace(string(b)), err
}
