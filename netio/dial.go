package netio

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Dial says where to connect to, and how.
type Dial struct {
	Addr      netip.AddrPort
	Local     netip.Addr // source address; the zero Addr lets the kernel choose
	Host      string     // Host field; empty: Addr
	Path      string     // request target, with the query; empty: /
	Header    http.Header
	Protocols []string
	// NeedCompression makes the dial fail where compression is not agreed. It is
	// offered where Config.Compression says so.
	NeedCompression bool
	// TLS, if not nil, has the connection speak TLS, 1.2 or later. Without a
	// ServerName the name is Host's, or else the address. It is copied unless it
	// sets MinVersion, NextProtos, DynamicRecordSizingDisabled and either ServerName
	// or InsecureSkipVerify: give many dials one that does.
	TLS *tls.Config
}

// dialing is the state of a dial until its end.
type dialing struct {
	request   []byte
	accept    string // the answer's Sec-WebSocket-Accept
	sent      bool
	protocols []string
	offers    bool // compression
	needs     bool // compression
	window    uint8
	info      Info
}

var (
	errNotAccepted   = errors.New("the answer does not fit the handshake")
	errNotCompressed = errors.New("the server declined compression")
)

// handshakeGUID is what RFC 6455, section 1.3 appends to the key.
const handshakeGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// Dial starts a connection and returns without waiting for it: h hears Open or
// Close. If it returns an error, h hears nothing.
func (r *Reactor) Dial(d Dial, h Handler) error {
	if !r.enter() {
		return ErrClosed
	}
	if err := r.dial(d, h); err != nil {
		r.gone.Done()
		return fmt.Errorf("dial %s: %w", d.Addr, err)
	}
	r.counts.dialed.Add(1)
	return nil
}

func (r *Reactor) dial(d Dial, h Handler) error {
	started := time.Now()
	var secure *tls.Config
	if d.TLS != nil {
		var err error
		if secure, err = d.clientTLS(); err != nil {
			return err
		}
	}
	fd, err := openSocket(family(d.Addr.Addr()))
	if err != nil {
		return err
	}
	if err := r.connect(fd, d); err != nil {
		_ = unix.Close(fd)
		return err
	}
	c := &Conn{handler: h, client: true}
	if secure != nil {
		c.tls = newTLSLink(c, secure)
	}
	in := c.inbox()
	in.dial = newDialing(d, r.config.Compression.Enabled)
	in.dial.info.Started = started
	l := r.loops[int(r.next.Add(1))%len(r.loops)]
	c.loop = l
	c.expect(r.config.HandshakeTimeout, dueHandshake)
	if err := l.register(c, fd, true); err != nil {
		l.due.forgetAll(c)
		_ = unix.Close(fd)
		return err
	}
	return nil
}

// connect starts connect(2).
func (r *Reactor) connect(fd int, d Dial) error {
	if err := tune(fd, r.config.SendBuffer); err != nil {
		return err
	}
	if d.Local.IsValid() {
		if err := bindLocal(fd, d.Local); err != nil {
			return fmt.Errorf("bind %s: %w", d.Local, err)
		}
	}
	if err := unix.Connect(fd, sockaddr(d.Addr)); err != nil && err != unix.EINPROGRESS {
		return err
	}
	return nil
}

func newDialing(d Dial, compressed bool) *dialing {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // it never fails
	key := base64.StdEncoding.EncodeToString(nonce[:])
	sum := sha1.Sum([]byte(key + handshakeGUID))
	host, path := d.Host, d.Path
	if host == "" {
		host = d.Addr.String()
	}
	if path == "" {
		path = "/"
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n", path, host, key)
	if len(d.Protocols) > 0 {
		fmt.Fprintf(&b, "Sec-WebSocket-Protocol: %s\r\n", strings.Join(d.Protocols, ", "))
	}
	if compressed {
		fmt.Fprintf(&b, "Sec-WebSocket-Extensions: %s\r\n", offer)
	}
	_ = d.Header.Write(&b)
	b.WriteString("\r\n")
	return &dialing{request: b.Bytes(), accept: base64.StdEncoding.EncodeToString(sum[:]), protocols: d.Protocols, offers: compressed, needs: d.NeedCompression}
}

// connected sends the request, or starts TLS. It needs mu and is called by the
// poller.
func (c *Conn) connected() {
	if c.state != stateHandshake {
		return
	}
	if err := socketError(int(c.fd)); err != nil {
		c.cut(CloseAbnormal, &DialError{Stage: StageConnect, Err: err})
		return
	}
	d := c.in.dial
	d.sent, d.info.Connected = true, time.Now()
	c.loop.watchWrites(c, false) // from edge-triggered writing to reading
	if c.tls != nil {
		c.tls.ask()
		return
	}
	c.request()
}

// request sends a dial's request. It needs mu.
func (c *Conn) request() {
	d := c.in.dial
	c.queue(&Frame{wire: d.request})
	d.request = nil
	c.write()
}

// respond takes the answer to a dial's request and returns its size.
func (c *Conn) respond(b []byte, end int) int {
	d := c.in.dial
	if err := d.check(b[:end]); err != nil {
		c.mu.Lock()
		c.cut(CloseAbnormal, err)
		c.mu.Unlock()
		return len(b)
	}
	d.info.Upgraded = time.Now()
	c.mu.Lock()
	if c.state != stateHandshake {
		c.mu.Unlock()
		return len(b)
	}
	c.state, c.window = stateOpen, d.window
	c.mu.Unlock()
	c.in.dial = nil
	r := c.loop.reactor
	if c.window > 0 {
		r.compression.agreed.Add(1)
	}
	c.loop.due.forget(c, dueHandshake)
	r.counts.handshakes.Add(1)
	c.handler.Open(c, d.info)
	return end
}

// check judges an answer's head.
func (d *dialing) check(head []byte) *DialError {
	fail := func(status int, err error) *DialError {
		return &DialError{Stage: StageUpgrade, Status: status, Err: err}
	}
	resp, err := http.ReadResponse(bufio.NewReaderSize(bytes.NewReader(head), 512), nil)
	if err != nil {
		return fail(0, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusSwitchingProtocols {
		refusal := fail(resp.StatusCode, fmt.Errorf("refused with status %s", resp.Status))
		if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds >= 0 {
			refusal.RetryAfter = time.Duration(seconds) * time.Second
		}
		return refusal
	}
	d.info.Subprotocol = resp.Header.Get("Sec-WebSocket-Protocol")
	switch {
	case !resp.ProtoAtLeast(1, 1),
		!strings.EqualFold(resp.Header.Get("Upgrade"), "websocket"),
		!listed(resp.Header.Values("Connection"), "upgrade"),
		resp.Header.Get("Sec-WebSocket-Accept") != d.accept,
		d.info.Subprotocol != "" && !offered(d.protocols, d.info.Subprotocol):
		return fail(resp.StatusCode, errNotAccepted)
	}
	if d.window, err = agreed(strings.Join(resp.Header.Values("Sec-WebSocket-Extensions"), ","), d.offers); err != nil {
		return fail(resp.StatusCode, err)
	}
	if d.info.Compressed = d.window > 0; d.needs && !d.info.Compressed {
		return fail(resp.StatusCode, errNotCompressed)
	}
	return nil
}

// listed looks for a token in a field's comma-separated lists.
func listed(values []string, token string) bool {
	for one := range strings.SplitSeq(strings.Join(values, ","), ",") {
		if strings.EqualFold(strings.TrimSpace(one), token) {
			return true
		}
	}
	return false
}

func offered(protocols []string, one string) bool {
	for _, p := range protocols {
		if p == one {
			return true
		}
	}
	return false
}
