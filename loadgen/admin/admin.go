// Package admin is a client of the reference server's admin API: it makes and
// removes conversations, asks for a collection or a drain, and reads the metrics.
//
// Conversations are streamed as they come, one a line; a population of a million
// needs no more memory here than one conversation does.
package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxAnswer bounds an answer that is held in memory, in bytes. The longest is a
// summary with a hundred faults.
const maxAnswer = 1 << 20

// Client speaks to one node. Its methods may be called concurrently. All of them
// end when their context does; none has a time limit of its own.
type Client struct {
	Base  string       // http://host:port
	Token string       // what requests bear; empty: none
	HTTP  *http.Client // nil: http.DefaultClient. Its transport should wait for 100 Continue, as the default does
}

// StatusError is an answer other than the one that was hoped for.
type StatusError struct {
	Status  int    // of HTTP
	Message string // what the server says about it
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("answered %d %s", e.Status, http.StatusText(e.Status))
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// Ready is nil while the node takes connections, or says why it does not.
func (c *Client) Ready(ctx context.Context) error {
	return c.ask(ctx, http.MethodGet, "/readyz", nil, nil)
}

// Collect forces a garbage collection and waits for it: what the process holds
// afterwards is in use.
func (c *Client) Collect(ctx context.Context) error {
	return c.ask(ctx, http.MethodPost, "/v1/gc", nil, nil)
}

// Metrics is the node's page in the text format of Prometheus. The caller closes
// it.
func (c *Client) Metrics(ctx context.Context) (io.ReadCloser, error) {
	resp, err := c.do(ctx, http.MethodGet, "/metrics", nil)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// ask does a request with a small answer, which is decoded into answer unless
// that is nil.
func (c *Client) ask(ctx context.Context, method, path string, body io.Reader, answer any) error {
	resp, err := c.do(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // to its end: the connection is used again
	if err == nil && answer != nil {
		err = json.Unmarshal(text, answer)
	}
	if err != nil {
		return fmt.Errorf("%s %s: read the answer: %w", method, c.url(path), err)
	}
	return nil
}

// do does a request. An answer with another status than 2xx is an error that
// wraps a StatusError.
func (c *Client) do(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.url(path), body)
	if err != nil {
		return nil, fmt.Errorf("admin address %q: %w; it is like http://127.0.0.1:8081", c.Base, err)
	}
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if r.ContentLength < 0 || r.ContentLength == 0 && body != nil {
		// A server that refuses does so before the stream begins: what it says would
		// be lost if it closed the connection on a client that still writes.
		r.Header.Set("Expect", "100-continue")
	}
	resp, err := c.client().Do(r)
	if err != nil {
		return nil, err // it names the method and the address
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // what can be had of it
	return nil, fmt.Errorf("%s %s: %w", method, c.url(path), refusal(resp.StatusCode, text))
}

// refusal makes an error of an answer: a summary that counts faults, an object
// with one error, or any text.
func refusal(status int, text []byte) error {
	var said struct {
		Summary
		Error string `json:"error"`
	}
	message := strings.TrimSpace(string(text[:min(len(text), 500)]))
	if json.Unmarshal(text, &said) == nil {
		message = said.Error
	}
	plain := &StatusError{status, message}
	if said.Failed == 0 {
		return plain
	}
	return &FaultsError{Summary: said.Summary, Status: plain}
}

func (c *Client) url(path string) string { return strings.TrimSuffix(c.Base, "/") + path }

func (c *Client) client() *http.Client {
	if c.HTTP == nil {
		return http.DefaultClient
	}
	return c.HTTP
}

// Refused reports whether an error is an answer with this status.
func Refused(err error, status int) bool {
	e, ok := errors.AsType[*StatusError](err)
	return ok && e.Status == status
}
