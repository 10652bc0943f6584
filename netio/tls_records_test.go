package netio

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// seal13 makes and reads records of one direction of TLS 1.3, after the
// handshake: crypto/tls starts no key update and sends no broken record.
type seal13 struct {
	secret []byte
	aead   cipher.AEAD
	iv     []byte
	seq    uint64
}

func newSeal13(t testing.TB, suite uint16, secret []byte) *seal13 {
	t.Helper()
	h, size := sha256.New, 16
	if suite != tls.TLS_AES_128_GCM_SHA256 {
		t.Skip("this machine's first cipher is another")
	}
	block, err := aes.NewCipher(expand(t, h, secret, "key", size))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return &seal13{secret: secret, aead: aead, iv: expand(t, h, secret, "iv", 12)}
}

// expand is HKDF-Expand-Label (RFC 8446, section 7.1).
func expand(t testing.TB, h func() hash.Hash, secret []byte, label string, size int) []byte {
	t.Helper()
	label = "tls13 " + label
	info := append([]byte{0, byte(size), byte(len(label))}, label...)
	key, err := hkdf.Expand(h, secret, string(append(info, 0)), size)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// next is the direction after a key update.
func (s *seal13) next(t testing.TB) *seal13 {
	return newSeal13(t, tls.TLS_AES_128_GCM_SHA256, expand(t, sha256.New, s.secret, "traffic upd", 32))
}

func (s *seal13) nonce() []byte {
	nonce := bytes.Clone(s.iv)
	for i, b := range binary.BigEndian.AppendUint64(nil, s.seq) {
		nonce[4+i] ^= b
	}
	s.seq++
	return nonce
}

func (s *seal13) record(kind byte, content []byte) []byte {
	inner := append(bytes.Clone(content), kind)
	header := binary.BigEndian.AppendUint16([]byte{23, 3, 3}, uint16(len(inner)+16))
	return s.aead.Seal(header, s.nonce(), inner, header)
}

func (s *seal13) read(t testing.TB, r io.Reader) (kind byte, content []byte) {
	t.Helper()
	header := make([]byte, tlsHeader)
	if _, err := io.ReadFull(r, header); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, recordSize(header)-tlsHeader)
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatal(err)
	}
	b, err := s.aead.Open(nil, s.nonce(), b, header)
	if err != nil {
		t.Fatal(err)
	}
	return b[len(b)-1], b[:len(b)-1]
}

// secure does a handshake and gives the directions, for records of our own.
func secure(t testing.TB, c net.Conn, config *tls.Config) (up, down *seal13) {
	t.Helper()
	var log bytes.Buffer
	config = config.Clone()
	config.KeyLogWriter = &log
	s := tls.Client(c, config)
	if err := s.Handshake(); err != nil {
		t.Fatal(err)
	}
	secret := func(name string) []byte {
		for line := range strings.Lines(log.String()) {
			if words := strings.Fields(line); words[0] == name {
				b, _ := hex.DecodeString(words[2])
				return b
			}
		}
		t.Fatal("no", name)
		return nil
	}
	suite := s.ConnectionState().CipherSuite
	return newSeal13(t, suite, secret("CLIENT_TRAFFIC_SECRET_0")), newSeal13(t, suite, secret("SERVER_TRAFFIC_SECRET_0"))
}

// TestKeyUpdate changes both directions' keys amid a message, with the word for
// it in two records, and once more while the answer to the first is due.
func TestKeyUpdate(t *testing.T) {
	server, client := authority(t)
	for _, piece := range []int{1, 1 << 20} {
		t.Run(fmt.Sprint(piece), func(t *testing.T) {
			l := listenTLS(t, open(t, nil), server, echoing)
			c := dialRaw(t, l)
			up, down := secure(t, c.Conn, client)
			f := frame(0x81, "across keys")
			all := up.record(23, append([]byte(request), f[:5]...))
			update := []byte{24, 0, 0, 1, 1} // and do so too
			all = append(append(all, up.record(22, update[:2])...), up.record(22, update[2:])...)
			up = up.next(t)
			all = append(append(all, up.record(23, f[5:9])...), up.record(22, update)...)
			up = up.next(t)
			all = append(all, up.record(23, append(f[9:], frame(0x88, closing(1000, ""))...))...)
			go c.write(all, piece)

			var said bytes.Buffer
			for updates := 0; ; {
				kind, content := down.read(t, c.r)
				switch {
				case kind == 23:
					said.Write(content)
				case kind == 22 && bytes.Equal(content, []byte{24, 0, 0, 1, 0}):
					updates++
					down = down.next(t)
				case kind == 21 && bytes.Equal(content, []byte{1, 0}): // close_notify
					if updates != 2 {
						t.Fatalf("%d answers to two updates", updates)
					}
					c.r = bufio.NewReader(&said)
					c.upgraded()
					if got := strings.Join(c.frames(), "|"); got != "across keys|close 1000" {
						t.Fatalf("got %q", got)
					}
					return
				default:
					t.Fatalf("record of type %d: % x", kind, content)
				}
			}
		})
	}
}

// TestBrokenRecord expects an alert, and that the connection ends.
func TestBrokenRecord(t *testing.T) {
	server, client := authority(t)
	for name, alert := range map[string]byte{"bad tag": 20, "unknown type": 10, "too long": 22, "old handshake": 10} {
		t.Run(name, func(t *testing.T) {
			e := newEar()
			l := listenTLS(t, open(t, nil), server, func(*Request) (Handler, Answer) { return e, Answer{} })
			c := dialRaw(t, l)
			up, down := secure(t, c.Conn, client)
			c.write(up.record(23, []byte(request)), 1<<20)
			down.read(t, c.r)
			switch name {
			case "bad tag":
				b := up.record(23, []byte("x"))
				b[len(b)-1]++
				c.write(b, 3)
			case "unknown type":
				c.write(up.record(99, []byte("x")), 3)
			case "too long":
				c.write([]byte{23, 3, 3, 0xff, 0xff}, 3)
			case "old handshake":
				c.write(up.record(22, []byte{1, 0, 0, 1, 0}), 3) // a ClientHello
			}
			if kind, content := down.read(t, c.r); kind != 21 || content[1] != alert && name != "old handshake" {
				t.Fatalf("record of type %d: % x", kind, content)
			}
			_ = c.Close()
			if code := wait(t, e.closed, "end"); code != CloseProtocolError || e.err == nil {
				t.Fatalf("code %d, error %v", code, e.err)
			}
		})
	}
}

// TestAnswersThatNobodyReads has a peer ask for key updates and read no answer.
func TestAnswersThatNobodyReads(t *testing.T) {
	server, client := authority(t)
	e := newEar()
	r := open(t, func(c *Config) {
		c.OutboxBytes = 1024
		c.SendBuffer = 4096
		c.OutboxAge = time.Minute
		c.SlowCode = 4410
	})
	l := listenTLS(t, r, server, func(*Request) (Handler, Answer) { return e, Answer{} })
	c := dialRaw(t, l)
	up, _ := secure(t, c.Conn, client)
	c.write(up.record(23, []byte(request)), 1<<20)
	wait(t, e.opened, "upgrade")
	ping := frame(0x8a, "")
	for {
		b := up.record(22, []byte{24, 0, 0, 1, 1})
		up = up.next(t)
		if _, err := c.Write(append(b, up.record(23, ping)...)); err != nil {
			break
		}
	}
	if code := wait(t, e.closed, "end"); code != 4410 {
		t.Fatalf("code %d, error %v", code, e.err)
	}
}

// TestRenegotiationIsRefused lets openssl ask for it.
func TestRenegotiationIsRefused(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl here")
	}
	server, _ := authority(t)
	e := newEar()
	l := listenTLS(t, open(t, nil), server, func(*Request) (Handler, Answer) { return e, Answer{} })
	c := exec.CommandContext(t.Context(), openssl, "s_client", "-tls1_2", "-connect", l.Addr().String())
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(in, request)
	wait(t, e.opened, "upgrade")
	_, _ = io.WriteString(in, "R\n")
	if code := wait(t, e.closed, "end"); code != CloseProtocolError {
		t.Fatalf("code %d, error %v", code, e.err)
	}
	_ = in.Close()
	_ = c.Wait()
}

// FuzzTLS sends bytes to a server: instead of a handshake, or after it.
func FuzzTLS(f *testing.F) {
	server, client := authority(f)
	config := DefaultConfig()
	config.Pollers, config.CloseTimeout = 1, tick
	r, err := New(config)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = r.Close() })
	listener := &Listener{reactor: r, accept: echoing, tls: fillTLS(server)}
	listener.http = &handover{} // what is no upgrade is dropped
	f.Add([]byte("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"), uint8(0))
	f.Add([]byte("\x17\x03\x03\x00\x20"), uint8(1))
	f.Add([]byte(request), uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, how uint8) {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		_ = unix.SetNonblock(pair[0], true)
		peer, err := netConn(pair[1])
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = peer.Close() }()
		_ = peer.SetDeadline(time.Now().Add(patience))
		c := &Conn{loop: r.loops[0]}
		c.tls = newTLSLink(c, listener.tls)
		c.inbox().listener = listener
		r.enter()
		if err := r.loops[0].register(c, pair[0], false); err != nil {
			t.Fatal(err)
		}
		switch how % 3 {
		case 0:
			_, _ = peer.Write(b)
		case 1: // after the handshake
			secure(t, peer, client)
			_, _ = peer.Write(b)
		case 2: // well sealed, as any kind of record
			up, _ := secure(t, peer, client)
			_, _ = peer.Write(up.record(how/3, b[:min(len(b), 16<<10)]))
		}
		_ = peer.(*net.UnixConn).CloseWrite()
		_, _ = io.Copy(io.Discard, peer)
	})
}
