package conversation

import (
	"strings"
	"unsafe"
)

// There is a topic for each conversation and a session for each connection, and
// most ids are short. So their owners keep ids within themselves, where they fit:
// a string apart would be another object to collect, and 16 bytes to find it.

// keep puts an id into its owner's own bytes, or, where it is too long for them,
// beside its owner.
func keep(short []byte, id string) (long *byte) {
	if len(id) <= len(short) {
		copy(short, id)
		return nil
	}
	return unsafe.StringData(strings.Clone(id))
}

// kept is an id that keep has put away, of n bytes. It does not change as long as
// its owner's bytes do not, and keeps the owner in memory.
func kept(short []byte, long *byte, n int) string {
	if long == nil {
		long = unsafe.SliceData(short)
	}
	return unsafe.String(long, n)
}
