//go:build !linux

package agent

import "time"

// nap sleeps for a short time.
func nap(d time.Duration) { time.Sleep(d) }
