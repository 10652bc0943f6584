package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
	"github.com/seed886cd727/throng/server/store"
)

// stub is the server around the admin API.
type stub struct {
	*testing.T
	conversation.Log
	http.Handler
	told    chan *conversation.Write
	made    []chat.ConversationID
	removed []chat.ConversationID
	ready   error
	drain   *DrainRequest
	phases  chan string // of the drain, one for each time that it is asked for; closed: done
}

func (s *stub) Provisioned(specs []conversation.Spec) {
	for _, one := range specs {
		s.made = append(s.made, one.ID)
	}
}
func (s *stub) Removed(ids []chat.ConversationID) { s.removed = append(s.removed, ids...) }
func (s *stub) StartDrain(r DrainRequest)         { s.drain = &r }
func (s *stub) DrainStatus() DrainStatus {
	phase := "serving"
	if s.phases != nil {
		var more bool
		if phase, more = <-s.phases; !more {
			phase = "done"
		}
	}
	return DrainStatus{Draining: s.drain != nil, Phase: phase, Connections: 7}
}
func (s *stub) Ready() error { return s.ready }

func newStub(t *testing.T, token string) *stub {
	t.Helper()
	s := &stub{T: t, told: make(chan *conversation.Write, 16)}
	c := store.DefaultConfig()
	c.Driver = store.Memory
	log, err := store.Open(c, func(batch []*conversation.Write) {
		for _, w := range batch {
			s.told <- w
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	s.Log = log
	s.Handler = New(Config{Log: log, Service: s, Node: s, Token: token, Drain: DrainRequest{Within: 10 * time.Second, Delay: time.Second}, MaxMembers: 3,
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, "figures\n") })})
	return s
}

func (s *stub) ask(method, target, body string, header ...string) (int, string) {
	q := httptest.NewRequest(method, target, strings.NewReader(body))
	q.Host = "127.0.0.1:8081"
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		q.Header.Set(name, value)
		if name == "Host" {
			q.Host = value
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, q)
	return w.Code, w.Body.String()
}

func TestGuard(t *testing.T) {
	for _, tt := range []struct {
		name, token, path string
		header            []string
		want              int
	}{
		{"no token is asked for", "", "/metrics", nil, 200},
		{"by name", "", "/metrics", []string{"Host: localhost:1"}, 200},
		{"by an IPv6 address", "", "/metrics", []string{"Host: [::1]:1"}, 200},
		{"a page of another site", "", "/metrics", []string{"Origin: https://example.org"}, 403},
		{"a name that points here", "", "/metrics", []string{"Host: example.org"}, 403},
		{"health is open", "", "/healthz", []string{"Host: example.org"}, 200},
		{"the token", "secret", "/metrics", []string{"Authorization: Bearer secret"}, 200},
		{"the token, from a page", "secret", "/metrics", []string{"Authorization: Bearer secret", "Origin: https://example.org", "Host: example.org"}, 200},
		{"no token", "secret", "/metrics", nil, 401},
		{"another token", "secret", "/metrics", []string{"Authorization: Bearer secre"}, 401},
		{"the token, another scheme", "secret", "/metrics", []string{"Authorization: Basic secret"}, 401},
		{"profiles without a token", "secret", "/debug/pprof/cmdline", nil, 401},
		{"readiness is open", "secret", "/readyz", nil, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, body := newStub(t, tt.token).ask("GET", tt.path, "", tt.header...); got != tt.want {
				t.Fatalf("%d %s", got, body)
			}
		})
	}
}

func (s *stub) summary(method, body string, status int) (sum Summary) {
	s.Helper()
	got, text := s.ask(method, "/v1/conversations", body)
	if err := json.Unmarshal([]byte(text), &sum); err != nil || got != status {
		s.Fatalf("%d %s", got, text)
	}
	return sum
}

// faultLines lists the lines that were refused.
func (s Summary) faultLines() (lines []int) {
	for _, f := range s.Faults {
		lines = append(lines, f.Line)
	}
	slices.Sort(lines)
	return lines
}

func TestBadLinesCostThemselvesOnly(t *testing.T) {
	s := newStub(t, "")
	s.summary("POST", `{"conv":"old","kind":"group","members":["ann"]}`, 200)
	sum := s.summary("POST", strings.Join([]string{
		`{"conv":"a","kind":"direct","members":["ann","bob"]}`,
		`{"conv":"b","kind":"direct","members":["ann"]}`,
		``,
		`{"conv":"c","kind":"cave","members":["ann"]}`,
		`{"conv":"d","kind":"group","members":["ann","ann"]}`,
		`{"conv":"e","kind":"group","members":["a","b","c","d"]}`,
		`{"conv":"","kind":"group"}`,
		`{"conv":"f","kind":"group","members":[""]}`,
		`{"conv":"g","kind":"group","owner":"ann"}`,
		`{"conv":"h","kind":"group"}{"conv":"i","kind":"group"}`,
		`nonsense`,
		`{"conv":"old","kind":"group","members":["bob"]}`,
		`{"conv":"old","kind":"group","members":["ann"]}`,
		`{"conv":"` + strings.Repeat("x", 129) + `","kind":"group"}`,
		`{"conv":"j","kind":"channel","members":[]}`,
	}, "\n"), 400)
	if want := []int{2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14}; !slices.Equal(sum.faultLines(), want) || sum.Failed != len(want) {
		t.Errorf("faults in %v, want %v", sum.faultLines(), want)
	}
	if sum.Created != 2 || sum.Existing != 1 || !slices.Contains(s.made, "a") || !slices.Contains(s.made, "j") || slices.Contains(s.made, "b") {
		t.Errorf("%+v; told of %v", sum, s.made)
	}
}

func TestALineThatIsTooLongIsNamed(t *testing.T) {
	s := newStub(t, "")
	sum := s.summary("POST", `{"conv":"a","kind":"group"}`+"\nnonsense\n"+strings.Repeat("x", maxLine+1), 400)
	if want := []int{2, 3}; !slices.Equal(sum.faultLines(), want) || sum.Created != 1 {
		t.Fatalf("%+v", sum)
	}
}

func TestManyFaultsAreCounted(t *testing.T) {
	sum := newStub(t, "").summary("POST", strings.Repeat("x\n", maxFaults+5), 400)
	if sum.Failed != maxFaults+5 || len(sum.Faults) != maxFaults {
		t.Fatalf("%d, of which %d are named", sum.Failed, len(sum.Faults))
	}
}

func TestRemove(t *testing.T) {
	s := newStub(t, "")
	var all strings.Builder
	for i := range batchConversations + 10 {
		fmt.Fprintf(&all, `{"conv":"c%d","kind":"group","members":["ann"]}`+"\n", i)
	}
	if sum := s.summary("POST", all.String(), 200); sum.Created != batchConversations+10 {
		t.Fatalf("%+v", sum)
	}
	sum := s.summary("DELETE", strings.ReplaceAll(all.String(), `,"kind":"group","members":["ann"]`, "")+`{"conv":"unknown"}`, 200)
	if sum.Removed != batchConversations+10 || len(s.removed) != batchConversations+11 {
		t.Fatalf("%+v, told of %d", sum, len(s.removed))
	}
	if status, _ := s.ask("GET", "/v1/conversations/c5", ""); status != 404 {
		t.Fatalf("a removed conversation: %d", status)
	}
	if sum := s.summary("DELETE", "{}\n{\"conv\":\"x\"}", 400); !slices.Equal(sum.faultLines(), []int{1}) {
		t.Fatalf("%+v", sum)
	}
}

func TestEntries(t *testing.T) {
	s := newStub(t, "")
	s.summary("POST", `{"conv":"a/b c","kind":"group","members":["ann"]}`, 200)
	for n, body := range []string{"text", "\xff\x00", ""} {
		err := s.Submit(&conversation.Write{Verb: conversation.Append, Conversation: "a/b c", User: "ann", Ref: chat.Ref{N: uint64(n + 1)}, Body: []byte(body)})
		if err != nil {
			t.Fatal(err)
		}
		<-s.told
	}
	_ = s.Submit(&conversation.Write{Verb: conversation.Join, Conversation: "a/b c", User: "bob"}) // it never fails here
	<-s.told
	const path = "/v1/conversations/a%2Fb%20c"
	status, text := s.ask("GET", path, "")
	if want := `{"conv":"a/b c","first":1,"head":{"epoch":1,"seq":4},"kind":"group","members":2}`; status != 200 || strings.TrimSpace(text) != want {
		t.Fatalf("%d %s", status, text)
	}
	for _, tt := range []struct {
		query string
		want  string // of each line what follows the time
		code  int
	}{
		{"", `"body":"text"}|"b64":"/wA="}|"body":""}|"change":"joined"}`, 200},
		{"?from=2&to=3", `"b64":"/wA="}|"body":""}`, 200},
		{"?from=4&to=99", `"change":"joined"}`, 200},
		{"?from=9", ``, 200},
		{"?from=0", ``, 400},
		{"?to=x", ``, 400},
	} {
		status, text := s.ask("GET", path+"/entries"+tt.query, "")
		var words []string
		for line := range strings.Lines(text) {
			if _, after, ok := strings.Cut(strings.TrimSpace(line), `Z",`); ok {
				words = append(words, after)
			} else if _, after, ok = strings.Cut(strings.TrimSpace(line), `:00",`); ok {
				words = append(words, after)
			}
		}
		if status != tt.code || strings.Join(words, "|") != tt.want {
			t.Errorf("%s: %d %s", tt.query, status, text)
		}
	}
	if status, _ := s.ask("GET", "/v1/conversations/none/entries", ""); status != 404 {
		t.Errorf("entries of none: %d", status)
	}
}

func TestRequestsOfOtherMethods(t *testing.T) {
	s := newStub(t, "")
	for _, q := range []string{"PUT /v1/conversations", "GET /v1/gc", "DELETE /v1/drain", "GET /v2/x"} {
		method, path, _ := strings.Cut(q, " ")
		if status, _ := s.ask(method, path, ""); status != 405 && status != 404 {
			t.Errorf("%s: %d", q, status)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add([]byte(`{"conv":"a","kind":"direct","members":["ann","bob"]}`))
	a := &api{Config{MaxMembers: 3}}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := a.parse(raw)
		if err == nil && (validID("conv", string(s.ID)) != nil || len(s.Members) > 3) {
			t.Fatalf("%q became %+v", raw, s)
		}
	})
}
