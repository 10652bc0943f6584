package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// DrainStatus says how far a drain is.
type DrainStatus struct {
	Draining    bool  `json:"draining"`
	Connections int64 `json:"connections"` // that are still open
}

// Drain asks the node to send its clients away within a window and to end. It
// returns when the drain has begun. A drain that is under way goes on as it is.
func (c *Client) Drain(ctx context.Context, within time.Duration) error {
	body, err := json.Marshal(map[string]string{"within": within.String()})
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
