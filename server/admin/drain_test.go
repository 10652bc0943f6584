package admin

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestDrain(t *testing.T) {
	s := newStub(t, "")
	for _, bad := range []string{`{"within":"soon"}`, `{"within":"-1s"}`, `{"within":"25h"}`, `{"delay":"1"}`, `{"hints":"x"}`, `nonsense`} {
		if status, _ := s.ask("POST", "/v1/drain", bad); status != 400 || s.drain != nil {
			t.Errorf("%s: %d", bad, status)
		}
	}
	if _, body := s.ask("GET", "/v1/drain", ""); strings.TrimSpace(body) != `{"draining":false,"phase":"serving","connections":7}` {
		t.Errorf("%s", body)
	}
	for body, want := range map[string]DrainRequest{
		``: {Within: 10 * time.Second, Delay: time.Second},
		`{"within":"2s","delay":"0s","reason":"deploy","hint":"ws://b/ws"}`: {Within: 2 * time.Second, Reason: "deploy", Hint: "ws://b/ws"},
	} {
		if status, _ := s.ask("POST", "/v1/drain", body); status != 202 || *s.drain != want {
			t.Errorf("%s: %d %v", body, status, s.drain)
		}
	}
	s.ready = errors.New("draining")
	if status, body := s.ask("GET", "/readyz", ""); status != 503 || !strings.Contains(body, "draining") {
		t.Errorf("%d %s", status, body)
	}
}

func TestDrainIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, "")
		s.phases = make(chan string, 100)
		for range 50 { // looked at every 50 ms, told every second
			s.phases <- "leaving"
		}
		close(s.phases)
		start := time.Now()
		_, body := s.ask("GET", "/v1/drain?watch=1s", "")
		var phases []string
		for line := range strings.Lines(body) {
			_, after, _ := strings.Cut(line, `"phase":"`)
			phase, _, _ := strings.Cut(after, `"`)
			phases = append(phases, phase)
		}
		if !slices.Equal(phases, []string{"leaving", "leaving", "leaving", "done"}) || time.Since(start) != 50*leastWatch {
			t.Errorf("%v after %v", phases, time.Since(start))
		}
	})
	for _, bad := range []string{"x", "0s", "-1s", "1ms"} {
		if status, _ := newStub(t, "").ask("GET", "/v1/drain?watch="+bad, ""); status != 400 {
			t.Errorf("%s: %d", bad, status)
		}
	}
}
