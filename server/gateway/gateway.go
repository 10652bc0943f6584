// Package gateway makes sessions of connections: it takes WebSocket upgrades,
// decodes what comes in, hands it to the chat rules, and encodes what they
// answer.
//
// A connection expects a hello, is welcomed, is open, and ends; at a drain it is
// told to move on while it still is served. All that happens on the goroutine
// that read the bytes; nothing here waits. The connection itself is known by
// four methods, see [Conn], so that other transports can take the WebSocket's
// place.
package gateway

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
	"github.com/seed886cd727/throng/server/conversation"
	"github.com/seed886cd727/throng/server/room"
)

// Path is where the WebSocket is.
const Path = "/ws"

// Config bounds connections.
type Config struct {
	MaxConnections int           // beyond it an upgrade is refused with 503
	RetryAfter     time.Duration // told with that refusal
	HelloTimeout   time.Duration // until the first request; then 4408
	HoldBytes      int           // of what may gather for a session while its hello is answered
	Pollers        int           // how many goroutines call; conn.Poller() is below it
}

// DefaultConfig suits one node; Pollers is the connections' own setting.
func DefaultConfig() Config {
	return Config{MaxConnections: 1_000_000, RetryAfter: 5 * time.Second, HelloTimeout: 10 * time.Second, HoldBytes: 1 << 20, Pollers: 1}
}

// Gateway holds the connections of a node. Its methods may be called
// concurrently.
type Gateway struct {
	config   Config
	service  *conversation.Service
	users    *conversation.Directory
	codecs   []chat.Codec
	decoders [][]chat.Decoder // of each poller, by codec
	buffers  sync.Pool        // of *[]byte, to encode into

	draining atomic.Bool
	progress progress // of a drain
	arrivals arrivals

	// What is counted since the start; Connections is what is open now.
	Connections              atomic.Int64
	Refused, NoHello, Closed atomic.Uint64
	Received, Malformed      atomic.Uint64 // requests
}

// New makes a gateway for the codecs that rooms were made with, in that order.
func New(c Config, codecs []chat.Codec, s *conversation.Service, users *conversation.Directory) *Gateway {
	g := &Gateway{config: c, service: s, users: users, codecs: codecs, decoders: make([][]chat.Decoder, c.Pollers)}
	g.buffers.New = func() any { return new([]byte) }
	for i := range g.decoders {
		for _, codec := range codecs {
			g.decoders[i] = append(g.decoders[i], codec.NewDecoder())
		}
	}
	return g
}

// Accept judges an upgrade. It is a netio.Accept.
func (g *Gateway) Accept(r *netio.Request) (netio.Handler, netio.Answer) {
	if r.Path != Path {
		return nil, refuse(http.StatusNotFound, "the WebSocket is at "+Path+"\n")
	}
	codec, subprotocol, ok := g.negotiate(r.Protocols)
	if !ok {
		return nil, refuse(http.StatusBadRequest, "none of the subprotocols is spoken here; these are: "+g.subprotocols()+"\n")
	}
	if g.draining.Load() {
		return nil, g.refuseForNow("this node is going away\n")
	}
	if g.Connections.Add(1) > int64(g.config.MaxConnections) {
		g.Connections.Add(-1)
		return nil, g.refuseForNow("this node holds all the connections that it may\n")
	}
	return newConnection(g, codec), netio.Answer{Status: http.StatusSwitchingProtocols, Subprotocol: subprotocol}
}

// negotiate takes the first that the client names of those that are spoken here:
// clients name them in the order of their preference (RFC 6455, section 4.1). One
// that names none speaks the first of ours, and none is named to it (section 4.2.2).
func (g *Gateway) negotiate(offered []string) (codec uint8, subprotocol string, ok bool) {
	if len(offered) == 0 {
		return 0, "", true
	}
	for _, name := range offered {
		i := slices.IndexFunc(g.codecs, func(c chat.Codec) bool { return c.Subprotocol() == name })
		if i >= 0 {
			return uint8(i), name, true
		}
	}
	return 0, "", false
}

func (g *Gateway) subprotocols() string {
	var names []string
	for _, c := range g.codecs {
		names = append(names, c.Subprotocol())
	}
	return strings.Join(names, ", ")
}

func refuse(status int, why string) netio.Answer {
	return netio.Answer{Status: status, Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, Body: []byte(why)}
}

// refuseForNow says when to come again.
func (g *Gateway) refuseForNow(why string) netio.Answer {
	g.Refused.Add(1)
	a := refuse(http.StatusServiceUnavailable, why)
	seconds := int((g.config.RetryAfter + time.Second - 1) / time.Second)
	a.Header.Set("Retry-After", strconv.Itoa(max(1, seconds)))
	return a
}

// Draining reports whether the node is going away.
func (g *Gateway) Draining() bool { return g.draining.Load() }

// encode compiles an event for one connection.
func (g *Gateway) encode(codec uint8, e chat.Event) *netio.Frame {
	b := g.buffers.Get().(*[]byte)
	defer g.buffers.Put(b)
	c := g.codecs[codec]
	*b = c.AppendEvent((*b)[:0], e)
	return room.Frame(c, *b)
}
