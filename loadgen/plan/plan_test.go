package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed886cd727/throng/loadgen/draw"
	"github.com/seed886cd727/throng/loadgen/population"
)

// direct is the traffic of the scenario of that name.
func direct(t testing.TB) *Plan {
	t.Helper()
	people, err := population.New(population.Spec{
		Users: 2000, Devices: 2, Seed: 1,
		Parts: []population.Part{{Kind: population.Direct, PerUser: 4}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &Plan{
		Population: people,
		Phases:     []Phase{{For: 30 * time.Second, From: 200, To: 200, Arrival: Poisson}},
		Size:       draw.LogNormal{Median: 80, P99: 600},
		Seed:       1,
	}
}

func walk(t testing.TB, p *Plan, share population.Share) []Send {
	t.Helper()
	s, err := p.Sends(share)
	if err != nil {
		t.Fatal(err)
	}
	var all []Send
	for {
		send, ok := s.Next()
		if !ok {
			return all
		}
		all = append(all, send)
	}
}

func encode(sends []Send) []byte {
	var all []byte
	for _, s := range sends {
		all = s.AppendTo(all)
	}
	return all
}

// merged is the plan as so many agents have it, each with a plan of its own.
func merged(t testing.TB, make func(testing.TB) *Plan, shares int) []Send {
	t.Helper()
	var all []Send
	for i := range shares {
		p, share := make(t), population.Share{Index: i, Of: shares}
		part := walk(t, p, share)
		from, to := share.Users(p.Population.Users())
		for _, s := range part {
			if s.Sender < from || s.Sender >= to {
				t.Fatalf("share %d of %d has a send of user %d, but owns %d to %d", i, shares, s.Sender, from, to)
			}
		}
		if shares > 1 && len(part) == 0 {
			t.Fatalf("share %d of %d sends nothing", i, shares)
		}
		all = append(all, part...)
	}
	slices.SortFunc(all, func(a, b Send) int { return int(a.K) - int(b.K) })
	return all
}

// TestSharesMerge: the plan of direct, put together from 1, 2 and 5 shares, is the
// same byte for byte.
func TestSharesMerge(t *testing.T) {
	whole := encode(merged(t, direct, 1))
	for _, shares := range []int{2, 5} {
		if got := encode(merged(t, direct, shares)); !bytes.Equal(got, whole) {
			t.Errorf("%d shares make %d bytes that are not the %d bytes of one", shares, len(got), len(whole))
		}
	}
}

func TestDirect(t *testing.T) {
	p := direct(t)
	sends := merged(t, direct, 1)
	if n := float64(len(sends)); math.Abs(n-6000) > 5*math.Sqrt(6000) {
		t.Errorf("%v sends, want about 6000", n)
	}
	windows, dispersion := [300]float64{}, 0.0
	for _, s := range sends {
		windows[s.Due/(100*time.Millisecond)]++
	}
	for _, n := range windows {
		dispersion += (n - 20) * (n - 20) / 20 / float64(len(windows))
	}
	if dispersion < 0.6 || dispersion > 1.4 {
		t.Errorf("sends have a dispersion of %.2f, want Poisson's 1", dispersion)
	}
	talked, devices := map[uint32]bool{}, [2]int{}
	var sizes []int
	for k, s := range sends {
		if s.K != uint64(k) || s.Due >= 30*time.Second || s.Phase != 0 || k > 0 && s.Due < sends[k-1].Due {
			t.Fatalf("send %d is %+v", k, s)
		}
		if !slices.Contains(p.Population.Members(s.Conversation), s.Sender) {
			t.Fatalf("send %d: user %d is not in conversation %d", k, s.Sender, s.Conversation)
		}
		talked[s.Conversation] = true
		devices[s.Device]++
		sizes = append(sizes, s.Size)
	}
	// 6,000 draws out of 4,000 leave e^-1.5 of them out.
	if want := 4000 * (1 - math.Exp(-1.5)); math.Abs(float64(len(talked))-want) > 150 {
		t.Errorf("%d conversations are sent in, want about %.0f", len(talked), want)
	}
	if devices[0] < 2700 || devices[1] < 2700 {
		t.Errorf("devices send %v", devices)
	}
	slices.Sort(sizes)
	if median := sizes[len(sizes)/2]; median < 74 || median > 86 {
		t.Errorf("the median size is %d, want 80", median)
	}
}

// TestPlanStays: a seed means the same sends in the next version too. Whole
// numbers only, which are the same on every architecture.
func TestPlanStays(t *testing.T) {
	var who []byte
	for _, s := range merged(t, direct, 1)[:1000] {
		s.Due, s.Size = 0, 0
		who = s.AppendTo(who)
	}
	sum := sha256.Sum256(who)
	const want = "198e9e93bcf7e09a"
	if got := hex.EncodeToString(sum[:8]); got != want {
		t.Errorf("who sends where has the hash %s, want %s", got, want)
	}
}

// TestPurposesAreApart: nothing of a send follows from another part of it.
func TestPurposesAreApart(t *testing.T) {
	sends := merged(t, direct, 1)
	for name, pair := range map[string]func(s Send) (float64, float64){
		"conversation and size":   func(s Send) (float64, float64) { return float64(s.Conversation), math.Log(float64(s.Size + 1)) },
		"conversation and device": func(s Send) (float64, float64) { return float64(s.Conversation), float64(s.Device) },
		"sender and device":       func(s Send) (float64, float64) { return float64(s.Sender), float64(s.Device) },
		"size and device":         func(s Send) (float64, float64) { return math.Log(float64(s.Size + 1)), float64(s.Device) },
	} {
		var x, y, xx, yy, xy float64
		n := float64(len(sends))
		for _, s := range sends {
			a, b := pair(s)
			x, y, xx, yy, xy = x+a, y+b, xx+a*a, yy+b*b, xy+a*b
		}
		r := (xy/n - x/n*y/n) / math.Sqrt((xx/n-x/n*x/n)*(yy/n-y/n*y/n))
		if math.Abs(r) > 5/math.Sqrt(n) {
			t.Errorf("%s correlate: %.3f", name, r)
		}
	}
}

// TestSeedsDiffer: another seed, another plan, on the same population.
func TestSeedsDiffer(t *testing.T) {
	other := direct(t)
	other.Seed = 2
	if bytes.Equal(encode(walk(t, direct(t), population.Share{})), encode(walk(t, other, population.Share{}))) {
		t.Error("seeds 1 and 2 give the same sends")
	}
}

// TestPhases: rates, arrivals, sizes and parts as each phase and part has them.
func TestPhases(t *testing.T) {
	people, err := population.New(population.Spec{Users: 200, Seed: 1, Parts: []population.Part{
		{Kind: population.Direct, PerUser: 4, Share: 0.7},
		{Kind: population.Channel, Count: 2, Members: draw.Constant(200), Senders: 1, Share: 0.3},
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := &Plan{
		Population: people, Size: draw.Constant(10), Seed: 9,
		Phases: []Phase{
			{For: 5 * time.Second},
			{For: 10 * time.Second, From: 100, To: 100},
			{For: 10 * time.Second, From: 100, To: 300, Arrival: Poisson, Size: draw.Uniform{Min: 20, Max: 29}},
			{For: time.Second},
		},
	}
	if p.Duration() != 26*time.Second {
		t.Errorf("the phases take %v", p.Duration())
	}
	counts, channel := [4]int{}, 0
	for _, s := range walk(t, p, population.Share{}) {
		counts[s.Phase]++
		end := []time.Duration{5, 15, 25, 26}[s.Phase] * time.Second
		if s.Due >= end || s.Due < end-p.Phases[s.Phase].For {
			t.Fatalf("%+v is not due in its phase", s)
		}
		if s.Phase == 1 && s.Size != 10 || s.Phase == 2 && (s.Size < 20 || s.Size > 29) {
			t.Fatalf("%+v has another phase's size", s)
		}
		if people.Kind(s.Conversation) == population.Channel {
			channel++
			if s.Sender != people.Members(s.Conversation)[0] {
				t.Fatalf("%+v: only the first member sends", s)
			}
		}
	}
	if counts[0] != 0 || counts[1] != 1000 || counts[2] < 1800 || counts[2] > 2200 || counts[3] != 0 {
		t.Errorf("phases have %v sends, want 0, 1000, about 2000, 0", counts)
	}
	if share := float64(channel) / float64(counts[1]+counts[2]); math.Abs(share-0.3) > 0.045 {
		t.Errorf("channels have %.3f of the sends, want 0.3", share)
	}
}

func TestEveryFault(t *testing.T) {
	people, err := population.New(population.Spec{Users: 5})
	if err != nil {
		t.Fatal(err)
	}
	p := &Plan{Population: people, Phases: []Phase{
		{For: -1}, {From: -5}, {From: 3, To: 3}, {Size: draw.Constant(-1)}, {Arrival: 7},
	}}
	err = p.Validate()
	if err == nil {
		t.Fatal("taken as valid")
	}
	for _, want := range []string{
		"phase 0: duration", "phase 1: rate -5", "phase 2: sends without a size", "phase 3: size: constant -1",
		"phase 4: arrival 7", "no conversations",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in:\n%v", want, err)
		}
	}
	if err := (&Plan{}).Validate(); err == nil {
		t.Error("a plan without a population is taken as valid")
	}
	if _, err := direct(t).Sends(population.Share{Index: 3, Of: 2}); err == nil {
		t.Error("share 3 of 2 is taken")
	}
}

func TestQuietPlan(t *testing.T) {
	people, err := population.New(population.Spec{Users: 5})
	if err != nil {
		t.Fatal(err)
	}
	if sends := walk(t, &Plan{Population: people, Phases: []Phase{{For: time.Hour}}}, population.Share{}); len(sends) != 0 {
		t.Errorf("%d sends in a plan without traffic", len(sends))
	}
}

// BenchmarkSends is the cost of a send to a share that owns it, and to one that
// passes over it.
func BenchmarkSends(b *testing.B) {
	for name, share := range map[string]population.Share{"own": {}, "others": {Index: 0, Of: 1000}} {
		b.Run("share="+name, func(b *testing.B) {
			p := direct(b)
			p.Phases[0].From, p.Phases[0].To, p.Phases[0].For = float64(b.N), float64(b.N), time.Second
			s, err := p.Sends(share)
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for {
				if _, ok := s.Next(); !ok {
					return
				}
			}
		})
	}
}
