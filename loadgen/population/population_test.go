package population

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed886cd727/throng/loadgen/draw"
)

// check holds a population to its invariants.
func check(t interface{ Fatalf(string, ...any) }, p *Population) {
	places := 0
	for c := range uint32(p.Len()) {
		members := p.Members(c)
		places += len(members)
		sorted := slices.Clone(members)
		slices.Sort(sorted)
		if len(slices.Compact(sorted)) != len(members) || int(sorted[len(sorted)-1]) >= p.Users() {
			t.Fatalf("conversation %d has members %v of %d users", c, members, p.Users())
		}
		if p.Kind(c) == Direct && len(members) != 2 {
			t.Fatalf("direct conversation %d has %d members", c, len(members))
		}
		for _, u := range members {
			if _, found := slices.BinarySearch(p.Conversations(u), c); !found {
				t.Fatalf("user %d is in conversation %d, but %v", u, c, p.Conversations(u))
			}
		}
	}
	for u := range uint32(p.Users()) {
		places -= len(p.Conversations(u))
	}
	if places != 0 {
		t.Fatalf("conversations have %d members more than users have conversations", places)
	}
}

// degrees is the fewest and the most conversations that a user has.
func degrees(p *Population) (least, most int) {
	least = math.MaxInt
	for u := range uint32(p.Users()) {
		n := len(p.Conversations(u))
		least, most = min(least, n), max(most, n)
	}
	return least, most
}

func mustNew(t testing.TB, s Spec) *Population {
	t.Helper()
	p, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	check(t, p)
	return p
}

// TestTwoOfThree: of count, members and per_user, the third follows.
func TestTwoOfThree(t *testing.T) {
	for _, c := range []struct {
		name                   string
		part                   Part
		conversations, places  int
		least, most, in, below int // conversations of a user, members of a conversation
	}{
		{"count and members", Part{Kind: Group, Count: 300, Members: draw.Constant(7)}, 300, 2100, 2, 3, 7, 7},
		{"count and per_user", Part{Kind: Group, Count: 300, PerUser: 2}, 300, 2000, 2, 2, 6, 7},
		{"per_user and members", Part{Kind: Group, PerUser: 5, Members: draw.Constant(5)}, 1000, 5000, 5, 5, 5, 5},
		{"a part of a user", Part{Kind: Group, PerUser: 0.5, Members: draw.Constant(5)}, 100, 500, 0, 1, 5, 5},
		{"everyone", Part{Kind: Channel, Count: 3, Members: draw.Constant(5000)}, 3, 3000, 3, 3, 1000, 1000},
		{"direct by per_user", Part{Kind: Direct, PerUser: 4}, 2000, 4000, 4, 4, 2, 2},
		{"direct by count", Part{Kind: Direct, Count: 750}, 750, 1500, 1, 2, 2, 2},
	} {
		p := mustNew(t, Spec{Users: 1000, Parts: []Part{c.part}, Seed: 1})
		least, most := degrees(p)
		in, below, places := math.MaxInt, 0, 0
		for i := range uint32(p.Len()) {
			n := len(p.Members(i))
			in, below, places = min(in, n), max(below, n), places+n
		}
		got := [6]int{p.Len(), places, least, most, in, below}
		if want := [6]int{c.conversations, c.places, c.least, c.most, c.in, c.below}; got != want {
			t.Errorf("%s: conversations, places, least and most of a user, least and most members: %v, want %v", c.name, got, want)
		}
	}
}

// TestDirectPairsAreDistinct until there are none left, for even and odd numbers
// of users, and over parts.
func TestDirectPairsAreDistinct(t *testing.T) {
	for _, users := range []int{2, 3, 4, 7, 8, 50, 51} {
		pairs := users * (users - 1) / 2
		first := max(pairs/3, 1)
		parts := []Part{{Kind: Direct, Count: first}}
		if pairs > first {
			parts = append(parts, Part{Kind: Direct, Count: pairs - first})
		}
		p := mustNew(t, Spec{Users: users, Parts: parts, Seed: 2})
		seen := map[[2]uint32]bool{}
		for c := range uint32(p.Len()) {
			m := p.Members(c)
			seen[[2]uint32{min(m[0], m[1]), max(m[0], m[1])}] = true
		}
		if len(seen) != pairs {
			t.Errorf("%d users: %d distinct pairs in %d conversations, want all %d", users, len(seen), p.Len(), pairs)
		}
		if least, most := degrees(p); least != users-1 || most != users-1 {
			t.Errorf("%d users: with all pairs, users have %d to %d conversations", users, least, most)
		}
		again := mustNew(t, Spec{Users: users, Parts: []Part{{Kind: Direct, Count: 3 * pairs}}, Seed: 2})
		if least, most := degrees(again); least != 3*(users-1) || most != least {
			t.Errorf("%d users: with each pair three times, users have %d to %d conversations", users, least, most)
		}
	}
}

func TestDirectDegrees(t *testing.T) {
	for _, users := range []int{1000, 1001} {
		p := mustNew(t, Spec{Users: users, Parts: []Part{{Kind: Direct, PerUser: 4}}, Seed: 3})
		if least, most := degrees(p); least < 4-users%2 || most > 4+users%2 {
			t.Errorf("%d users have %d to %d conversations, want 4", users, least, most)
		}
	}
}

// TestAnySpec: every spec that is valid, or refused while it is made, gives a
// population that keeps the invariants, spreads places evenly, and is the same
// when it is made again.
func TestAnySpec(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Spec{
			Users: rapid.IntRange(2, 60).Draw(t, "users"),
			Seed:  rapid.Uint64().Draw(t, "seed"),
			Parts: []Part{{Kind: rapid.SampledFrom([]Kind{Group, Channel}).Draw(t, "kind")}},
		}
		part := &s.Parts[0]
		leave := rapid.IntRange(0, 2).Draw(t, "what follows")
		if leave != 0 {
			part.Count = rapid.IntRange(1, 60).Draw(t, "count")
		}
		if leave != 1 {
			part.PerUser = rapid.Float64Range(0.01, 8).Draw(t, "per user")
		}
		if leave != 2 {
			part.Members = draw.Uniform{Min: rapid.IntRange(0, 9).Draw(t, "min"), Max: rapid.IntRange(9, 90).Draw(t, "max")}
		}
		p, err := New(s)
		if err != nil {
			if leave == 1 || leave == 0 {
				t.Fatalf("refused: %v", err)
			}
			t.Skip("count and per_user that do not fit")
		}
		check(t, p)
		if least, most := degrees(p); most-least > 1 {
			t.Fatalf("users have %d to %d conversations", least, most)
		}
		for c := range uint32(p.Len()) {
			if len(p.Members(c)) < 2 {
				t.Fatalf("conversation %d has one member", c)
			}
		}
		again, err := New(s)
		if err != nil || !slices.Equal(again.members.arena, p.members.arena) || !slices.Equal(again.members.ends, p.members.ends) {
			t.Fatalf("made again, it is another: %v", err)
		}
	})
}

// TestSeedsDiffer: another seed, other friends.
func TestSeedsDiffer(t *testing.T) {
	for _, part := range []Part{{Kind: Direct, PerUser: 4}, {Kind: Group, PerUser: 4, Members: draw.Constant(5)}} {
		a := mustNew(t, Spec{Users: 500, Parts: []Part{part}, Seed: 1})
		b := mustNew(t, Spec{Users: 500, Parts: []Part{part}, Seed: 2})
		if slices.Equal(a.members.arena, b.members.arena) {
			t.Errorf("%v: seeds 1 and 2 give the same members", part.Kind)
		}
	}
}

// TestMemberSizes: drawn sizes follow their distribution.
func TestMemberSizes(t *testing.T) {
	p := mustNew(t, Spec{Users: 1000, Parts: []Part{{Kind: Group, Count: 10_000, Members: draw.Uniform{Min: 3, Max: 12}}}, Seed: 4})
	counts := map[int]int{}
	for c := range uint32(p.Len()) {
		counts[len(p.Members(c))]++
	}
	for n := 3; n <= 12; n++ {
		if counts[n] < 850 || counts[n] > 1150 {
			t.Errorf("%d conversations have %d members, want 1000 ± 150", counts[n], n)
		}
	}
	if len(counts) != 10 {
		t.Errorf("sizes are %v, want 3 to 12", counts)
	}
}

func TestPick(t *testing.T) {
	p := mustNew(t, Spec{Users: 100, Seed: 5, Parts: []Part{
		{Name: "dm", Kind: Direct, PerUser: 2, Share: 70},
		{Name: "team", Kind: Group, Count: 5, PerUser: 1, Share: 30},
	}})
	for _, c := range []struct {
		u    float64
		from uint32
		n    int
	}{{0, 0, 100}, {0.699, 0, 100}, {0.701, 100, 5}, {math.Nextafter(1, 0), 100, 5}} {
		asked := 0
		got, ok := p.Pick(c.u, func(n int) int { asked = n; return n - 1 })
		if !ok || asked != c.n || got != c.from+uint32(c.n)-1 {
			t.Errorf("Pick(%v) = %d, chosen out of %d; want the last of %d from %d", c.u, got, asked, c.n, c.from)
		}
	}
	// Without shares, each conversation is as good as another.
	p = mustNew(t, Spec{Users: 100, Parts: []Part{{Kind: Direct, Count: 30}, {Kind: Direct, Count: 10}}})
	if c, _ := p.Pick(0.74, func(int) int { return 0 }); c != 0 {
		t.Errorf("0.74 of the sends pick conversation %d, want one of the first part", c)
	}
	if c, _ := p.Pick(0.76, func(int) int { return 0 }); c != 30 {
		t.Errorf("0.76 of the sends pick conversation %d, want one of the second part", c)
	}
	empty := mustNew(t, Spec{Users: 100})
	if _, ok := empty.Pick(0.5, func(int) int { return 0 }); ok {
		t.Error("a population without conversations picks one")
	}
}

func TestSenders(t *testing.T) {
	p := mustNew(t, Spec{Users: 100, Parts: []Part{
		{Kind: Channel, Count: 1, Members: draw.Constant(100), Senders: 1},
		{Kind: Group, Count: 10, Members: draw.Constant(4), Senders: 9},
	}})
	if got := p.Senders(0); len(got) != 1 || got[0] != p.Members(0)[0] {
		t.Errorf("senders of the channel are %v, want its first member", got)
	}
	if got := p.Senders(5); len(got) != 4 {
		t.Errorf("%d of a group's 4 members send, want all", len(got))
	}
}

func TestFromLists(t *testing.T) {
	p, err := FromLists(4, 2, []Listed{{Group, []uint32{0, 1, 2}}, {Channel, []uint32{3}}, {Group, []uint32{3, 0}}})
	if err != nil {
		t.Fatal(err)
	}
	check(t, p)
	if p.Parts() != 3 || p.Kind(1) != Channel || p.Kind(2) != Group || p.Devices() != 2 {
		t.Errorf("%d parts, kinds %v %v, %d devices", p.Parts(), p.Kind(1), p.Kind(2), p.Devices())
	}
	if got := p.Conversations(0); !slices.Equal(got, []uint32{0, 2}) {
		t.Errorf("user 0 is in %v", got)
	}
	for _, bad := range [][]uint32{{0, 4}, {1, 1}} {
		if _, err := FromLists(4, 1, []Listed{{Group, bad}}); err == nil {
			t.Errorf("members %v of 4 users are taken", bad)
		}
	}
}

// TestEveryFault: Validate names all that is wrong at once.
func TestEveryFault(t *testing.T) {
	s := Spec{Users: 0, Devices: 300, Parts: []Part{
		{Name: "dm", Kind: Direct, PerUser: 4, Count: 3, Share: 1},
		{Name: "pair", Kind: Direct, PerUser: 1, Members: draw.Constant(2)},
		{Kind: Group, PerUser: -1, Members: draw.Uniform{Min: 5, Max: 4}},
		{Kind: Group, Count: 3, PerUser: 5, Members: draw.Constant(3), Senders: -1},
		{Kind: 9, Count: 3},
	}}
	err := s.Validate()
	if err == nil {
		t.Fatal("taken as valid")
	}
	for _, want := range []string{
		"0 users", "300 devices", "1 of 5 parts", "dm: needs 2 users", "give one of count and per_user",
		"pair: needs 2 users", "leave members out", "per_user -1", "uniform [5, 4]", "give two of", "senders -1", "part 5", "kind 9",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in:\n%v", want, err)
		}
	}
	for name, part := range map[string]Part{
		"too few": {Kind: Group, Count: 60, PerUser: 1}, "too many": {Kind: Group, Count: 2, PerUser: 3},
	} {
		if _, err := New(Spec{Users: 100, Parts: []Part{part}}); err == nil || !strings.Contains(err.Error(), "members each") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(Spec{Users: 100_000, Parts: []Part{{Kind: Group, PerUser: 5, Members: draw.Constant(5)}}}); err != nil {
			b.Fatal(err)
		}
	}
}
