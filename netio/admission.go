package netio

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// admission keeps the limits on accepted connections, before anything is made for
// one. A connection counts from its accept until its descriptor is closed, also
// while it is half open or plain HTTP. Its methods may be called concurrently.
type admission struct {
	max       int64 // 0: no limit
	open      atomic.Int64
	rate      rate
	bucket    bucket
	addresses addresses
}

func (a *admission) limit(c Config) {
	a.max = int64(c.MaxConnections)
	a.addresses.max = c.MaxPerAddress
	burst := c.UpgradeBurst
	if burst == 0 {
		burst = max(1, int(c.UpgradesPerSecond/10))
	}
	a.rate = newRate(c.UpgradesPerSecond, burst)
	if c.UpgradesPerAddress > 0 {
		a.addresses.rate = newRate(c.UpgradesPerAddress, max(addressBurst, int(c.UpgradesPerAddress)))
		a.addresses.buckets = newBuckets()
	}
}

// addressBurst is how many connections at once an address always has: a browser
// opens six.
const addressBurst = 10

// enter counts a connection in, or says why not.
func (a *admission) enter(fd int, from netip.Addr) refusal {
	if n := a.open.Add(1); a.max > 0 && n > a.max {
		a.open.Add(-1)
		return refusedFull
	}
	if why := a.addresses.enter(fd, from); why != admitted {
		a.open.Add(-1)
		return why
	}
	return admitted
}

// leave counts a connection out. Its descriptor must still be open, or another
// connection may have it already.
func (a *admission) leave(fd int) {
	a.open.Add(-1)
	a.addresses.leave(a.addresses.take(fd))
}

// hand is for a connection that goes on under another descriptor: what it
// returns counts it out.
func (a *admission) hand(fd int) (leave func()) {
	from := a.addresses.take(fd)
	return sync.OnceFunc(func() {
		a.open.Add(-1)
		a.addresses.leave(from)
	})
}

// addresses counts the connections of each address. It holds no more than there
// are connections, whoever connects.
type addresses struct {
	rate    rate
	buckets *buckets // nil: no limit

	max  int // 0: no limit, and nothing is kept
	mu   sync.Mutex
	open map[network]int
	of   map[int]network // by descriptor
}

// network is what counts as one address: an IPv4 address, or the first half of an
// IPv6 one, for that is what one subscriber has (RFC 6177). No network of IPv6 is
// mistaken for an IPv4 address: those stand where the multicast addresses are.
type network uint64

func networkOf(a netip.Addr) network {
	a = a.Unmap()
	if a.Is4() {
		b := a.As4()
		return 0xffffffff<<32 | network(binary.BigEndian.Uint32(b[:]))
	}
	b := a.As16()
	return network(binary.BigEndian.Uint64(b[:8]))
}

func (a *addresses) enter(fd int, from netip.Addr) refusal {
	n := networkOf(from)
	if a.buckets != nil && !a.buckets.take(a.rate, n, time.Now().UnixNano()) {
		return refusedAddressRate
	}
	if a.max == 0 {
		return admitted
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open[n] >= a.max {
		return refusedAddress
	}
	if a.open == nil {
		a.open, a.of = make(map[network]int), make(map[int]network)
	}
	a.open[n]++
	a.of[fd] = n
	return admitted
}

// take forgets which address a descriptor is of.
func (a *addresses) take(fd int) (n network) {
	if a.max == 0 {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	n = a.of[fd]
	delete(a.of, fd)
	return n
}

func (a *addresses) leave(n network) {
	if a.max == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open[n]--; a.open[n] == 0 {
		delete(a.open, n)
	}
	if len(a.of) == 0 && len(a.open) == 0 {
		a.open, a.of = nil, nil // a map never shrinks
	}
}

// pause is how long a socket leaves connections in the kernel's queue when the
// rate is used up: until there is a token, or a few for one event.
func (a *admission) pause(wait time.Duration) time.Duration {
	return max(wait, min(a.rate.slack/2, 10*time.Millisecond))
}
