package servers

import (
	"net/http"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/seed886cd727/throng/bench/peers/wire"
)

// gorillaConn has the lock that gorilla leaves to its user: one may write at a
// time.
type gorillaConn struct {
	*websocket.Conn
	mu sync.Mutex
}

// startGorilla has buffers of the messages' size, and write buffers from a pool,
// as the documentation of Upgrader advises. The reader has a goroutine of its own,
// so that the HTTP server's, with its stack and buffers, can end.
func startGorilla() (*Server, error) {
	up := websocket.Upgrader{ReadBufferSize: 2 * wire.Payload, WriteBufferSize: 2 * wire.Payload, WriteBufferPool: new(sync.Pool)}
	all := new(crowd[*gorillaConn])
	return serveHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := up.Upgrade(w, r, nil)
		if err != nil {
			return // Upgrade has answered
		}
		c := &gorillaConn{Conn: conn}
		all.add(c)
		go c.read(all)
	}))
}

func (c *gorillaConn) read(all *crowd[*gorillaConn]) {
	defer func() { _ = c.Close() }()
	for {
		kind, p, err := c.ReadMessage()
		if err != nil {
			return
		}
		if burst := wire.Burst(p); burst > 0 {
			gorillaFanOut(all.members(), p, burst)
			continue
		}
		c.mu.Lock()
		err = c.WriteMessage(kind, p)
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// gorillaFanOut prepares each message once. There is no call that writes several.
func gorillaFanOut(to []*gorillaConn, p []byte, burst int) {
	var prepared []*websocket.PreparedMessage
	for range burst {
		m, err := websocket.NewPreparedMessage(websocket.TextMessage, p)
		if err != nil {
			return // it fails for wrong kinds only
		}
		prepared = append(prepared, m)
	}
	for _, c := range to {
		c.mu.Lock()
		for _, m := range prepared {
			_ = c.WritePreparedMessage(m) // its reader hears of a broken connection
		}
		c.mu.Unlock()
	}
}
