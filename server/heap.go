package server

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapFloor is up to how large the heap may grow before it is collected, however
// little of it is alive.
const heapFloor = 64 << 20

// SpareCollections has the garbage collector wait for a heap of 64 MiB. With Go's
// own setting a node with few clients collects as soon as its 4 or 10 MiB have
// doubled, many times a second while they talk. Above 32 MiB of what is alive, some
// 50,000 sessions, all is as Go has it: a collection each time that it has doubled.
// GOGC in the environment goes before. To be called once.
func SpareCollections() {
	if os.Getenv("GOGC") == "" {
		spareCollections()
	}
}

// spareCollections sets the percentage anew after each collection, which is when
// what is alive is known: a finalizer of an object that nobody holds runs then.
func spareCollections() {
	debug.SetGCPercent(percentFor(alive()))
	runtime.SetFinalizer(&sentinel{}, func(*sentinel) { spareCollections() })
}

// sentinel has a pointer, so that it is no part of a block of tiny objects.
type sentinel struct{ _ *byte }

// percentFor is GOGC for so many bytes alive.
func percentFor(alive uint64) int {
	return int(max(100, (heapFloor-min(heapFloor, alive))*100/max(alive, 1<<20)))
}

// alive is what the last collection found, in bytes.
func alive() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
