// Package admin is the server's other door: provisioning, inspection, draining,
// metrics and profiles, on a listener of its own.
//
// Conversations come and go as NDJSON, one a line, in streams of any length:
// what is read is handed on in batches, so a hundred thousand take seconds and
// little memory.
package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/pprof"
	"runtime"
	"runtime/debug"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

// Service is what the chat rules must hear of provisioning.
type Service interface {
	// Provisioned tells sessions of conversations that were made for them.
	Provisioned([]conversation.Spec)
	// Removed makes sessions forget conversations.
	Removed([]chat.ConversationID)
}

// Node is what the admin API may ask of the server around it.
type Node interface {
	// StartDrain begins to drain and returns at once. One that is under way goes
	// on as it is.
	StartDrain(DrainRequest)
	// DrainStatus says how far it is.
	DrainStatus() DrainStatus
	// Ready is nil when the node takes connections, or says why it does not.
	Ready() error
}

// Config is what the admin API needs.
type Config struct {
	Log     conversation.Log
	Service Service
	Node    Node
	Metrics http.Handler
	// Token is what requests must bear. Empty: none is asked for, and requests
	// that a browser sends for another site are refused.
	Token      string
	Drain      DrainRequest // what a request that says nothing asks for
	MaxMembers int
}

type api struct{ Config }

// New makes the handler of the admin listener.
func New(c Config) http.Handler {
	a := &api{c}
	open := http.NewServeMux() // what says nothing about anyone
	open.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, "ok\n") })
	open.HandleFunc("GET /readyz", a.ready)

	guarded := http.NewServeMux()
	guarded.HandleFunc("POST /v1/conversations", a.provision)
	guarded.HandleFunc("DELETE /v1/conversations", a.remove)
	guarded.HandleFunc("GET /v1/conversations/{id}", a.conversation)
	guarded.HandleFunc("GET /v1/conversations/{id}/entries", a.entries)
	guarded.HandleFunc("POST /v1/gc", a.collect)
	guarded.HandleFunc("POST /v1/drain", a.drain)
	guarded.HandleFunc("GET /v1/drain", a.drainStatus)
	guarded.Handle("GET /metrics", c.Metrics)
	guarded.HandleFunc("/debug/pprof/", pprof.Index)
	guarded.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	guarded.HandleFunc("/debug/pprof/profile", pprof.Profile)
	guarded.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	guarded.HandleFunc("/debug/pprof/trace", pprof.Trace)
	open.Handle("/", guard(c.Token, guarded))
	return open
}

func (a *api) ready(w http.ResponseWriter, _ *http.Request) {
	if err := a.Node.Ready(); err != nil {
		fail(w, http.StatusServiceUnavailable, err)
		return
	}
	answer(w, "ready\n")
}

// collect has the log give its caches back, forces a garbage collection and gives
// free memory back to the system, so that what is measured next is what is in use.
func (a *api) collect(w http.ResponseWriter, _ *http.Request) {
	if l, ok := a.Log.(interface{ Trim() error }); ok {
		if err := l.Trim(); err != nil {
			fail(w, http.StatusServiceUnavailable, err)
			return
		}
	}
	runtime.GC()
	debug.FreeOSMemory()
	w.WriteHeader(http.StatusNoContent)
}

// answer and the like ignore write errors: the client is gone, and nobody else
// is concerned.
func answer(w http.ResponseWriter, text string) { _, _ = w.Write([]byte(text)) }

func writeJSON(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func fail(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	writeJSON(w, map[string]string{"error": err.Error()})
}

// statusOf says what a log's error is in HTTP.
func statusOf(err error) int {
	switch {
	case errors.Is(err, conversation.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, conversation.ErrConflict):
		return http.StatusConflict
	case errors.Is(err, conversation.ErrOverloaded), errors.Is(err, conversation.ErrClosed), errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable
	}
	if _, gone := errors.AsType[*conversation.GoneError](err); gone {
		return http.StatusGone
	}
	return http.StatusInternalServerError
}
