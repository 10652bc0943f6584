package wire

import "testing"

// TestIdleMemberships: everyone in so many conversations, give or take one, each of
// different users.
func TestIdleMemberships(t *testing.T) {
	for _, n := range []int{12, 300, 15_000} {
		all := 0
		for user, of := range Memberships(RoleIdle, n) {
			all += len(of)
			if len(of) < Each-1 || len(of) > Each+1 {
				t.Fatalf("of %d users, %d is in %d conversations, not in %d", n, user, len(of), Each)
			}
		}
		if all != Each*n {
			t.Errorf("%d users are in %d conversations in all", n, all)
		}
		for id, members := range Conversations(RoleIdle, n) {
			if a, b, c := members[0], members[1], members[2]; a == b || b == c || a == c {
				t.Fatalf("of %d users, %v are in %s", n, members, id)
			}
		}
	}
}
