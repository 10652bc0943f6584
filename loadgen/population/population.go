package population

import (
	"fmt"
	"math"
	"sort"

	"github.com/seed886cd727/throng/loadgen/draw"
)

// Population is who exists. Users and conversations are numbers from 0 up; Names
// turns them into ids. It is never changed once made: its methods may be called
// concurrently, and the slices that they return must not be written to.
//
//  1. The members of a conversation are distinct users.
//  2. Conversations of one part have consecutive numbers, parts in their order.
//  3. No two direct conversations have the same two members, as long as there
//     are pairs left.
type Population struct {
	users, devices int
	parts          []placedPart
	weights        []float64 // of the sends, summed up over parts
	members        lists     // of each conversation
	conversations  lists     // of each user
}

// placedPart is a part and where its conversations are.
type placedPart struct {
	Part
	from, to uint32
}

// New makes the population of a spec.
func New(s Spec) (*Population, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	p := &Population{users: s.Users, devices: max(s.Devices, 1)}
	pairs := pairing{users: s.Users, source: draw.New(s.Seed, "population: pairs")}
	for i, part := range s.Parts {
		from := p.members.len()
		source := draw.New(s.Seed, fmt.Sprintf("population: members of part %d", i))
		var err error
		if part.Kind == Direct {
			err = p.members.addPairs(&pairs, part.pairs(s.Users))
		} else {
			err = p.members.addGroups(part, s.Users, source)
		}
		if err != nil {
			return nil, fmt.Errorf("conversations %s: %w", part.label(i), err)
		}
		p.parts = append(p.parts, placedPart{part, uint32(from), uint32(p.members.len())})
	}
	p.finish()
	return p, nil
}

// Listed is a conversation whose members are known one by one.
type Listed struct {
	Kind    Kind
	Members []uint32
}

// FromLists is the population of conversations that are known already, as a trace
// has them. Each run of one kind is a part.
func FromLists(users, devices int, conversations []Listed) (*Population, error) {
	if err := (Spec{Users: users, Devices: devices}).Validate(); err != nil {
		return nil, err
	}
	p := &Population{users: users, devices: max(devices, 1)}
	for c, one := range conversations {
		seen := make(map[uint32]bool, len(one.Members))
		for _, u := range one.Members {
			if int(u) >= users || seen[u] {
				return nil, fmt.Errorf("conversation %d: member %d is there twice or is none of %d users", c, u, users)
			}
			seen[u] = true
		}
		if len(p.parts) == 0 || p.parts[len(p.parts)-1].Kind != one.Kind {
			p.parts = append(p.parts, placedPart{Part{Kind: one.Kind}, uint32(c), uint32(c)})
		}
		p.members.add(one.Members...)
		p.parts[len(p.parts)-1].to++
	}
	p.finish()
	return p, nil
}

// finish derives what follows from parts and members.
func (p *Population) finish() {
	p.conversations = p.members.invert(p.users)
	sum := 0.0
	for _, part := range p.parts {
		weight := part.Share
		if weight == 0 {
			weight = float64(part.to - part.from)
		}
		if part.from == part.to {
			weight = 0
		}
		sum += weight
		p.weights = append(p.weights, sum)
	}
}

// pairs is how many direct conversations the part has.
func (p Part) pairs(users int) int {
	if p.Count > 0 {
		return p.Count
	}
	return max(int(math.Round(p.PerUser*float64(users)/2)), 1)
}

// Users is how many users there are.
func (p *Population) Users() int { return p.users }

// Devices is how many devices each user has.
func (p *Population) Devices() int { return p.devices }

// Len is how many conversations there are.
func (p *Population) Len() int { return p.members.len() }

// Parts is how many parts the conversations have.
func (p *Population) Parts() int { return len(p.parts) }

// Part is part number i, and its conversations: those from one number up to, not
// including, the other.
func (p *Population) Part(i int) (part Part, from, to uint32) {
	return p.parts[i].Part, p.parts[i].from, p.parts[i].to
}

// Kind is the kind of a conversation.
func (p *Population) Kind(conversation uint32) Kind { return p.partOf(conversation).Kind }

// Members are the members of a conversation, in an order of their own.
func (p *Population) Members(conversation uint32) []uint32 { return p.members.at(conversation) }

// Conversations are those that a user is a member of, by rising number.
func (p *Population) Conversations(user uint32) []uint32 { return p.conversations.at(user) }

// Senders are the members of a conversation that send.
func (p *Population) Senders(conversation uint32) []uint32 {
	members := p.Members(conversation)
	if n := p.partOf(conversation).Senders; n > 0 && n < len(members) {
		return members[:n]
	}
	return members
}

// Pick is the conversation for a send: its part by share u in [0, 1), and in it
// the one that choose takes out of n, each as good as another. There is none in a
// population without conversations.
func (p *Population) Pick(u float64, choose func(n int) int) (conversation uint32, ok bool) {
	if p.Len() == 0 {
		return 0, false
	}
	want, i := u*p.weights[len(p.weights)-1], 0
	for p.weights[i] <= want && i < len(p.weights)-1 {
		i++
	}
	for p.parts[i].from == p.parts[i].to { // only by rounding at the very end
		i--
	}
	from, to := p.parts[i].from, p.parts[i].to
	return from + uint32(choose(int(to-from))), true
}

func (p *Population) partOf(conversation uint32) *placedPart {
	i := sort.Search(len(p.parts), func(i int) bool { return conversation < p.parts[i].to })
	return &p.parts[i]
}
