package servers

import (
	"net/http"
	"time"

	"github.com/lesismal/nbio/mempool"
	"github.com/lesismal/nbio/nbhttp"
	"github.com/lesismal/nbio/nbhttp/websocket"

	"github.com/seed886cd727/throng/bench/peers/wire"
)

// startNbio is set as in its author's own benchmark (go-websocket-benchmark,
// nbio_nonblocking): non-blocking connections, buffers given back, no keep-alive
// timer.
func startNbio() (*Server, error) {
	mempool.DefaultMemPool = mempool.New(wire.Payload+1024, 1<<30)
	all := new(crowd[*websocket.Conn])
	up := websocket.NewUpgrader()
	up.KeepaliveTime = 0
	up.OnOpen(all.add)
	up.OnMessage(func(c *websocket.Conn, kind websocket.MessageType, p []byte) {
		if burst := wire.Burst(p); burst > 0 {
			nbioFanOut(all.members(), p, burst)
			return
		}
		_ = c.WriteMessage(kind, p) // OnClose hears of a broken connection
	})
	engine := nbhttp.NewEngine(nbhttp.Config{
		Network: "tcp", Addrs: []string{"127.0.0.1:0"}, MaxLoad: 1 << 20,
		IOMod: nbhttp.IOModNonBlocking, ReleaseWebsocketPayload: true,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if c, err := up.Upgrade(w, r, nil); err == nil {
				_ = c.SetReadDeadline(time.Time{})
			}
		}),
	})
	if err := engine.Start(); err != nil {
		return nil, err
	}
	return &Server{Addr: engine.Addrs[0]}, nil
}

// nbioFanOut writes message by message: there is no broadcast and no call that
// writes several.
func nbioFanOut(to []*websocket.Conn, p []byte, burst int) {
	for _, c := range to {
		for range burst {
			_ = c.WriteMessage(websocket.TextMessage, p)
		}
	}
}
