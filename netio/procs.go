package netio

import (
	"runtime"
	"sync"
)

// A poller waits in a system call that Go's scheduler does not know to be long.
// It keeps its processor (a P, of which there are GOMAXPROCS) until the runtime's
// monitor takes it back, and that looks only every 10 ms while little happens. With
// as many pollers as Ps, timers and all other goroutines would stand still
// meanwhile: a pacer at 200 sends a second was late by 14 ms at the 99th
// percentile, and by 0.9 ms with this. So a reactor adds a P for each poller while
// it lives.
var procs struct {
	mu    sync.Mutex
	cores int // GOMAXPROCS before the first reactor; 0 while there is none
	added int
}

// addProcs adds n, which may be negative, to GOMAXPROCS.
func addProcs(n int) {
	procs.mu.Lock()
	defer procs.mu.Unlock()
	if procs.added == 0 {
		procs.cores = runtime.GOMAXPROCS(0)
	}
	procs.added += n
	runtime.GOMAXPROCS(procs.cores + procs.added)
}

// cores is GOMAXPROCS without what reactors have added.
func cores() int {
	procs.mu.Lock()
	defer procs.mu.Unlock()
	if procs.added > 0 {
		return procs.cores
	}
	return runtime.GOMAXPROCS(0)
}
