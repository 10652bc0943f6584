package servers

import (
	"net"

	"github.com/lxzan/gws"

	"github.com/seed886cd727/throng/bench/peers/wire"
)

// startGws listens without net/http, with a small read buffer, and hands messages
// to no other goroutine: the settings for many connections.
func startGws() (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := gws.NewServer(&gwsHandler{all: new(crowd[*gws.Conn])}, &gws.ServerOption{ReadBufferSize: 2 * wire.Payload})
	go func() { _ = s.RunListener(l) }() // until the process ends
	return &Server{Addr: l.Addr().String()}, nil
}

type gwsHandler struct {
	gws.BuiltinEventHandler
	all *crowd[*gws.Conn]
}

func (h *gwsHandler) OnOpen(c *gws.Conn) { h.all.add(c) }

func (h *gwsHandler) OnMessage(c *gws.Conn, m *gws.Message) {
	defer func() { _ = m.Close() }()
	p := m.Bytes()
	if burst := wire.Burst(p); burst > 0 {
		gwsFanOut(h.all.members(), p, burst)
		return
	}
	_ = c.WriteMessage(m.Opcode, p) // OnClose hears of a broken connection
}

// gwsFanOut uses Broadcaster, which builds a frame once and queues it for each
// connection's writer.
func gwsFanOut(to []*gws.Conn, p []byte, burst int) {
	all := make([]*gws.Broadcaster, burst)
	for i := range all {
		all[i] = gws.NewBroadcaster(gws.OpcodeText, append([]byte(nil), p...))
	}
	for _, c := range to {
		for _, b := range all {
			_ = b.Broadcast(c) // it fails for messages that are too large only
		}
	}
	for _, b := range all {
		_ = b.Close()
	}
}
