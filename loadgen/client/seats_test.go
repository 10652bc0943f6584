package client

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seed886cd727/throng/loadgen/population"
)

// Seats are held against a search of all members' lists.
func TestSeatsAreThoseOfTheLists(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		users := 1 + random.IntN(12)
		var conversations []population.Listed
		for range random.IntN(8) {
			members := random.Perm(users)[:1+random.IntN(users)]
			one := population.Listed{Kind: population.Group}
			for _, u := range members {
				one.Members = append(one.Members, uint32(u))
			}
			conversations = append(conversations, one)
		}
		people := listed(t, users, conversations...)
		share := population.Share{Of: 1 + random.IntN(4)}
		share.Index = random.IntN(share.Of)
		from, to := share.Users(users)
		agree(t, newSeats(people, from, to), conversations, from, to, uint32(users))
	}
}

// agree compares all that seats tell with the lists.
func agree(t *testing.T, s *seats, conversations []population.Listed, from, to, users uint32) {
	t.Helper()
	taken := map[uint32]bool{}
	for u := range users + 2 {
		var own uint32
		for c, one := range conversations {
			member := slices.Index(one.Members, u)
			want := uint32(nobody)
			if member >= 0 {
				want = uint32(member)
			}
			if got := s.memberOf(u, uint32(c)); got != want {
				t.Fatalf("user %d of %d to %d is member %d of conversation %d, want %d", u, from, to, got, c, want)
			}
			if u < from || u >= to {
				continue
			}
			seat, ok := s.find(u, uint32(c))
			if ok != (member >= 0) {
				t.Fatalf("user %d has a seat in conversation %d: %t", u, c, ok)
			}
			if !ok {
				continue
			}
			first, end := s.of(u)
			if seat != first+own || seat >= end || taken[seat] || s.member[seat] != want || s.conversation(u, seat) != uint32(c) {
				t.Fatalf("user %d sits at %d of %d to %d in conversation %d, as member %d", u, seat, first, end, c, s.member[seat])
			}
			taken[seat] = true
			own++
		}
	}
	if s.len() != len(taken) {
		t.Fatalf("%d seats, want %d", s.len(), len(taken))
	}
}
