package population

import "fmt"

// Share is one agent's part of the users: number Index of Of. Shares are
// contiguous blocks of user numbers that differ in size by at most one. The zero
// value owns everyone.
type Share struct{ Index, Of int }

// Validate says whether there is such a share.
func (s Share) Validate() error {
	if s.Of < 0 || s.Index < 0 || s.Index >= max(s.Of, 1) {
		return fmt.Errorf("share %d of %d: must be one of 0 to n-1", s.Index, s.Of)
	}
	return nil
}

// Users are the share's users: those from one number up to, not including, the
// other.
func (s Share) Users(users int) (from, to uint32) {
	of := max(s.Of, 1)
	return uint32(users * s.Index / of), uint32(users * (s.Index + 1) / of)
}

// Owner is the index of the share, of so many, that a user belongs to.
func Owner(user uint32, users, shares int) int {
	return ((int(user)+1)*shares - 1) / users
}
