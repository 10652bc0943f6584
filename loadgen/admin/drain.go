package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// DrainRequest is what may be asked of a drain. What is nil or empty is as the
// node's own settings say.
type DrainRequest struct {
	Within *time.Duration // over which clients are asked to leave
	Delay  *time.Duration // before the first of them is, for load balancers
	Reason string         // told to clients
	Hint   string         // where they may go
}

// DrainStatus says how far a drain is.
type DrainStatus struct {
	Draining    bool      `json:"draining"`
	Phase       string    `json:"phase"`       // serving, waiting, announcing, leaving, closing, done
	Connections int64     `json:"connections"` // that are still open
	Found       int64     `json:"found"`       // that were open when the drain was asked for
	Told        int64     `json:"told"`        // clients that were asked to leave
	Closed      int64     `json:"closed"`      // clients that had not left and were closed
	PerSecond   float64   `json:"per_second"`  // clients that this phase speaks to; 0: as many as there are
	Started     time.Time `json:"started,omitzero"`
	Deadline    time.Time `json:"deadline,omitzero"` // it is over by then, whatever clients do
	Ended       time.Time `json:"ended,omitzero"`
	Within      string    `json:"within,omitempty"`
	Delay       string    `json:"delay,omitempty"`
	Reason      string    `json:"reason,omitempty"`
	Hint        string    `json:"hint,omitempty"`
}

// Drained is the phase that no other follows.
const Drained = "done"

// Drain asks the node to send its clients away and to end. It returns when the
// drain has begun. A drain that is under way goes on as it is.
func (c *Client) Drain(ctx context.Context, r DrainRequest) error {
	text := func(d *time.Duration) string {
		if d == nil {
			return ""
		}
		return d.String()
	}
	body, err := json.Marshal(struct {
		Within string `json:"within,omitempty"`
		Delay  string `json:"delay,omitempty"`
		Reason string `json:"reason,omitempty"`
		Hint   string `json:"hint,omitempty"`
	}{text(r.Within), text(r.Delay), r.Reason, r.Hint})
	if err != nil {
		return err
	}
	return c.ask(ctx, http.MethodPost, "/v1/drain", bytes.NewReader(body), nil)
}

// DrainStatus says how far a drain is. A node that has ended answers no more.
func (c *Client) DrainStatus(ctx context.Context) (s DrainStatus, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/drain", nil, &s)
	return s, err
}

// WatchDrain tells how far a drain is, now and then as often as every, until it
// is done. It ends with an error where the node went before that.
func (c *Client) WatchDrain(ctx context.Context, every time.Duration) iter.Seq2[DrainStatus, error] {
	return func(yield func(DrainStatus, error) bool) {
		var s DrainStatus
		resp, err := c.do(ctx, http.MethodGet, "/v1/drain?watch="+url.QueryEscape(every.String()), nil)
		if err != nil {
			yield(s, err)
			return
		}
		defer func() { _ = resp.Body.Close() }()
		for told := json.NewDecoder(resp.Body); s.Phase != Drained; {
			s = DrainStatus{}
			if err := told.Decode(&s); err != nil {
				if errors.Is(err, io.EOF) {
					err = io.ErrUnexpectedEOF
				}
				yield(s, fmt.Errorf("watch the drain of %s: %w", c.Base, err))
				return
			}
			if !yield(s, nil) {
				return
			}
		}
	}
}
