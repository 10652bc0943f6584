package cmd

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// drained is a node that tells these lines once it was asked to drain.
func drained(t *testing.T, lines ...string) (base string, asked *string) {
	t.Helper()
	begun, once := make(chan struct{}), sync.Once{}
	asked = new(string)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/drain", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		b := new(strings.Builder)
		_ = r.Write(b)
		_, *asked, _ = strings.Cut(b.String(), "\r\n\r\n")
		w.WriteHeader(http.StatusAccepted)
		once.Do(func() { close(begun) })
	})
	mux.HandleFunc("GET /v1/drain", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, `{"draining":false,"phase":"serving","connections":1500}`)
		_ = http.NewResponseController(w).Flush()
		select {
		case <-begun:
			fmt.Fprintln(w, strings.Join(lines, "\n"))
		case <-r.Context().Done():
		}
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL, asked
}

func TestDrain(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const leaving = `{"draining":true,"phase":"leaving","connections":900,"found":1500,"told":1500,"started":"2026-01-02T03:04:05Z","deadline":"2026-01-02T03:04:55Z"}`
	const done = `{"draining":true,"phase":"done","connections":0,"found":1500,"told":1500,"closed":12,"started":"2026-01-02T03:04:05Z","deadline":"2026-01-02T03:04:55Z","ended":"2026-01-02T03:04:35.25Z"}`
	for _, tt := range []struct {
		name   string
		says   []string
		args   []string
		status int
		want   string
		asked  string
	}{
		{"to its end", []string{leaving, done}, []string{"--within", "30s", "--hint", "ws://b/ws"}, statusOK,
			"done        0 connected of 1,500, 1,500 told, 12 closed, after 30.3s\n", `{"within":"30s","hint":"ws://b/ws"}`},
		{"as the node has it", []string{done}, nil, statusOK, "done ", `{}`},
		{"at once", []string{done}, []string{"--within", "0s", "--delay", "5s"}, statusOK, "done ", `{"within":"0s","delay":"5s"}`},
		{"as JSON", []string{leaving, done}, []string{"--json"}, statusOK, `"phase":"leaving","connections":900,"found":1500`, `{}`},
		{"the time is up", []string{strings.Replace(done, `"connections":0`, `"connections":3`, 1)}, nil, 1, "3 clients were still connected", `{}`},
		{"the node goes", []string{leaving}, nil, 1, "the node ended before its drain was over, with 900 clients connected", `{}`},
		{"without a token", nil, []string{"--token-file="}, statusUsage, "give the token with --token-file", ""},
		{"without that file", nil, []string{"--token-file=nothing"}, statusUsage, "nothing", ""},
		{"nobody there", nil, []string{"--admin", "http://127.0.0.1:1"}, statusUnreachable, "connection refused", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base, asked := drained(t, tt.says...)
			said, err := perform(newDrain(), append([]string{"--admin", base, "--token-file", token}, tt.args...))
			if err != nil {
				said += err.Error()
			}
			if statusOf(err) != tt.status || !strings.Contains(said, tt.want) || *asked != tt.asked {
				t.Errorf("status %d, asked %q, said:\n%s", statusOf(err), *asked, said)
			}
		})
	}
}
