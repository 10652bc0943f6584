package admin

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serve starts a server that answers with h, and a client of it.
func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(func() {
		s.CloseClientConnections() // Close alone waits for those that were left in the middle
		s.Close()
	})
	return &Client{Base: s.URL + "/", Token: "secret", HTTP: s.Client()}
}

// numbered yields n conversations and counts those that were asked for.
func numbered(n int, asked *atomic.Int64) iter.Seq[Conversation] {
	return func(yield func(Conversation) bool) {
		for i := range n {
			if asked != nil {
				asked.Add(1)
			}
			if !yield(Conversation{ID: fmt.Sprintf("c%d", i), Kind: "group", Members: slices.Values([]string{"ann", `b"ob`, "čeněk\n"})}) {
				return
			}
		}
	}
}

func TestProvision(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/v1/conversations" || r.Header.Get("Authorization") != "Bearer secret" {
			t.Errorf("asked %s %s %v", r.Method, r.URL, r.Header)
		}
		n, in := 0, json.NewDecoder(r.Body)
		for ; in.More(); n++ {
			var one struct {
				Conv, Kind string
				Members    []string
			}
			if err := in.Decode(&one); err != nil || one.Conv != fmt.Sprintf("c%d", n) || one.Kind != "group" || !slices.Equal(one.Members, []string{"ann", `b"ob`, "čeněk\n"}) {
				t.Errorf("line %d is %+v, %v", n+1, one, err)
				break
			}
		}
		fmt.Fprintf(w, `{"created":%d,"existing":3}`, n)
	})
	s, err := c.Provision(t.Context(), numbered(50_000, nil))
	if err != nil || s.Created != 50_000 || s.Existing != 3 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestNotHeld: while the server does not read, no more is asked for than what is
// on its way.
func TestNotHeld(t *testing.T) {
	const all = 300_000 // 17 MB
	var asked atomic.Int64
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		in := bufio.NewReader(r.Body)
		if _, err := in.ReadString('\n'); err != nil {
			t.Errorf("the first line: %v", err)
		}
		if n := asked.Load(); n == all {
			t.Errorf("all %d were asked for before the second was read", n)
		}
		n, _ := io.Copy(io.Discard, in)
		fmt.Fprintf(w, `{"created":%d}`, n)
	})
	if _, err := c.Provision(t.Context(), numbered(all, &asked)); err != nil || asked.Load() != all {
		t.Errorf("%d asked for, %v", asked.Load(), err)
	}
}

func TestFaults(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"created":7,"existing":1,"failed":5,"errors":[{"line":2,"error":"too odd"},{"line":4,"error":"too even"},{"line":5,"error":"a"},{"line":6,"error":"b"}]}`)
	})
	s, err := c.Provision(t.Context(), numbered(13, nil))
	f, ok := errors.AsType[*FaultsError](err)
	if !ok || s.Created != 7 || s.Failed != 5 || len(f.Summary.Faults) != 4 || !Refused(err, 400) {
		t.Fatalf("%+v, %v", s, err)
	}
	if want := "5 conversations failed; number 2: too odd; number 4: too even; number 5: a; …"; !strings.HasSuffix(err.Error(), want) {
		t.Errorf("it says %q, want %q", err, want)
	}
}

// TestEarlyAnswer: a server that refuses without reading is heard, and the
// sequence has been left when Provision returns.
func TestEarlyAnswer(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Expect") != "100-continue" {
			t.Error("the stream does not wait to be wanted")
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"the admin token is missing or wrong"}`)
	})
	var left atomic.Bool
	_, err := c.Provision(t.Context(), func(yield func(Conversation) bool) {
		defer left.Store(true)
		numbered(1<<40, nil)(yield)
		time.Sleep(50 * time.Millisecond) // who does not wait for us is caught
	})
	if !left.Load() {
		t.Error("the sequence is still walked")
	}
	if e, ok := errors.AsType[*StatusError](err); !ok || e.Status != 401 || e.Message != "the admin token is missing or wrong" {
		t.Errorf("%v", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		_, _ = io.Copy(io.Discard, r.Body)
	})
	if _, err := c.Provision(ctx, numbered(1<<40, nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestRemove(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodDelete || string(text) != "{\"conv\":\"a\"}\n{\"conv\":\"b\"}\n" {
			t.Errorf("asked %s with %q", r.Method, text)
		}
		_, _ = io.WriteString(w, `{"removed":1}`)
	})
	if err := c.Remove(t.Context(), slices.Values([]string{"a", "b"})); err != nil {
		t.Error(err)
	}
}

func TestSmallRequests(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		switch r.Method + " " + r.URL.Path + " " + string(text) {
		case "GET /readyz ":
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"error":"draining"}`)
		case "POST /v1/gc ":
			w.WriteHeader(http.StatusNoContent)
		case `POST /v1/drain {"within":"1.5s"}`:
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, `{"draining":true,"connections":4}`)
		case "GET /v1/drain ":
			_, _ = io.WriteString(w, `{"draining":true,"phase":"leaving","connections":3,"started":"2026-01-02T03:04:05Z"}`)
		case "GET /metrics ":
			_, _ = io.WriteString(w, "throng_loops 1\n")
		default:
			t.Errorf("asked %s %s %q", r.Method, r.URL, text)
		}
	})
	ctx := t.Context()
	if err := c.Ready(ctx); !Refused(err, 503) || !strings.HasSuffix(err.Error(), "answered 503 Service Unavailable: draining") {
		t.Errorf("ready: %v", err)
	}
	if err := errors.Join(c.Collect(ctx), c.Drain(ctx, DrainRequest{Within: new(1500 * time.Millisecond)})); err != nil {
		t.Error(err)
	}
	if s, err := c.DrainStatus(ctx); err != nil || s != (DrainStatus{Draining: true, Phase: "leaving", Connections: 3, Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}) {
		t.Errorf("drain status: %+v, %v", s, err)
	}
	page, err := c.Metrics(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = page.Close() }()
	if text, err := io.ReadAll(page); string(text) != "throng_loops 1\n" || err != nil {
		t.Errorf("metrics: %q, %v", text, err)
	}
}

func TestWatchDrain(t *testing.T) {
	for _, tt := range []struct {
		name, says string
		phases     []string
		ends       string // with this error
	}{
		{"to its end", `{"phase":"leaving"}` + "\n" + `{"phase":"done"}` + "\n" + `{"phase":"never read"}`, []string{"leaving", "done"}, ""},
		{"a node that goes", `{"phase":"leaving"}` + "\n", []string{"leaving"}, "unexpected EOF"},
		{"half a line", `{"phase":"leaving"}` + "\n" + `{"pha`, []string{"leaving"}, "unexpected EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.String() != "/v1/drain?watch=1s" {
					t.Errorf("asked %s", r.URL)
				}
				_, _ = io.WriteString(w, tt.says)
			})
			var phases []string
			var failed error
			for s, err := range c.WatchDrain(t.Context(), time.Second) {
				if failed = err; err == nil {
					phases = append(phases, s.Phase)
				}
			}
			if !slices.Equal(phases, tt.phases) || (failed == nil) != (tt.ends == "") || failed != nil && !strings.HasSuffix(failed.Error(), tt.ends) {
				t.Errorf("%v, then %v", phases, failed)
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	s := httptest.NewServer(nil)
	base := s.URL
	s.Close()
	for base, want := range map[string]string{base: base + "/readyz", "http://a b": "it is like http://127.0.0.1:8081", "": "unsupported protocol scheme"} {
		c := Client{Base: base}
		if err := c.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", base, err, want)
		}
		if _, err := c.Provision(t.Context(), numbered(10_000, nil)); err == nil {
			t.Errorf("%q: provisioned", base)
		}
	}
}

func FuzzRefusal(f *testing.F) {
	for _, text := range []string{`{"error":"draining"}`, `{"failed":2,"errors":[{"line":1,"error":"x"}]}`, `{"failed":-1}`, `{"failed":9,"errors":null}`, "plain", ""} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		err := refusal(400, text)
		if err == nil || err.Error() == "" || !Refused(err, 400) {
			t.Errorf("%q makes %v", text, err)
		}
	})
}
