package conversation

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// steps is a job of several turns.
type steps struct {
	name  string
	left  int
	pause time.Duration
	log   *[]string
}

func (s *steps) turn(*scratch) (bool, time.Duration) {
	*s.log = append(*s.log, s.name)
	s.left--
	return s.left > 0, s.pause
}

func TestWorkersAreFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		w := newWorkers(0, 10)
		for _, name := range []string{"a", "b"} {
			if !w.do(&steps{name: name, left: 2, log: &log}) {
				t.Fatal("refused")
			}
		}
		w.do(&steps{name: "slow", left: 2, pause: time.Second, log: &log})
		w.wg.Go(w.work)
		synctest.Wait()
		want := []string{"a", "b", "slow", "a", "b"}
		if len(log) != len(want) {
			t.Fatalf("turns %v, want %v", log, want)
		}
		for i := range want {
			if log[i] != want[i] {
				t.Fatalf("turns %v, want %v", log, want)
			}
		}
		if w.waiting() != 1 {
			t.Errorf("%d under way while one pauses", w.waiting())
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(log) != 6 || w.waiting() != 0 {
			t.Errorf("turns %v, %d under way", log, w.waiting())
		}
		w.close()
	})
}

func TestWorkersAreBounded(t *testing.T) {
	w := newWorkers(0, 2)
	var log []string
	job := &steps{left: 1, log: &log}
	for i, want := range []bool{true, true, false} {
		if w.do(job) != want {
			t.Errorf("job %d of a bound of 2: taken is not %v", i+1, want)
		}
	}
	w.close()
	if w.do(job) {
		t.Error("closed workers took a job")
	}
}

type counted struct{ n *atomic.Int64 }

func (c counted) turn(*scratch) (bool, time.Duration) { c.n.Add(1); return false, 0 }

func TestWorkersDoEveryJobOnce(t *testing.T) {
	const jobs = 20_000
	w := newWorkers(4, jobs)
	var n atomic.Int64
	for range jobs {
		for !w.do(counted{&n}) {
			time.Sleep(time.Millisecond)
		}
	}
	for w.waiting() > 0 {
		time.Sleep(time.Millisecond)
	}
	w.close()
	if n.Load() != jobs {
		t.Errorf("%d of %d done", n.Load(), jobs)
	}
}
