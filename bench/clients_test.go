package bench

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
)

// payload is the size of the messages, in bytes.
const payload = 128

func dialPlain(addr string) (net.Conn, error) { return net.Dial("tcp", addr) }

func dialSecure(addr string) (net.Conn, error) {
	return tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
}

// connectBy opens n WebSockets, one after the other.
func connectBy(dial func(string) (net.Conn, error), addr string, n int) ([]net.Conn, error) {
	var conns []net.Conn
	for range n {
		c, err := dial(addr)
		if err != nil {
			return nil, err
		}
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReaderSize(c, 512), nil)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusSwitchingProtocols {
			return nil, errors.New(resp.Status)
		}
		conns = append(conns, c)
	}
	return conns, nil
}

// rounds does a round on all connections at once for each number that it is told.
func rounds(dial func(string) (net.Conn, error), addr, conns string, one func(net.Conn, int) error) error {
	n, err := strconv.Atoi(conns)
	if err != nil {
		return err
	}
	all, err := connectBy(dial, addr, n)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); fmt.Println("done") {
		size, err := strconv.Atoi(orders.Text())
		if err != nil {
			return err
		}
		errs := make([]error, n)
		var wg sync.WaitGroup
		for i, c := range all {
			wg.Go(func() { errs[i] = one(c, size) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return nil
}

// echoRole sends a message and waits for its echo, as often as it is told.
func echoRole(dial func(string) (net.Conn, error), args []string) error {
	message := append([]byte{0x82, 0x80 | 126, 0, payload, 1, 2, 3, 4}, make([]byte, payload)...)
	return rounds(dial, args[0], args[1], func(c net.Conn, times int) error {
		answer := make([]byte, payload+4)
		for range times {
			if _, err := c.Write(message); err != nil {
				return err
			}
			if _, err := io.ReadFull(c, answer); err != nil {
				return err
			}
		}
		return nil
	})
}

// hearRole reads as many bytes as it is told.
func hearRole(dial func(string) (net.Conn, error), args []string) error {
	return rounds(dial, args[0], args[1], func(c net.Conn, bytes int) error {
		_, err := io.CopyN(io.Discard, c, int64(bytes))
		return err
	})
}
