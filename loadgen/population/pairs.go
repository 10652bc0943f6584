package population

import (
	"fmt"

	"github.com/seed886cd727/throng/loadgen/draw"
)

// pairing makes pairs of users, no pair twice until all have been, and every user
// as often as any other, give or take one.
//
// It is a round-robin tournament (the circle method): of n players, round r pairs
// those whose places on a circle add up to r, so that the rounds together have
// each pair once. The places are shuffled, and so is the order of the rounds. An
// odd number of users leaves one of them out in each round.
type pairing struct {
	users  int
	source draw.Source
	next   int // pair of the tournament; goes on over all direct parts
}

// addPairs appends n direct conversations.
func (l *lists) addPairs(p *pairing, n int) error {
	if len(l.arena)+2*n > maxPlaces {
		return fmt.Errorf("%d conversations: more than %d places in all", n, maxPlaces)
	}
	circle := p.users - 1 + p.users%2 // places on the circle, and number of rounds
	perRound := p.users / 2
	places := p.source.Permutation(p.users, 0)
	rounds := p.source.Permutation(circle, 1)
	for range n {
		round := rounds.At(p.next / perRound % circle)
		a, b := match(round, p.next%perRound, circle)
		l.add(uint32(places.At(a)), uint32(places.At(b)))
		p.next++
	}
	return nil
}

// match is pair i of a round. Places i steps to either side of the round's number
// meet; where the number of players is even, the one who sits outside of the
// circle (place circle) meets the one who would be left out, as the last pair.
func match(round, i, circle int) (a, b int) {
	if i == (circle-1)/2 {
		return round, circle
	}
	return (round + i + 1) % circle, (round - i - 1 + circle) % circle
}
