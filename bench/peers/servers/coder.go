package servers

import (
	"context"
	"net/http"

	"github.com/coder/websocket"

	"github.com/seed886cd727/throng/bench/peers/wire"
)

// startCoder has the library's defaults, which leave compression off. It has no
// sizes to set.
func startCoder() (*Server, error) {
	all := new(crowd[*websocket.Conn])
	return serveHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return // Accept has answered
		}
		all.add(c)
		go coderRead(c, all)
	}))
}

func coderRead(c *websocket.Conn, all *crowd[*websocket.Conn]) {
	defer func() { _ = c.CloseNow() }()
	ctx := context.Background()
	for {
		kind, p, err := c.Read(ctx)
		if err != nil {
			return
		}
		burst := wire.Burst(p)
		if burst == 0 {
			if err := c.Write(ctx, kind, p); err != nil {
				return
			}
			continue
		}
		for _, to := range all.members() {
			for range burst {
				_ = to.Write(ctx, websocket.MessageText, p) // its reader hears of a broken connection
			}
		}
	}
}
