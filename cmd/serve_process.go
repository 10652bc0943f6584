package cmd

import (
	"bytes"
	"context"
	"io"
	"os"
	"runtime/debug"
	"strconv"
)

// untilClosed ends a context when a reader ends, after calling end: a parent
// that was killed closes the pipe, whatever else it could not do.
func untilClosed(ctx context.Context, r io.Reader, end func()) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, r) // however it ends, it ended
		end()
		cancel()
	}()
	return ctx
}

// limitMemory sets the collector's soft limit to nine tenths of the container's
// memory, unless the environment sets one or there is no such limit.
func limitMemory() {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	text, err := os.ReadFile("/sys/fs/cgroup/memory.max")
	if err != nil {
		return // no container, or not Linux
	}
	if limit, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64); err == nil {
		debug.SetMemoryLimit(limit / 10 * 9)
	}
}
