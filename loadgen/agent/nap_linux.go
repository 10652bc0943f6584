package agent

import (
	"time"

	"golang.org/x/sys/unix"
)

// nap sleeps for a short time, in the kernel, to within some 60 µs. The thread and
// its P wait meanwhile. It may end early.
func nap(d time.Duration) {
	t := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&t, nil) // a signal has woken it: then it is early
}
