package pace

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// exponential gaps of mean 1, each from a generator of its own: a function of k.
func exponential(seed uint64) Gaps {
	return func(k uint64) float64 { return rand.New(rand.NewPCG(seed, k)).ExpFloat64() }
}

// all is when each send of a schedule is due; it checks what holds for any.
func all(t interface{ Fatalf(string, ...any) }, s Schedule) []time.Duration {
	var due []time.Duration
	for {
		at, k, ok := s.Next()
		if !ok {
			break
		}
		if k != uint64(len(due)) {
			t.Fatalf("send %d has number %d", len(due), k)
		}
		if at < 0 || k > 0 && at < due[k-1] {
			t.Fatalf("send %d is due at %v, after one at %v", k, at, due[max(k, 1)-1])
		}
		due = append(due, at)
	}
	if _, _, ok := s.Next(); ok {
		t.Fatalf("a schedule that had ended goes on")
	}
	return due
}

func TestConstant(t *testing.T) {
	due := all(t, Join(Constant(200, 30*time.Second)))
	if len(due) != 6000 {
		t.Fatalf("%d sends, want 6000", len(due))
	}
	for k, at := range due {
		want := 2500*time.Microsecond + time.Duration(k)*5*time.Millisecond
		if d := at - want; d < -1 || d > 1 {
			t.Fatalf("send %d is due at %v, want %v", k, at, want)
		}
	}
}

// TestNoDrift: the ten millionth send is as exact as the first.
func TestNoDrift(t *testing.T) {
	const rate, n = 7, 10_000_000
	w := Join(Constant(rate, time.Hour*24*365))
	var at time.Duration
	for range n {
		at, _, _ = w.Next()
	}
	want := (float64(n) - 0.5) / rate
	if math.Abs(at.Seconds()-want) > 1e-6 {
		t.Errorf("send %d is due at %.9f s, want %.9f s", n, at.Seconds(), want)
	}
}

func TestRamp(t *testing.T) {
	due := all(t, Join(Ramp(0, 100, 10*time.Second, nil)))
	if len(due) != 500 {
		t.Fatalf("%d sends, want 500", len(due))
	}
	for k, at := range due { // the area 5t² is k+½
		want := math.Sqrt((float64(k) + 0.5) / 5)
		if math.Abs(at.Seconds()-want) > 2e-9 {
			t.Fatalf("send %d is due at %v, want %.9f s", k, at, want)
		}
	}
	down := all(t, Join(Ramp(100, 0, 10*time.Second, nil)))
	for k, at := range down { // the same, mirrored
		if mirror := 10*time.Second - due[499-k]; (at - mirror).Abs() > 10 {
			t.Fatalf("on the way down, send %d is due at %v, want %v", k, at, mirror)
		}
	}
}

// TestPoisson: the counts of windows have the mean and the variance of Poisson's
// distribution, on a constant rate and on a ramp.
func TestPoisson(t *testing.T) {
	const window, windows = 100 * time.Millisecond, 3000
	for name, s := range map[string]Stretch{
		"constant": Poisson(200, windows*window, exponential(1)),
		"ramp":     Ramp(100, 300, windows*window, exponential(2)),
	} {
		counts := make([]float64, windows)
		for _, at := range all(t, Join(s)) {
			counts[at/window]++
		}
		// The index of dispersion, about each window's own mean: 1, with a standard
		// deviation of sqrt(2/windows).
		sum, dispersion := 0.0, 0.0
		for i, n := range counts {
			want := (s.From + (s.To-s.From)*(float64(i)+0.5)/windows) * window.Seconds()
			dispersion += (n - want) * (n - want) / want / windows
			sum += n
		}
		if want := s.Sends(); math.Abs(sum-want) > 5*math.Sqrt(want) {
			t.Errorf("%s: %.0f sends, want %.0f", name, sum, want)
		}
		if bound := 5 * math.Sqrt(2.0/windows); math.Abs(dispersion-1) > bound {
			t.Errorf("%s: dispersion is %.3f, want 1 ± %.3f", name, dispersion, bound)
		}
	}
}

// TestEvenIsNotPoisson: evenly spaced sends hardly vary.
func TestEvenIsNotPoisson(t *testing.T) {
	counts := make([]int, 100)
	for _, at := range all(t, Join(Constant(205, 10*time.Second))) {
		counts[at/(100*time.Millisecond)]++
	}
	for i, n := range counts {
		if n < 20 || n > 21 {
			t.Errorf("window %d has %d sends, want 20 or 21", i, n)
		}
	}
}

// TestPhases: numbers and the part of a gap that is left go on over changes of
// the rate, and stretches without sends are passed over.
func TestPhases(t *testing.T) {
	w := Join(
		Silence(time.Second),
		Constant(2, 1750*time.Millisecond), // 3.5 sends: half a gap is left
		Constant(0, time.Second),
		Constant(10, 200*time.Millisecond),
		Silence(time.Second),
	)
	var due []time.Duration
	var in []int
	for {
		at, _, ok := w.Next()
		if !ok {
			break
		}
		due, in = append(due, at.Round(time.Microsecond)), append(in, w.Stretch())
	}
	ms := time.Millisecond
	// 2.75 s is the end of the first: the fourth send has its area there exactly.
	want := []time.Duration{1250 * ms, 1750 * ms, 2250 * ms, 3750 * ms, 3850 * ms}
	wantIn := []int{1, 1, 1, 3, 3}
	if len(due) != len(want) {
		t.Fatalf("due at %v, want %v", due, want)
	}
	for i := range want {
		if due[i] != want[i] || in[i] != wantIn[i] {
			t.Errorf("send %d is due at %v in stretch %d, want %v in %d", i, due[i], in[i], want[i], wantIn[i])
		}
	}
}

// TestAnyStretches: whatever follows whatever, the number of evenly spaced sends
// is the area, and each is due within the stretch that the walk names.
func TestAnyStretches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stretches []Stretch
		var starts []time.Duration
		area, start := 0.0, time.Duration(0)
		for range rapid.IntRange(0, 6).Draw(t, "stretches") {
			s := Stretch{
				From: rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 500)).Draw(t, "from"),
				To:   rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 500)).Draw(t, "to"),
				For:  time.Duration(rapid.Int64Range(0, int64(5*time.Second)).Draw(t, "for")),
			}
			if err := s.Validate(); err != nil {
				t.Fatal(err)
			}
			stretches, starts = append(stretches, s), append(starts, start)
			area += s.Sends()
			start += s.For
		}
		w, last, n := Join(stretches...), time.Duration(0), 0
		for {
			at, k, ok := w.Next()
			if !ok {
				break
			}
			i := w.Stretch()
			if k != uint64(n) || at < last || at < starts[i] || at >= starts[i]+stretches[i].For {
				t.Fatalf("send %d (number %d) at %v after %v in stretch %d from %v", n, k, at, last, i, starts[i])
			}
			last = at
			n++
		}
		if math.Abs(float64(n)-area) > 0.5+1e-6 {
			t.Fatalf("%d sends under an area of %v", n, area)
		}
	})
}

func TestRecorded(t *testing.T) {
	want := []time.Duration{0, 5, 5, 70}
	got := all(t, &Recorded{At: want})
	if len(got) != len(want) || got[1] != 5 || got[3] != 70 {
		t.Errorf("due at %v, want %v", got, want)
	}
}

func TestFaultyStretches(t *testing.T) {
	for _, s := range []Stretch{
		{From: -1}, {To: -1}, {From: math.NaN()}, {To: math.Inf(1)}, {For: -1},
	} {
		if s.Validate() == nil {
			t.Errorf("%+v is taken as valid", s)
		}
	}
}

func BenchmarkWalk(b *testing.B) {
	w := Join(Ramp(1e6, 2e6, 1000*time.Hour, func(k uint64) float64 { return 0.5 + float64(k&1) }))
	for b.Loop() {
		w.Next()
	}
}
