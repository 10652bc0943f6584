// Package server is the reference chat server, one node of it: it takes
// connections, orders and stores what is said, and tells whom it concerns.
//
// New puts the parts together, Serve runs them, Drain sends the clients away,
// Close ends it all. A message's way: netio reads it, gateway decodes it,
// conversation judges it, the store makes it durable, publishers acknowledge it
// and room hands it out.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
	"github.com/seed886cd727/throng/server/admin"
	"github.com/seed886cd727/throng/server/auth"
	"github.com/seed886cd727/throng/server/conversation"
	"github.com/seed886cd727/throng/server/faulty"
	"github.com/seed886cd727/throng/server/gateway"
	"github.com/seed886cd727/throng/server/room"
	"github.com/seed886cd727/throng/server/store"
)

const (
	closeSilent     = netio.CloseCode(chat.CloseSilent)
	closeSlowReader = netio.CloseCode(chat.CloseSlowReader)
)

// Server is one node. Its methods may be called concurrently.
type Server struct {
	config     Config
	users      *conversation.Directory
	rooms      *room.Rooms
	counts     *conversation.Counts
	publishers *conversation.Publishers
	log        conversation.Log
	service    *conversation.Service
	gateway    *gateway.Gateway
	reactor    *netio.Reactor
	listener   *netio.Listener
	page       *http.Server
	admin      *http.Server
	adminAddr  net.Listener

	drain     chan gateway.Departure // holds the one that was asked for first
	drainOnce sync.Once
	draining  atomic.Bool
	closing   context.Context // done once Close is called
	startStop context.CancelFunc
	close     func() error // once
}

// New opens the log and listens on both addresses. Users are served at once,
// the admin API from Serve on.
func New(c Config) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Server{config: c, drain: make(chan gateway.Departure, 1)}
	s.closing, s.startStop = context.WithCancel(context.Background())
	s.close = sync.OnceValue(s.closeParts)
	if err := errors.Join(s.openLog(), s.listenAdmin()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.listen(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.admin = &http.Server{Handler: admin.New(admin.Config{
		Log: s.log, Service: s.service, Node: s, Metrics: s.metrics(), Token: s.config.AdminToken,
		Drain: admin.DrainRequest{Within: s.config.Draining, Delay: s.config.DrainDelay}, MaxMembers: s.config.Rules.MaxMembers,
	}), ReadHeaderTimeout: 10 * time.Second}
	return s, nil
}

// openLog puts the chat rules between a log and rooms.
func (s *Server) openLog() error {
	c := &s.config
	who, err := c.authenticator()
	if err != nil {
		return err
	}
	s.users, s.rooms, s.counts = conversation.NewDirectory(), room.New(chat.Codecs()), new(conversation.Counts)
	faults := faulty.New(c.Faults, c.InventBody)
	rooms := faults.Rooms(s.rooms)
	s.publishers = conversation.NewPublishers(c.Rules, rooms, s.users, s.counts)
	if s.log, err = store.Open(c.Store, faults.Committed(s.publishers.Committed)); err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	s.log = faults.Log(s.log)
	s.service = conversation.NewService(c.Rules, conversation.Deps{
		Log: s.log, Rooms: rooms, Users: s.users, Auth: who, Clock: c.Clock, Streams: chat.NewStream, Counts: s.counts,
	})
	return nil
}

func (c *Config) authenticator() (conversation.Authenticator, error) {
	if c.Auth == AuthNone {
		return auth.None{}, nil
	}
	j, err := auth.NewJWT(c.JWTKey, c.Clock)
	if err != nil {
		return nil, fmt.Errorf("read the key for tokens: %w", err)
	}
	return j, nil
}

// listen takes connections from now on.
func (s *Server) listen() (err error) {
	c := &s.config
	// The gateway counts sessions; what is refused before there is one is refused
	// by the same limit.
	c.Network.MaxConnections, c.Network.RetryAfter = c.Gateway.MaxConnections, c.Gateway.RetryAfter
	if s.reactor, err = netio.New(c.Network); err != nil {
		return err
	}
	c.Gateway.Pollers = c.Network.Pollers
	s.gateway = gateway.New(c.Gateway, chat.Codecs(), s.service, s.users)
	if s.listener, err = s.listenForUsers(); err != nil {
		return fmt.Errorf("listen for users: %w", err)
	}
	s.page = &http.Server{Handler: page(c.Version), ReadHeaderTimeout: c.Network.HandshakeTimeout, MaxHeaderBytes: c.Network.MaxHead}
	return nil
}

func (s *Server) listenForUsers() (*netio.Listener, error) {
	c := &s.config
	if !c.TLS.on() {
		return s.reactor.Listen(c.Listen, s.gateway.Accept)
	}
	pair, err := newCertificate(c.TLS, c.Logger, c.Clock)
	if err != nil {
		return nil, err
	}
	return s.reactor.ListenTLS(c.Listen, &tls.Config{GetCertificate: pair.get}, s.gateway.Accept)
}

func (s *Server) listenAdmin() (err error) {
	c := &s.config
	if s.adminAddr, err = net.Listen("tcp", c.Admin); err != nil {
		return fmt.Errorf("listen for the admin API: %w", err)
	}
	return nil
}

// Addr is where users connect to.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// URL is that of Addr, without a path.
func (s *Server) URL() string {
	if s.config.TLS.on() {
		return "wss://" + s.Addr().String()
	}
	return "ws://" + s.Addr().String()
}

// AdminAddr is where the admin API is.
func (s *Server) AdminAddr() net.Addr { return s.adminAddr.Addr() }

// Serve serves until ctx is done or a drain is asked for; then it drains and
// closes. It returns nil after that.
func (s *Server) Serve(ctx context.Context) error {
	running, stop := context.WithCancel(context.Background())
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { s.gateway.Sweep(running) })
	wg.Go(func() { s.serveHTTP(s.page, s.listener.HTTP()) })
	wg.Go(func() { s.serveHTTP(s.admin, s.adminAddr) })

	stopDrain := context.AfterFunc(ctx, func() {
		s.StartDrain(admin.DrainRequest{Within: s.config.Draining, Delay: s.config.DrainDelay, Reason: "the node is going down"})
	})
	defer stopDrain()
	select {
	case d := <-s.drain:
		s.sendAway(d)
	case <-s.closing.Done():
	}
	stop()
	return s.Close()
}

func (s *Server) serveHTTP(h *http.Server, l net.Listener) {
	if err := h.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		s.config.Logger.Error("http server ended", "addr", l.Addr().String(), "err", err)
	}
}

// Ready is nil while the node takes connections.
func (s *Server) Ready() error {
	if s.draining.Load() {
		return errors.New("draining")
	}
	return healthy(s.log)
}

// Close ends everything at once: connections are closed with 1001, what the log
// has taken is finished and its files are closed.
func (s *Server) Close() error {
	s.startStop()
	return s.close()
}

// closeParts ends the parts in the order in which work flows through them. Those that
// were never made are passed over.
func (s *Server) closeParts() error {
	var errs []error
	for _, h := range []*http.Server{s.page, s.admin} {
		if h != nil {
			errs = append(errs, h.Close())
		}
	}
	if s.adminAddr != nil {
		_ = s.adminAddr.Close() // it may be closed with its http.Server
	}
	if s.listener != nil {
		_ = s.listener.Close() // a drain may have closed it
	}
	if s.gateway != nil {
		s.gateway.Dismiss()
	}
	if s.service != nil {
		s.service.Close()
	}
	if s.log != nil {
		errs = append(errs, s.log.Close())
	}
	if s.publishers != nil {
		s.publishers.Close()
	}
	if s.reactor != nil {
		errs = append(errs, s.reactor.Close())
	}
	return errors.Join(errs...)
}

// healthy asks a log that can tell whether it still takes writes.
func healthy(l conversation.Log) error {
	if h, ok := l.(interface{ Healthy() error }); ok {
		return h.Healthy()
	}
	return nil
}
