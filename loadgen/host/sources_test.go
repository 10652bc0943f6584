package host

import (
	"net/netip"
	"strings"
	"testing"
)

func TestSources(t *testing.T) {
	local, elsewhere := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("10.0.0.1")
	for name, c := range map[string]struct {
		connections int
		to          netip.Addr
		wholeBlock  bool
		want        int
		fault       string
	}{
		"one":                     {1, local, true, 1, ""},
		"none":                    {0, local, true, 1, ""},
		"as many as one takes":    {12_000, local, true, 1, ""},
		"one more":                {12_001, local, true, 2, ""},
		"many":                    {500_000, local, true, 42, ""},
		"more than an octet":      {12_000 * 300, local, true, 300, ""},
		"too many":                {12_000*1000 + 1, local, true, 0, "at most 12000000"},
		"all there are":           {int(^uint(0) >> 1), local, true, 0, "at most 12000000"},
		"elsewhere":               {500_000, elsewhere, true, 1, ""},
		"no block":                {12_000, local, false, 1, ""},
		"too many for no block":   {12_001, local, false, 0, "use Linux, or 12000 connections"},
		"IPv6":                    {12_000, netip.IPv6Loopback(), true, 1, ""},
		"too many for IPv6":       {12_001, netip.IPv6Loopback(), true, 0, "connect to 127.0.0.1"},
		"the kernel's own choice": {1, netip.Addr{}, true, 1, ""},
	} {
		got, err := sources(c.connections, c.to, c.wholeBlock)
		if len(got) != c.want || (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%s: %d addresses, %v", name, len(got), err)
		}
		seen := make(map[netip.Addr]bool)
		for _, a := range got {
			switch {
			case seen[a]:
				t.Errorf("%s: %v comes twice", name, a)
			case !c.to.IsLoopback():
				if a.IsValid() {
					t.Errorf("%s: %v is not the kernel's choice", name, a)
				}
			case !a.IsLoopback() || c.wholeBlock && a == local:
				t.Errorf("%s: %v is no source", name, a)
			}
			seen[a] = true
		}
	}
}

// TestSourcesOfOctets: the block is walked without gaps but those at its octets' ends.
func TestSourcesOfOctets(t *testing.T) {
	for i, want := range map[int]string{0: "127.0.0.2", 252: "127.0.0.254", 253: "127.0.1.1", 254*256 - 1: "127.1.0.1"} {
		if got := loopback(i); got.String() != want {
			t.Errorf("address %d is %v, want %s", i, got, want)
		}
	}
}

// TestMappedLoopback: an IPv4 address in IPv6's clothes is itself.
func TestMappedLoopback(t *testing.T) {
	got, err := Sources(1, netip.MustParseAddr("::ffff:127.0.0.1"))
	if err != nil || len(got) != 1 || !got[0].Is4() {
		t.Errorf("%v, %v", got, err)
	}
}
