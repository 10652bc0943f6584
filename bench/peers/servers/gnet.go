package servers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gobwas/ws"
	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/logging"

	"github.com/seed886cd727/throng/bench/peers/wire"
)

// startGnet has an event loop a core. gnet has no WebSocket of its own: gobwas
// upgrades, frames are parsed where they lie.
func startGnet() (*Server, error) {
	addr, err := freePort()
	if err != nil {
		return nil, err
	}
	h := &gnetHandler{booted: make(chan struct{}), loops: map[gnet.EventLoop][]gnet.Conn{}}
	failed := make(chan error, 1)
	go func() {
		failed <- gnet.Run(h, "tcp://"+addr, gnet.WithMulticore(true), gnet.WithTCPNoDelay(gnet.TCPNoDelay), gnet.WithLogLevel(logging.ErrorLevel))
	}()
	select {
	case <-h.booted:
		return &Server{Addr: addr}, nil
	case err := <-failed:
		return nil, err
	case <-time.After(10 * time.Second):
		return nil, errors.New("gnet does not start")
	}
}

// freePort finds one: gnet does not tell which it took.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

type gnetHandler struct {
	gnet.BuiltinEventEngine
	booted chan struct{}
	mu     sync.Mutex
	loops  map[gnet.EventLoop][]gnet.Conn // everyone, by the loop that may write to them
}

func (h *gnetHandler) OnBoot(gnet.Engine) gnet.Action {
	close(h.booted)
	return gnet.None
}

// upgraded is a connection's context once it was upgraded.
type upgraded struct{}

func (h *gnetHandler) OnTraffic(c gnet.Conn) gnet.Action {
	if c.Context() == nil {
		return h.upgrade(c)
	}
	b, _ := c.Peek(-1)
	var out []byte
	taken := 0
	for taken < len(b) {
		op, p, size, err := wire.Next(b[taken:])
		if err != nil || op == ws.OpClose {
			return gnet.Close
		}
		if size == 0 {
			break
		}
		taken += size
		if burst := wire.Burst(p); burst > 0 {
			h.fanOut(c, p, burst)
			continue
		}
		out = wire.Append(out, op, p)
	}
	if len(out) > 0 {
		_, _ = c.Write(out)
	}
	_, _ = c.Discard(taken)
	return gnet.None
}

func (h *gnetHandler) upgrade(c gnet.Conn) gnet.Action {
	b, _ := c.Peek(-1)
	end := bytes.Index(b, []byte("\r\n\r\n")) + 4
	if end < 4 {
		return gnet.None
	}
	if _, err := ws.Upgrade(readWriter{bytes.NewReader(b[:end]), c}); err != nil {
		return gnet.Close
	}
	_, _ = c.Discard(end)
	c.SetContext(upgraded{})
	h.mu.Lock()
	defer h.mu.Unlock()
	h.loops[c.EventLoop()] = append(h.loops[c.EventLoop()], c)
	return gnet.None
}

type readWriter struct {
	io.Reader
	io.Writer
}

// fanOut glues a burst, and has each loop write to its own connections: only
// there it costs no task and no wake-up for each.
func (h *gnetHandler) fanOut(from gnet.Conn, p []byte, burst int) {
	var glued []byte
	for range burst {
		glued = wire.Append(glued, ws.OpText, p)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for loop, members := range h.loops {
		write := func(context.Context) error {
			for _, c := range members {
				if _, err := c.Write(glued); err != nil {
					return fmt.Errorf("write to %s: %w", c.RemoteAddr(), err)
				}
			}
			return nil
		}
		if loop == from.EventLoop() {
			_ = write(context.Background()) // OnClose hears of a broken connection
			continue
		}
		_ = loop.Execute(context.Background(), gnet.RunnableFunc(write))
	}
}
