// Package node runs the reference server as a child process: its memory and its
// time on the CPU must be its own, and it must be possible to kill it.
//
// The child listens on free ports that it says in a line of JSON. It holds a pipe
// of this process as its standard input and ends when that closes, so that it
// goes however this process went.
package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/seed886cd727/throng/loadgen/admin"
)

// Config says what to run.
type Config struct {
	Binary  string    // the throng program; empty: this one
	Args    []string  // further flags of serve
	Dir     string    // folder of the log; it stays when the node has gone
	Token   string    // of the admin API, where Args name a token file
	Stderr  io.Writer // gets what the child logs, from one goroutine at a time; nil: nobody
	LogFile string    // gets it too, appended; empty: none
	// StartWithin is how long a start may take until the node is ready; 0 is a
	// minute. A large log that was not closed takes its time to open.
	StartWithin time.Duration
	// StopWithin is how long Stop waits before it kills; 0 is 30 s, in which the
	// server's own window for clients to leave (12.5 s, and 10 s of closing
	// handshakes) has room.
	StopWithin time.Duration
}

// Node is a server that runs, or ran. Its methods may be called concurrently:
// Restart, Drain and Stop take turns; Kill waits for none of them.
type Node struct {
	config Config
	addr   netip.AddrPort
	api    admin.Client
	died   chan error
	turn   chan struct{} // full while Restart, Drain or Stop is at work

	mu      sync.Mutex
	process *process // the newest
}

// Start starts a node and waits until it takes connections. ctx bounds the start
// alone. Where it fails nothing is left running, and the error has the child's
// last words.
func Start(ctx context.Context, c Config) (*Node, error) {
	if c.Dir == "" {
		return nil, errors.New("start the server: no folder was given for its log")
	}
	if c.StartWithin == 0 {
		c.StartWithin = time.Minute
	}
	if c.StopWithin == 0 {
		c.StopWithin = 30 * time.Second
	}
	n := &Node{config: c, died: make(chan error, 1), turn: make(chan struct{}, 1)}
	// Without a proxy: it is on this machine.
	n.api = admin.Client{Token: c.Token, HTTP: &http.Client{Transport: &http.Transport{MaxIdleConns: 8, ExpectContinueTimeout: time.Second}}}
	const free = "127.0.0.1:0"
	if err := n.start(ctx, free, free); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	return n, nil
}

// Addr is where users connect to. It stays the same.
func (n *Node) Addr() netip.AddrPort { return n.addr }

// Admin is the admin API's base, like http://127.0.0.1:8081. It stays the same.
func (n *Node) Admin() string { return n.api.Base }

// API is a client of the admin API.
func (n *Node) API() *admin.Client { return &n.api }

// PID is the id of the newest process, which may have ended.
func (n *Node) PID() int { return n.newest().cmd.Process.Pid }

// Died gets an error when the process ends without having been asked to, with
// what it logged last. It holds one: that of a later process is lost while nobody
// has read the first.
func (n *Node) Died() <-chan error { return n.died }

func (n *Node) newest() *process {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.process
}

func (n *Node) report(err error) {
	select {
	case n.died <- err:
	default:
	}
}

// take waits for the caller's turn.
func (n *Node) take(ctx context.Context) error {
	select {
	case n.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (n *Node) give() { <-n.turn }
