package netio

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

// tlsLink puts crypto/tls between a connection's socket and its frames. The
// tls.Conn talks to the link as if it were its network: what the poller read is
// there to be read, and what it writes goes to the socket or waits in the outbox.
// A Read that finds nothing gives errAgain, which crypto/tls takes for a passing
// fault: the next Read goes on where this one stopped. So a connection needs a
// goroutine for its handshake only.
//
// 1. While shake is not nil, conn belongs to the handshake's goroutine. The
// link's Read and Write take Conn.mu: it comes after the locks of conn.
// 2. From then on conn is used with Conn.mu held, and Read and Write expect it:
// it comes before the locks of conn. The handshake's goroutine is done with conn
// when it turns 1 into 2, so that nobody holds the locks in both orders.
// 3. Once handed is set, conn belongs to who took the connection over, and Read
// and Write take no lock of ours.
// 4. in and raw may lie in the poller's buffer, but only while unseal runs.
type tlsLink struct {
	c      *Conn
	conn   *tls.Conn
	raw    *bytes.Buffer // conn's own input buffer; nil if it cannot be reached
	in     []byte        // ciphertext that conn did not take yet
	shake  *tlsShake     // nil after the handshake
	handed net.Conn
	shared bool // raw lies in the poller's buffer
	fresh  bool // the handshake is over, and secured was not called yet
	ended  bool // close_notify was sent, or conn can send none any more
}

func newTLSLink(c *Conn, config *tls.Config) *tlsLink {
	t := &tlsLink{c: c, shake: &tlsShake{config: config}}
	t.shake.more.L = &c.mu
	return t
}

// ListenTLS is [Reactor.Listen] for TLS 1.2 and later. The configuration needs
// a certificate, is copied, and offers HTTP/1.1 if it names no protocol.
func (r *Reactor) ListenTLS(addr string, config *tls.Config, accept Accept) (*Listener, error) {
	if err := checkTLS(config); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	if len(config.Certificates) == 0 && config.GetCertificate == nil && config.GetConfigForClient == nil {
		return nil, fmt.Errorf("listen on %s: tls: no certificate", addr)
	}
	return r.listenOn(addr, &Listener{reactor: r, accept: accept, tls: fillTLS(config)})
}

// clientTLS is the configuration of a dial. One that lacks nothing is used as it
// is: a copy would cost as long as the connection lives.
func (d *Dial) clientTLS() (*tls.Config, error) {
	config := d.TLS
	if err := checkTLS(config); err != nil {
		return nil, err
	}
	named := config.ServerName != "" || config.InsecureSkipVerify
	if named && config.MinVersion != 0 && len(config.NextProtos) > 0 && config.DynamicRecordSizingDisabled {
		return config, nil
	}
	config = fillTLS(config)
	if !named {
		config.ServerName = d.Addr.Addr().String()
		if host, _, err := net.SplitHostPort(d.Host); err == nil {
			config.ServerName = host
		} else if d.Host != "" {
			config.ServerName = d.Host
		}
	}
	return config, nil
}

func checkTLS(config *tls.Config) error {
	switch {
	case config == nil:
		return errors.New("tls: no configuration")
	case config.MinVersion != 0 && config.MinVersion < tls.VersionTLS12,
		config.MaxVersion != 0 && config.MaxVersion < tls.VersionTLS12:
		return errors.New("tls: versions before 1.2 are not served")
	}
	return nil
}

// fillTLS copies a configuration and sets what it leaves open. Records are as
// large as they may be from the start: several small ones cost more than they
// save where a message is smaller than a packet.
func fillTLS(config *tls.Config) *tls.Config {
	config = config.Clone()
	config.DynamicRecordSizingDisabled = true
	if config.MinVersion == 0 {
		config.MinVersion = tls.VersionTLS12
	}
	if len(config.NextProtos) == 0 {
		config.NextProtos = []string{"http/1.1"}
	}
	return config
}

// again is the fault of a read that finds nothing.
type again struct{}

func (again) Error() string   { return "nothing to read yet" }
func (again) Timeout() bool   { return true }
func (again) Temporary() bool { return true }

// errAgain is compared by its value.
var errAgain error = again{}

// The rest of net.Conn.

// Close does nothing before the connection was handed over.
func (t *tlsLink) Close() error {
	if t.handed != nil {
		return t.handed.Close()
	}
	return nil
}

// LocalAddr is not known to a handshake.
func (t *tlsLink) LocalAddr() net.Addr {
	if t.handed != nil {
		return t.handed.LocalAddr()
	}
	return &net.TCPAddr{}
}

// RemoteAddr is the peer's.
func (t *tlsLink) RemoteAddr() net.Addr {
	if t.handed != nil {
		return t.handed.RemoteAddr()
	}
	return net.TCPAddrFromAddrPort(peerName(int(t.c.fd)))
}

// SetDeadline does nothing before the connection was handed over: the reactor
// has deadlines of its own. So do the next two.
func (t *tlsLink) SetDeadline(at time.Time) error {
	return errors.Join(t.SetReadDeadline(at), t.SetWriteDeadline(at))
}

// SetReadDeadline is net.Conn's.
func (t *tlsLink) SetReadDeadline(at time.Time) error {
	if t.handed != nil {
		return t.handed.SetReadDeadline(at)
	}
	return nil
}

// SetWriteDeadline is net.Conn's.
func (t *tlsLink) SetWriteDeadline(at time.Time) error {
	if t.handed != nil {
		return t.handed.SetWriteDeadline(at)
	}
	return nil
}
