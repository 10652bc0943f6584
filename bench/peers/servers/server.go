// Package servers holds the servers that are compared: one small program on each
// library, as its authors would write it for many connections, and the floor.
//
// A plain server sends a message back, or to everyone if the message asks for
// that (see [wire.Burst]). A chat server has a protocol of its own for the same.
package servers

import (
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// Server is a server that runs until its process ends.
type Server struct {
	Addr string
	// Prepare makes the conversations that n users of a role are members of; nil
	// where a channel comes to be by being subscribed to.
	Prepare func(role string, n int) error
	// Settle gives back what the server itself keeps for later; may be nil.
	Settle func() error
}

// Entry is how a server is had.
type Entry struct {
	Name    string
	Module  string // of the library; empty: ours, or none
	Dialect string // which the client speaks to it
	Start   func() (*Server, error)
}

// Plain is the dialect of servers without a protocol of their own.
const Plain = "plain"

// All lists the servers; the floor comes first.
func All() []Entry {
	all := []Entry{
		{"epoll", "", Plain, startEpoll},
		{"netio", "", Plain, startNetio},
		{"gorilla", "github.com/gorilla/websocket", Plain, startGorilla},
		{"gws", "github.com/lxzan/gws", Plain, startGws},
		{"nbio", "github.com/lesismal/nbio", Plain, startNbio},
		{"gnet", "github.com/panjf2000/gnet/v2", Plain, startGnet},
		{"coder", "github.com/coder/websocket", Plain, startCoder},
		{"centrifuge-json", "github.com/centrifugal/centrifuge", "centrifuge-json", startCentrifuge},
		{"centrifuge-protobuf", "github.com/centrifugal/centrifuge", "centrifuge-protobuf", startCentrifuge},
		{"centrifuge-batched", "github.com/centrifugal/centrifuge", "centrifuge-protobuf", startCentrifugeBatched},
	}
	for _, c := range chat.Codecs() {
		all = append(all, Entry{c.Subprotocol(), "", c.Subprotocol(), startThrong})
	}
	return all
}

// pings is how long a server that looks after dead peers lets them be silent: long
// enough that none of that falls into a measurement.
const pings = 10 * time.Minute

// crowd is everyone who is connected.
type crowd[T any] struct {
	mu  sync.Mutex
	all []T
}

func (c *crowd[T]) add(one T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, one)
}

// members is who has come so far. Nobody is taken out: clients leave when the
// server ends.
func (c *crowd[T]) members() []T {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all
}

// serveHTTP has a handler upgrade what comes to a free port.
func serveHTTP(h http.Handler) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() { _ = http.Serve(l, h) }() // until the process ends
	return &Server{Addr: l.Addr().String()}, nil
}
