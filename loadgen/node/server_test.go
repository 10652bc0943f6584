package node

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed886cd727/throng/loadgen/admin"
	"github.com/seed886cd727/throng/loadgen/sample"
)

func groups(n int) iter.Seq[admin.Conversation] {
	return func(yield func(admin.Conversation) bool) {
		for i := range n {
			members := slices.Values([]string{fmt.Sprintf("u%d", i), "ann", "bob"})
			if !yield(admin.Conversation{ID: fmt.Sprintf("c%d", i), Kind: "group", Members: members}) {
				return
			}
		}
	}
}

// TestAdmin: the client and the real admin API understand each other.
func TestAdmin(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	n := start(t, Config{Args: []string{"--admin-token-file", token}, Token: "secret"})
	ctx, api := t.Context(), n.API()
	if err := errors.Join(api.Ready(ctx), api.Collect(ctx)); err != nil {
		t.Error(err)
	}
	began := time.Now()
	if s, err := api.Provision(ctx, groups(20_000)); err != nil || s.Created != 20_000 {
		t.Fatalf("%+v, %v", s, err)
	}
	t.Logf("20,000 conversations in %v", time.Since(began))

	odd := []admin.Conversation{
		{ID: "d1", Kind: "direct", Members: slices.Values([]string{"ann", "bob"})},
		{ID: "d2", Kind: "direct", Members: slices.Values([]string{"ann"})},
		{ID: "d3", Kind: "feud"},
		{ID: "c0", Kind: "group", Members: slices.Values([]string{"u0", "ann", "bob"})},
	}
	s, err := api.Provision(ctx, slices.Values(odd))
	if s.Created != 1 || s.Existing != 1 || s.Failed != 2 || err == nil ||
		!strings.Contains(err.Error(), "number 2: a direct conversation has 2 members") || !strings.Contains(err.Error(), `number 3: unknown kind "feud"`) {
		t.Errorf("%+v, %v", s, err)
	}
	if err := api.Remove(ctx, slices.Values([]string{"d1", "c0", "nowhere"})); err != nil {
		t.Error(err)
	}
	if s, err := api.Provision(ctx, slices.Values(odd[:1])); err != nil || s.Created != 1 {
		t.Errorf("after it was removed: %+v, %v", s, err)
	}
	if s, err := api.DrainStatus(ctx); err != nil || s.Draining {
		t.Errorf("%+v, %v", s, err)
	}
	stranger := admin.Client{Base: n.Admin(), HTTP: api.HTTP}
	if _, err := stranger.Provision(ctx, groups(1_000_000)); !admin.Refused(err, 401) || !strings.Contains(err.Error(), "the admin token is missing or wrong") {
		t.Errorf("without a token: %v", err)
	}
}

// TestSampledOverAKill: what a server uses is added up over its lives.
func TestSampledOverAKill(t *testing.T) {
	n := start(t, Config{})
	ctx := t.Context()
	s := sample.Start(ctx, sample.Config{PID: n.PID(), Metrics: n.API().Metrics, Every: 50 * time.Millisecond})
	defer s.Close()
	begin := s.Mark(ctx)
	writes := func(m sample.Mark) float64 {
		_, target, _ := m.Since(begin)
		return target.Counts[sample.StoreWrites]
	}
	if page, _ := s.Latest(); page.Err != nil || page.Page[sample.Goroutines] == 0 || page.Page[sample.Heap] == 0 {
		t.Fatalf("%+v", page)
	}
	if _, err := n.API().Provision(ctx, groups(5000)); err != nil {
		t.Fatal(err)
	}
	first := s.Mark(ctx)
	if err := n.Kill(); err != nil {
		t.Fatal(err)
	}
	if dead := s.Mark(ctx); writes(dead) != writes(first) {
		t.Errorf("a dead server has written %v, then %v", writes(first), writes(dead))
	}
	if err := n.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	s.SetPID(n.PID())
	reborn := s.Mark(ctx)
	if err := n.API().Remove(ctx, func(yield func(string) bool) {
		for c := range groups(5000) {
			if !yield(c.ID) {
				return
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	last := s.Mark(ctx)
	elapsed, target, generator := last.Since(begin)
	if writes(reborn) < writes(first) || writes(first) == 0 || writes(last) <= writes(reborn) {
		t.Errorf("written are %v, after the kill %v, at the end %v", writes(first), writes(reborn), writes(last))
	}
	if _, err := sample.ReadProcess(os.Getpid()); errors.Is(err, errors.ErrUnsupported) {
		return
	}
	if target.CPU <= 0 || target.CPU > 4*elapsed || target.Run <= 0 || generator.CPU < 0 {
		t.Errorf("in %v the target used %+v, the generator %+v", elapsed, target, generator)
	}
	if peaks, _ := s.Peaks(); peaks.RSS < 10<<20 || peaks.Heap == 0 || peaks.OpenFiles < 5 {
		t.Errorf("the peaks are %+v", peaks)
	}
}
