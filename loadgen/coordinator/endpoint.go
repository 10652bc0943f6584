package coordinator

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"

	"github.com/seed886cd727/throng/loadgen/target"
	"github.com/seed886cd727/throng/netio"
	"github.com/seed886cd727/throng/scenarios"
)

// endpoint is one address of the target, and how to ask there.
type endpoint struct {
	addr netip.AddrPort
	host string      // of the request; empty: the address
	path string      // empty: the protocol's
	tls  *tls.Config // nil: in the clear
}

// resolve finds the addresses of a ws or wss URL.
func resolve(ctx context.Context, text string, s scenarios.TargetTLS) ([]endpoint, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "ws" && u.Scheme != "wss" || u.Hostname() == "" {
		return nil, usage(fmt.Errorf("target url %q: write it as ws://host:port/path or wss://host:port/path", text))
	}
	port := 80
	var secure *tls.Config
	if u.Scheme == "wss" {
		port = 443
		if secure, err = trust(s, u.Hostname()); err != nil {
			return nil, usage(err)
		}
	}
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil || port < 1 || port > 65535 {
			return nil, usage(fmt.Errorf("target url %q: %s is no port", text, p))
		}
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return nil, unreachable(fmt.Errorf("target url %q: %w", text, err))
	}
	var all []endpoint
	for _, ip := range found {
		all = append(all, endpoint{netip.AddrPortFrom(ip.Unmap(), uint16(port)), u.Host, u.RequestURI(), secure})
	}
	return all[:1], nil // of one name the first address: several URLs are several nodes
}

// dialer says where session i connects to: endpoints in turn, source addresses so
// that each has as many.
func dialer(endpoints []endpoint, sources []netip.Addr, p target.Protocol, headers map[string]string) func(i int) netio.Dial {
	header := make(http.Header)
	for name, value := range headers {
		header.Set(name, value)
	}
	return func(i int) netio.Dial {
		e := endpoints[i%len(endpoints)]
		d := netio.Dial{Addr: e.addr, Host: e.host, Path: e.path, Header: header, TLS: e.tls}
		if d.Path == "" || d.Path == "/" {
			d.Path = p.Path()
		}
		if len(sources) > 0 {
			d.Local = sources[i%len(sources)]
		}
		return d
	}
}
