package servers

import (
	"context"
	"net/http"
	"time"

	"github.com/centrifugal/centrifuge"
)

// startCentrifuge is a node that writes as soon as it can: what waits for a
// client by then goes into one frame, of at most 16 messages.
func startCentrifuge() (*Server, error) { return centrifugeNode(centrifuge.ConnectReply{}) }

// startCentrifugeBatched trades latency for throughput and memory, as its authors
// offer: what comes within a tenth of a second, the example in their
// documentation, goes into one frame, and a timer takes the place of the writing
// goroutine.
func startCentrifugeBatched() (*Server, error) {
	return centrifugeNode(centrifuge.ConnectReply{WriteDelay: 100 * time.Millisecond, WriteWithTimer: true, MaxMessagesInFrame: -1})
}

// centrifugeNode has no history, presence or outer broker. Everyone is let in, and
// into every channel. Pooled write buffers, a small read buffer and commands off
// the read loop are what its authors name for many connections.
func centrifugeNode(welcome centrifuge.ConnectReply) (*Server, error) {
	node, err := centrifuge.New(centrifuge.Config{})
	if err != nil {
		return nil, err
	}
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		one := welcome
		one.Credentials = &centrifuge.Credentials{UserID: "u"}
		return one, nil
	})
	node.OnConnect(func(c *centrifuge.Client) {
		c.OnSubscribe(func(_ centrifuge.SubscribeEvent, answer centrifuge.SubscribeCallback) {
			answer(centrifuge.SubscribeReply{}, nil)
		})
		// without the publisher's name in it, as the API of a server publishes
		c.OnPublish(func(e centrifuge.PublishEvent, answer centrifuge.PublishCallback) {
			result, err := node.Publish(e.Channel, e.Data)
			answer(centrifuge.PublishReply{Result: &result}, err)
		})
	})
	if err := node.Run(); err != nil {
		return nil, err
	}
	return serveHTTP(centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{
		PingPongConfig: centrifuge.PingPongConfig{PingInterval: pings},
		ReadBufferSize: 512, UseWriteBufferPool: true, ProcessCommandsOffReadLoop: true,
		CheckOrigin: func(*http.Request) bool { return true },
	}))
}
