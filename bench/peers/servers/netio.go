package servers

import (
	"github.com/seed886cd727/throng/bench/peers/wire"
	"github.com/seed886cd727/throng/netio"
)

// startNetio is the connection layer of this project alone, as it comes.
func startNetio() (*Server, error) {
	c := netio.DefaultConfig()
	c.Heartbeat = pings
	r, err := netio.New(c)
	if err != nil {
		return nil, err
	}
	h := &netioHandler{}
	l, err := r.Listen("127.0.0.1:0", func(*netio.Request) (netio.Handler, netio.Answer) { return h, netio.Answer{} })
	if err != nil {
		return nil, err
	}
	return &Server{Addr: l.Addr().String()}, nil
}

type netioHandler struct{ all crowd[*netio.Conn] }

func (h *netioHandler) Open(c *netio.Conn, _ netio.Info) { h.all.add(c) }

func (h *netioHandler) Message(c *netio.Conn, _ bool, p []byte) {
	frame := netio.TextFrame(p)
	burst := wire.Burst(p)
	if burst == 0 {
		c.Queue(frame)
		return
	}
	for _, to := range h.all.members() {
		for range burst {
			to.Queue(frame)
		}
		to.Flush()
	}
}

func (h *netioHandler) Close(*netio.Conn, netio.CloseCode, error) {}
