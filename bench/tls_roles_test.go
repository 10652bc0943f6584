package bench

import (
	"bufio"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed886cd727/throng/netio"
)

// certify makes a certificate of an RSA-2048 or P-256 key that nobody vouches for.
func certify(kind string) (*tls.Config, error) {
	var key crypto.Signer
	var err error
	if kind == "RSA-2048" {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, err
}

// holdRole runs a server, and says what it weighs when it is asked.
func holdRole(args []string) error {
	config, err := certify("P-256")
	if err != nil {
		return err
	}
	addr, err := hold(args[0], config)
	if err != nil {
		return err
	}
	fmt.Println(addr)
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); {
		time.Sleep(200 * time.Millisecond) // the last handshakes' goroutines end
		for range 3 {
			debug.FreeOSMemory()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		text, err := os.ReadFile("/proc/self/statm")
		if err != nil {
			return err
		}
		pages, err := strconv.Atoi(strings.Fields(string(text))[1])
		if err != nil {
			return err
		}
		fmt.Println(pages*os.Getpagesize(), m.HeapAlloc, m.HeapObjects)
	}
	return nil
}

func hold(kind string, config *tls.Config) (net.Addr, error) {
	if kind == "goroutine" {
		l, err := tls.Listen("tcp", "127.0.0.1:0", config)
		if err != nil {
			return nil, err
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go upgradeAndRead(c)
			}
		}()
		return l.Addr(), nil
	}
	r, err := netio.New(netio.DefaultConfig())
	if err != nil {
		return nil, err
	}
	accept := func(*netio.Request) (netio.Handler, netio.Answer) { return mute{}, netio.Answer{} }
	listen := func() (*netio.Listener, error) { return r.Listen("127.0.0.1:0", accept) }
	if kind == "tls" {
		listen = func() (*netio.Listener, error) { return r.ListenTLS("127.0.0.1:0", config, accept) }
	}
	l, err := listen()
	if err != nil {
		return nil, err
	}
	return l.Addr(), nil
}

// mute is a connection's end that says nothing.
type mute struct{}

func (mute) Open(*netio.Conn, netio.Info)              {}
func (mute) Message(*netio.Conn, bool, []byte)         {}
func (mute) Close(*netio.Conn, netio.CloseCode, error) {}

// upgradeAndRead is the least that such a server does.
func upgradeAndRead(c net.Conn) {
	b := make([]byte, 512)
	n, _ := c.Read(b)
	if n > 0 {
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
		_, _ = c.Read(b[:2])
	}
}

// idleTLSRole connects and is silent until its input ends.
func idleTLSRole(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	dial := dialSecure
	if args[2] == "plain" {
		dial = dialPlain
	}
	all, err := connectBy(dial, args[0], n)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(all)
	return nil
}

// shakeRole opens as many connections as it is told, and closes them.
func shakeRole(args []string) error {
	fmt.Println("ready")
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); fmt.Println("done") {
		n, err := strconv.Atoi(orders.Text())
		if err != nil {
			return err
		}
		const lanes = 10
		errs := make([]error, lanes)
		var wg sync.WaitGroup
		for i := range lanes {
			wg.Go(func() {
				all, err := connectBy(dialSecure, args[0], n/lanes)
				for _, c := range all {
					_ = c.Close()
				}
				errs[i] = err
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return nil
}
