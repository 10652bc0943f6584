package admin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"sync"

	"github.com/go-faster/jx"
)

// chunk is how many bytes of lines go to the connection in one go: a pipe passes
// each write on by itself, and most lines are short.
const chunk = 64 << 10

// Conversation is one to provision.
type Conversation struct {
	ID      string
	Kind    string           // direct, group or channel
	Members iter.Seq[string] // user ids; nil: none
}

// Summary is what became of a stream of conversations.
type Summary struct {
	Created  int     `json:"created"`
	Existing int     `json:"existing"` // were there before, just like that
	Removed  int     `json:"removed"`
	Failed   int     `json:"failed"`
	Faults   []Fault `json:"errors"` // the first 100 of those that failed
}

// Fault says what is wrong with one conversation of a stream; lines count from 1.
type Fault struct {
	Line  int    `json:"line"`
	Error string `json:"error"`
}

// FaultsError is a stream of which some conversations failed; the others are done.
type FaultsError struct {
	Summary Summary
	Status  *StatusError
}

func (e *FaultsError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d conversations failed", e.Summary.Failed)
	const shown = 3
	for _, f := range e.Summary.Faults[:min(shown, len(e.Summary.Faults))] {
		fmt.Fprintf(&b, "; number %d: %s", f.Line, f.Error)
	}
	if e.Summary.Failed > shown {
		b.WriteString("; …")
	}
	return b.String()
}

func (e *FaultsError) Unwrap() error { return e.Status }

// Provision makes conversations. The sequence is walked once, by another
// goroutine, and not any more when Provision has returned. An error that wraps a
// FaultsError says that some failed and the others are made; the summary counts
// both. After any other error some may have been made: asking again is harmless.
func (c *Client) Provision(ctx context.Context, conversations iter.Seq[Conversation]) (Summary, error) {
	return c.stream(ctx, http.MethodPost, func(yield func([]byte) bool) {
		var e jx.Encoder
		for one := range conversations {
			if !yield(line(&e, one)) {
				return
			}
		}
	})
}

// Remove deletes conversations. Those that are not there are passed over.
func (c *Client) Remove(ctx context.Context, ids iter.Seq[string]) error {
	_, err := c.stream(ctx, http.MethodDelete, func(yield func([]byte) bool) {
		var e jx.Encoder
		for id := range ids {
			if !yield(line(&e, Conversation{ID: id})) {
				return
			}
		}
	})
	return err
}

// line is a conversation in JSON. It is valid until e is used again.
func line(e *jx.Encoder, c Conversation) []byte {
	e.Reset()
	e.ObjStart()
	e.FieldStart("conv")
	e.Str(c.ID)
	if c.Kind != "" {
		e.FieldStart("kind")
		e.Str(c.Kind)
	}
	if c.Members != nil {
		e.FieldStart("members")
		e.ArrStart()
		for member := range c.Members {
			e.Str(member)
		}
		e.ArrEnd()
	}
	e.ObjEnd()
	return append(e.Bytes(), '\n')
}

// stream sends lines as the body of a request while they are made. A server that
// answers early ends the making.
func (c *Client) stream(ctx context.Context, method string, lines iter.Seq[[]byte]) (s Summary, err error) {
	body, w := io.Pipe()
	var making sync.WaitGroup
	making.Go(func() {
		out := bufio.NewWriterSize(w, chunk)
		for one := range lines {
			if _, err := out.Write(one); err != nil {
				return // the reader has gone, and knows why
			}
		}
		_ = w.CloseWithError(out.Flush()) // nil ends the body as usual
	})
	err = c.ask(ctx, method, "/v1/conversations", body, &s)
	_ = body.Close()
	making.Wait()
	if f, ok := errors.AsType[*FaultsError](err); ok {
		s = f.Summary
	}
	return s, err
}
