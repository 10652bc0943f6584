package server

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestPercentFor(t *testing.T) {
	for alive, want := range map[uint64]int{0: 6400, 4 << 20: 1500, 16 << 20: 300, 32 << 20: 100, 1 << 30: 100} {
		if got := percentFor(alive); got != want {
			t.Errorf("%d bytes alive: %d, want %d", alive, got, want)
		}
	}
}

// TestThePercentageFollowsTheHeap keeps more and more alive, and looks at the
// percentage behind each collection.
func TestThePercentageFollowsTheHeap(t *testing.T) {
	t.Setenv("GOGC", "")
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	SpareCollections()
	var keep []byte
	for _, size := range []int{1 << 20, 48 << 20} {
		keep = make([]byte, size)
		large := size > heapFloor/2
		for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			runtime.GC() // its finalizers run behind it
			percent := debug.SetGCPercent(100)
			debug.SetGCPercent(percent)
			if large == (percent == 100) {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("with %d bytes alive the percentage is %d", size, percent)
			}
		}
		runtime.KeepAlive(keep)
	}
}
