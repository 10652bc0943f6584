package client

import (
	"math"
	"slices"

	"github.com/seed886cd727/throng/loadgen/population"
)

// seats knows where users sit in their conversations. A seat is a user's place in
// one conversation; those of one user have consecutive numbers, in the order of
// Population.Conversations.
type seats struct {
	people *population.Population
	from   uint32   // the first user whose seats are known
	first  []uint32 // of each user from there: the number of the first seat; one more at the end
	member []uint32 // of each seat: the user's index among the conversation's members
}

// newSeats looks up the seats of the users from one number up to another.
func newSeats(people *population.Population, from, to uint32) *seats {
	s := &seats{people: people, from: from, first: make([]uint32, to-from+1)}
	for u := from; u < to; u++ {
		s.first[u-from+1] = s.first[u-from] + uint32(len(people.Conversations(u)))
	}
	s.member = make([]uint32, s.first[to-from])
	next := slices.Clone(s.first) // conversations come by rising number, as each user's do
	for c := range uint32(people.Len()) {
		for i, u := range people.Members(c) {
			if u >= from && u < to {
				s.member[next[u-from]] = uint32(i)
				next[u-from]++
			}
		}
	}
	return s
}

// len is how many seats there are.
func (s *seats) len() int { return len(s.member) }

// of are a user's seats: those from one number up to another.
func (s *seats) of(user uint32) (from, to uint32) {
	return s.first[user-s.from], s.first[user-s.from+1]
}

// find is a user's seat in a conversation; not ok for one who is no member.
func (s *seats) find(user, conversation uint32) (seat uint32, ok bool) {
	i, ok := slices.BinarySearch(s.people.Conversations(user), conversation)
	return s.first[user-s.from] + uint32(i), ok
}

// conversation is where a user's seat is.
func (s *seats) conversation(user, seat uint32) uint32 {
	return s.people.Conversations(user)[seat-s.first[user-s.from]]
}

// nobody is no member's index.
const nobody = math.MaxUint32

// memberOf is a user's index among the members of a conversation, or nobody. Users
// of other shares are looked for.
func (s *seats) memberOf(user, conversation uint32) uint32 {
	if user < s.from || int(user-s.from) >= len(s.first)-1 {
		i := slices.Index(s.people.Members(conversation), user)
		if i < 0 {
			return nobody
		}
		return uint32(i)
	}
	seat, ok := s.find(user, conversation)
	if !ok {
		return nobody
	}
	return s.member[seat]
}
