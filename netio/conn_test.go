package netio

import (
	"testing"
	"unsafe"
)

// TestAConnectionIsSmall: there are as many as users are online. docs/memory.md
// says how small; 80 is one of the allocator's sizes, the next is 96.
func TestAConnectionIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Conn{}); size > 80 {
		t.Fatalf("%d bytes", size)
	}
}
