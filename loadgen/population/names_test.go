package population

import (
	"math"
	"testing"
)

func TestNames(t *testing.T) {
	n := Names{Run: "9f-2"}
	for _, number := range []uint32{0, 1, 90, math.MaxUint32} {
		if got, ok := n.UserOf(n.User(number)); !ok || got != number {
			t.Errorf("user %d is %q, which is read as %d, %v", number, n.User(number), got, ok)
		}
		if got, ok := n.ConversationOf(n.Conversation(number)); !ok || got != number {
			t.Errorf("conversation %d is %q, which is read as %d, %v", number, n.Conversation(number), got, ok)
		}
	}
	if got := n.User(7) + " " + n.Conversation(7) + " " + Device(3); got != "u-9f-2-7 c-9f-2-7 d3" {
		t.Errorf("names are %q", got)
	}
	for _, id := range []string{
		"", "u", "u-", "u-9f-2", "u-9f-2-", "u-9f-2-07", "u-9f-2-+7", "u-9f-2--7", "u-9f-2-7 ", "c-9f-2-7",
		"u-other-7", "u-9f-27", "u-9f-2-4294967296", "u-9f-2-0x7", "u-9f-2-00", "u-9f-2-1_0",
	} {
		if number, ok := n.UserOf(id); ok {
			t.Errorf("%q is read as user %d", id, number)
		}
	}
}

func TestShares(t *testing.T) {
	for _, users := range []int{1, 2, 7, 2000, 99_991} {
		for _, of := range []int{1, 2, 3, 5, 64} {
			next, least, most := uint32(0), math.MaxInt, 0
			for i := range of {
				from, to := Share{i, of}.Users(users)
				if from != next {
					t.Fatalf("share %d of %d of %d users begins at %d, the one before ended at %d", i, of, users, from, next)
				}
				next, least, most = to, min(least, int(to-from)), max(most, int(to-from))
				if to > from {
					if a, b := Owner(from, users, of), Owner(to-1, users, of); a != i || b != i {
						t.Fatalf("users %d and %d of share %d have owners %d and %d", from, to-1, i, a, b)
					}
				}
			}
			if int(next) != users || most-least > 1 {
				t.Fatalf("%d shares of %d users end at %d and have %d to %d", of, users, next, least, most)
			}
		}
	}
	if from, to := (Share{}).Users(10); from != 0 || to != 10 {
		t.Errorf("the zero share owns %d to %d of 10", from, to)
	}
	for _, s := range []Share{{-1, 2}, {2, 2}, {1, 0}, {0, -1}} {
		if s.Validate() == nil {
			t.Errorf("%+v is taken as valid", s)
		}
	}
}
