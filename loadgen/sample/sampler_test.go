package sample

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func life(pid int, started uint64, cpu time.Duration, rss int64) Sample {
	return Sample{Process: &Process{PID: pid, Started: started, CPU: cpu, RunTime: cpu * 2, WaitRun: cpu * 3, RSS: rss}}
}

// TestProcessLives: a story of a server that is killed and comes back.
func TestProcessLives(t *testing.T) {
	var s series
	for _, step := range []struct {
		what string
		one  Sample
		cpu  time.Duration // used so far
	}{
		{"nobody is there yet", Sample{}, 0},
		{"what was before the first sample is not ours", life(1, 10, 5*time.Second, 100), 0},
		{"it works", life(1, 10, 7*time.Second, 300), 2 * time.Second},
		{"it cannot be seen", Sample{}, 2 * time.Second},
		{"it works on", life(1, 10, 8*time.Second, 200), 3 * time.Second},
		{"another has come: all of it counts", life(2, 20, time.Second, 50), 4 * time.Second},
		{"its id is used again", life(2, 30, 2*time.Second, 50), 6 * time.Second},
		{"threads that ended take their time with them", life(2, 30, time.Second, 50), 6 * time.Second},
		{"and it goes on", life(2, 30, 3*time.Second, 50), 8 * time.Second},
	} {
		s.add(step.one)
		if s.used.CPU != step.cpu || s.used.Run != 2*step.cpu || s.used.Wait != 3*step.cpu {
			t.Errorf("%s: %+v, want %v", step.what, s.used, step.cpu)
		}
	}
	if s.peaks.RSS != 300 || s.latest.Process.RSS != 50 {
		t.Errorf("the peak is %d", s.peaks.RSS)
	}
}

func TestPageLives(t *testing.T) {
	var s series
	for _, step := range []struct {
		what string
		page Page
		used float64
	}{
		{"before the start", Page{"a_total": 5, Heap: 70, StartTime: 1}, 0},
		{"it works", Page{"a_total": 7, Heap: 90, StartTime: 1}, 2},
		{"it does not answer", nil, 2},
		{"it says nothing of it", Page{Heap: 80, StartTime: 1}, 2},
		{"and again", Page{"a_total": 7, StartTime: 1}, 2},
		{"another life, which has counted more", Page{"a_total": 9, Heap: 10, StartTime: 2}, 11},
		{"it works", Page{"a_total": 10, Heap: 10, StartTime: 2}, 12},
		{"no start is told: less is another life", Page{"a_total": 3, Heap: 10}, 15},
		{"less again", Page{"a_total": 1, Heap: 10}, 16},
	} {
		s.add(Sample{Page: step.page})
		if got := s.used.Counts["a_total"]; got != step.used {
			t.Errorf("%s: %v, want %v", step.what, got, step.used)
		}
	}
	if _, ok := s.used.Counts[Heap]; ok || s.peaks.Heap != 90 {
		t.Errorf("%+v", s)
	}
}

// TestNeverBack: whatever is seen, what is used never goes down.
func TestNeverBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s series
		last := s.totals()
		for range rapid.IntRange(1, 20).Draw(t, "samples") {
			one := life(rapid.IntRange(1, 2).Draw(t, "pid"), rapid.Uint64Range(1, 2).Draw(t, "started"), time.Duration(rapid.IntRange(0, 9).Draw(t, "cpu")), 1)
			one.Page = Page{StartTime: float64(one.Process.Started), "a_total": float64(rapid.IntRange(0, 9).Draw(t, "a"))}
			s.add(one)
			now := s.totals()
			if d := now.since(last); d.CPU < 0 || d.Run < 0 || d.Wait < 0 || d.Counts["a_total"] < 0 || d.Seen != 1 {
				t.Fatalf("used %+v", d)
			}
			last = now
		}
	})
}

// TestSampler: once a second, and at each mark.
func TestSampler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		s := Start(t.Context(), Config{Thorough: 1, PID: os.Getpid(), Metrics: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(fmt.Sprintf("# TYPE a_total counter\na_total %d\n", 100*asked.Add(1)))), nil
		}})
		defer s.Close()
		first := s.Mark(t.Context())
		time.Sleep(10*time.Second + time.Millisecond)
		last := s.Mark(t.Context())
		elapsed, target, generator := last.Since(first)
		if n := asked.Load(); n != 13 || target.Counts["a_total"] != 1100 || elapsed != 10*time.Second+time.Millisecond {
			t.Errorf("%d samples in %v, %v", n, elapsed, target.Counts)
		}
		if _, err := ReadProcess(os.Getpid()); err == nil && (target.Seen != 11 || generator.Seen != 11) {
			t.Errorf("seen %d and %d times", target.Seen, generator.Seen)
		}
		now, _ := s.Latest()
		if now.Page["a_total"] != 1300 || now.At != last.At {
			t.Errorf("the latest is %+v", now)
		}
		s.Close()
		if asked.Load() != 13 {
			t.Error("it goes on")
		}
	})
}

// TestHungServer: a page that does not come holds up nothing but itself, and what
// is there is still told.
func TestHungServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hung atomic.Bool
		s := Start(t.Context(), Config{Thorough: 1, PID: os.Getpid(), Metrics: func(ctx context.Context) (io.ReadCloser, error) {
			if hung.Load() {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return io.NopCloser(strings.NewReader("a_total 1\n")), nil
		}})
		hung.Store(true)
		time.Sleep(1500 * time.Millisecond) // in the middle of a sample
		at := time.Now()
		if now, _ := s.Latest(); now.Err != nil || now.Page == nil || time.Now() != at {
			t.Errorf("the latest is %+v, after %v", now, time.Since(at))
		}
		s.SetPID(1)
		time.Sleep(2 * time.Second)
		if now, generator := s.Latest(); !errors.Is(now.Err, context.DeadlineExceeded) || now.Page != nil || generator.At.IsZero() {
			t.Errorf("the latest is %+v", now)
		}
		s.Close()
	})
}

// TestNothingToSee: a target of which nothing is known has no figures.
func TestNothingToSee(t *testing.T) {
	s := Start(t.Context(), Config{})
	defer s.Close()
	m := s.Mark(t.Context())
	if target, _ := s.Latest(); m.Target.Seen != 0 || m.Target.Counts != nil || target.Process != nil || target.Page != nil || target.Err != nil {
		t.Errorf("%+v, %+v", m, target)
	}
}

// TestPagesAreReadNowAndThen: reading the page costs the target something, so only
// every n-th sample reads it, and each Mark; in between the newest stays.
func TestPagesAreReadNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reads atomic.Int64
		s := Start(t.Context(), Config{Every: time.Second, Thorough: 4, Metrics: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(fmt.Sprintf("a_total %d\n", reads.Add(1)))), nil
		}})
		defer s.Close()
		time.Sleep(8500 * time.Millisecond) // samples 1 to 8
		synctest.Wait()
		if n := reads.Load(); n != 3 { // the first of all, and those at 4 s and 8 s
			t.Errorf("read %d times", n)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if target, _ := s.Latest(); target.Page["a_total"] != 3 {
			t.Errorf("the newest page is %v", target.Page)
		}
		if s.Mark(t.Context()); reads.Load() != 4 {
			t.Errorf("a mark makes it %d", reads.Load())
		}
	})
}
