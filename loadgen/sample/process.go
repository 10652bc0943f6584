// Package sample tells what processes cost while they run: memory, time on the
// CPU and waiting for it, open files, and what a server says of itself on its
// page of metrics.
//
// What counts up is added up over the lives of a process, so that a server that
// was killed and started again goes on where it was, and a difference between two
// moments is never negative.
package sample

import "time"

// Process is what the kernel says of a process at one moment.
type Process struct {
	PID     int
	Started uint64 // when, in the kernel's ticks since boot: with the id it names one life
	RSS     int64  // bytes of memory in use
	CPU     time.Duration
	Threads int
	// RunTime is the time on the CPU of the threads that live, and WaitRun what they
	// waited for one while they could run. Both are 0 where the kernel does not count.
	RunTime, WaitRun time.Duration
}

// WaitRatio is the share of its wish to run that a process waited, between two
// moments: wait / (wait + run). It is absent where the kernel does not count, or
// nothing ran.
func WaitRatio(run, wait time.Duration) (ratio float64, ok bool) {
	if run <= 0 || wait < 0 {
		return 0, false
	}
	return float64(wait) / float64(wait+run), true
}
