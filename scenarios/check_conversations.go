package scenarios

import (
	"fmt"
	"math"
)

// maxPlaces is the most members of all conversations together that a run holds.
const maxPlaces = 1 << 30

func (c *checker) conversations() {
	if len(c.Conversations.Parts) > 0 && c.replayed() != "" {
		c.fault("conversations", "the conversations of a replay are those of the trace: leave them out")
		return
	}
	mix := c.given("conversations.mix")
	seen := map[string]bool{}
	for i, p := range c.Conversations.Parts {
		path := "conversations"
		if mix {
			path = fmt.Sprintf("conversations.mix[%d]", i)
		}
		if !isName(p.Name) && p.Name != p.Kind {
			c.fault(path+".name", "%q is no name: write letters, digits, '-' and '_', a letter or digit first", p.Name)
		}
		if seen[p.Name] {
			c.fault(path+".name", "%q is the name of another part too: give each its own", p.Name)
		}
		seen[p.Name] = true
		c.part(path, p)
	}
	c.shares(mix)
}

// part checks that two of count, per_user and members are there and that the third
// can follow from them.
func (c *checker) part(path string, p Part) {
	if c.broken(path + ".kind") {
		return
	}
	if c.Population.Users < 2 && !c.broken("population.users") && c.given("population.users") {
		c.fault(path, "a conversation needs 2 users, and there is %d: raise population.users", c.Population.Users)
		return
	}
	if c.given(path+".per_user") && p.PerUser == 0 {
		c.fault(path+".per_user", "must be above 0: leave the part out if nobody is in it")
	}
	given := 0
	for _, key := range []string{"count", "per_user", "members"} {
		if c.given(path + "." + key) {
			given++
		}
	}
	switch {
	case p.Kind == "direct" && p.Members != nil:
		c.fault(path+".members", "direct conversations have 2 members: leave members out, or write kind: group")
	case p.Kind == "direct" && given != 1:
		c.fault(path, "has %d of count and per_user: give one of them, the other follows", given)
	case p.Kind == "direct":
		c.pairs(path, p)
	case given != 2:
		c.fault(path, "has %d of count, per_user and members: give two of them, the third follows", given)
	default:
		c.group(path, p)
	}
}

// pairs checks a direct part against the pairs that there are.
func (c *checker) pairs(path string, p Part) {
	if p.Senders > 2 {
		c.fault(path+".senders", "%d of 2 members cannot send: write 1, or leave senders out", p.Senders)
	}
	users := c.Population.Users
	if users < 2 {
		return
	}
	if most := float64(users) * float64(users-1) / 2; float64(p.Count) > most {
		c.fault(path+".count", "%d users make %s pairs, not %d: lower count or raise population.users", users, plain(most), p.Count)
	}
	if p.PerUser > float64(users-1) {
		c.fault(path+".per_user", "a user has %d others to talk to, not %s: lower per_user or raise population.users", users-1, plain(p.PerUser))
	}
	c.places(path, float64(p.Count)*2)
	c.places(path, float64(users)*p.PerUser)
}

// group checks a part of groups or channels against the users that there are.
func (c *checker) group(path string, p Part) {
	users, most := float64(c.Population.Users), c.Population.Users
	if users < 2 {
		return
	}
	switch {
	case p.Members != nil:
		most = c.members(path, *p.Members)
		c.places(path, float64(p.Count)*min(p.Members.typical(), users))
	case p.PerUser > float64(p.Count):
		c.fault(path+".per_user", "a user cannot be in %s of %d conversations: lower per_user or raise count", plain(p.PerUser), p.Count)
	case users*p.PerUser/float64(p.Count) < 2:
		c.fault(path, "%s users in %s conversations each leave %s members for each of %d: lower count or raise per_user",
			plain(users), plain(p.PerUser), plain(users*p.PerUser/float64(p.Count)), p.Count)
	}
	if p.PerUser > 0 && users*p.PerUser < 2 {
		c.fault(path+".per_user", "%s for %s users leave no conversation with 2 members: raise it", plain(p.PerUser), plain(users))
	}
	c.places(path, users*p.PerUser)
	if p.Senders > most {
		c.fault(path+".senders", "%d of %d members cannot send: lower senders", p.Senders, most)
	}
}

// members checks the numbers of members, and tells how many there are at most.
func (c *checker) members(path string, d Distribution) int {
	users := c.Population.Users
	least, most := d.Bounds()
	switch {
	case most < 2:
		c.fault(path+".members", "a conversation has at least 2 members: write 2 or more")
	case d.typical() > float64(users), d.Kind != LogNormal && most > users:
		c.fault(path+".members", "there are %d users and up to %d members: lower members or raise population.users", users, max(most, least))
	}
	return min(most, users)
}

func (c *checker) places(path string, sum float64) {
	if sum > maxPlaces {
		c.fault(path, "%s members in all: at most %d", plain(sum), maxPlaces)
	}
}

// shares checks that shares of the sends are there for all parts or for none, and
// make the whole.
func (c *checker) shares(mix bool) {
	path, shared, sum := "conversations", 0, 0.0
	if mix {
		path = "conversations.mix"
	}
	for i, p := range c.Conversations.Parts {
		at := path + ".share"
		if mix {
			at = fmt.Sprintf("%s[%d].share", path, i)
		}
		if !c.given(at) {
			continue
		}
		if shared++; p.Share == 0 {
			c.fault(at, "must be above 0%%: leave the part out if nothing is sent in it")
		}
		sum += p.Share
	}
	const near = 0.005 // three thirds of 33.3% are a whole
	switch parts := len(c.Conversations.Parts); {
	case shared > 0 && shared < parts:
		c.fault(path, "%d of %d parts have a share of the sends: give it to all of them or to none", shared, parts)
	case shared > 0 && math.Abs(sum-1) > near:
		c.fault(path, "the shares make %s%% together: make them 100%%", plain(math.Round(sum*1e4)/100))
	}
}
