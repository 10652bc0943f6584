package chat

import "hash/maphash"

// interner keeps the strings it made last, so that names that come again and
// again are not allocated again and again. It forgets on collision.
type interner struct {
	seed maphash.Seed
	kept *[256]string
}

func (t *interner) intern(b []byte) string {
	if len(b) > MaxID {
		return string(b)
	}
	if t.kept == nil {
		t.seed, t.kept = maphash.MakeSeed(), new([256]string)
	}
	slot := &t.kept[maphash.Bytes(t.seed, b)%256]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}
