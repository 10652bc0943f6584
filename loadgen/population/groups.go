package population

import (
	"fmt"
	"math"

	"github.com/seed886cd727/throng/loadgen/draw"
)

// addGroups appends the conversations of a part that is not direct. Places are
// dealt out in rounds: each round is all users in a new order, so that after any
// number of places the users differ by at most one conversation.
func (l *lists) addGroups(p Part, users int, source draw.Source) error {
	sizes, err := p.sizes(users, source)
	if err != nil {
		return err
	}
	d := dealer{users: users, source: source, last: make([]uint32, users)}
	for _, size := range sizes {
		l.add(d.deal(size)...)
	}
	return nil
}

// sizes is the number of members of each conversation.
func (p Part) sizes(users int, source draw.Source) ([]int, error) {
	// Members are drawn as an entity of their own: the dealer uses those from 0 up.
	member := func(c int) int {
		return min(max(source.Int(p.Members, math.MaxUint64, uint64(c)), 2), users)
	}
	places := int(math.Round(p.PerUser * float64(users)))
	var sizes []int
	switch {
	case p.Members == nil:
		if places < 2*p.Count || places > p.Count*users {
			return nil, fmt.Errorf("count %d and per_user %v give %.2f members each: must be 2 to %d (all users)",
				p.Count, p.PerUser, float64(places)/float64(p.Count), users)
		}
		for c := range p.Count {
			sizes = append(sizes, (c+1)*places/p.Count-c*places/p.Count)
		}
	case p.Count > 0:
		for c := range p.Count {
			sizes = append(sizes, member(c))
		}
	default:
		sizes = fill(places, users, member)
	}
	sum := 0
	for _, size := range sizes {
		sum += size
	}
	if sum > maxPlaces {
		return nil, fmt.Errorf("%d members in all conversations together: more than %d", sum, maxPlaces)
	}
	return sizes, nil
}

// fill takes sizes until they use up all places. Nobody is left alone in the
// last conversation: a single place goes to the one before it, or takes one of
// it, or, between two users, stays empty.
func fill(places, users int, size func(c int) int) []int {
	var sizes []int
	for left := max(places, 2); left > 0; {
		next := min(size(len(sizes)), left)
		last := len(sizes) - 1
		switch {
		case next > 1 || last < 0:
			sizes = append(sizes, next)
		case sizes[last] < users:
			sizes[last]++
		case users > 2: // everybody is in the one before
			sizes[last]--
			sizes = append(sizes, 2)
		}
		left -= next
	}
	return sizes
}

// dealer deals out places to users, a shuffled round of all of them at a time.
type dealer struct {
	users  int
	source draw.Source
	round  uint64
	order  []uint32 // what is left of the round
	dealt  uint32   // conversations so far
	last   []uint32 // of each user: the number, from 1 up, of the latest conversation
}

// deal takes the next size users, all distinct. Only where a round ends within a
// conversation can one come twice: then another of the new round goes first, and
// there is one, since a conversation has no more members than there are users.
func (d *dealer) deal(size int) []uint32 {
	d.dealt++
	members := make([]uint32, 0, size)
	fresh := 0 // those before it in the order are members already
	for len(members) < size {
		if len(d.order) == 0 {
			d.shuffle()
			fresh = 0
		}
		for d.last[d.order[fresh]] == d.dealt {
			fresh++
		}
		user := d.order[fresh]
		d.order[fresh] = d.order[0]
		d.order = d.order[1:]
		d.last[user] = d.dealt
		members = append(members, user)
	}
	return members
}

func (d *dealer) shuffle() {
	permutation := d.source.Permutation(d.users, d.round)
	d.order = make([]uint32, d.users)
	for i := range d.order {
		d.order[i] = uint32(permutation.At(i))
	}
	d.round++
}
