package servers

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/seed886cd727/throng/bench/peers/wire"
	"github.com/seed886cd727/throng/server"
	"github.com/seed886cd727/throng/server/store"
)

// startThrong is this project's server as it comes, with its log in memory.
func startThrong() (*Server, error) {
	c := server.DefaultConfig()
	c.Listen, c.Admin, c.Logger = "127.0.0.1:0", "127.0.0.1:0", slog.New(slog.DiscardHandler)
	c.Store.Driver = store.Memory
	c.Network.Heartbeat, c.Rules.Heartbeat = pings, pings
	s, err := server.New(c)
	if err != nil {
		return nil, err
	}
	go func() { _ = s.Serve(context.Background()) }() // until the process ends
	admin := "http://" + s.AdminAddr().String()
	return &Server{
		Addr: s.Addr().String(),
		Prepare: func(role string, n int) error {
			return post(admin+"/v1/conversations", conversations(role, n))
		},
		Settle: func() error { return post(admin+"/v1/gc", nil) },
	}, nil
}

// conversations lists them as the admin API takes them.
func conversations(role string, n int) *bytes.Buffer {
	b := new(bytes.Buffer)
	for id, members := range wire.Conversations(role, n) {
		for i, m := range members {
			if i == 0 {
				fmt.Fprintf(b, `{"conv":%q,"kind":"group","members":[`, id)
			} else {
				b.WriteString(",")
			}
			fmt.Fprintf(b, "%q", wire.User(m))
		}
		b.WriteString("]}\n")
	}
	return b
}

func post(url string, body io.Reader) error {
	resp, err := http.Post(url, "application/x-ndjson", body)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= 300 {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		return fmt.Errorf("POST %s: %s: %s", url, resp.Status, text)
	}
	return nil
}
