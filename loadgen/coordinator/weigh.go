package coordinator

import (
	"context"
	"os"
	"runtime/debug"
	"time"

	"github.com/seed886cd727/throng/loadgen/sample"
)

// weight is memory at one moment, in bytes; 0 is unknown.
type weight struct {
	unforced  int64 // resident, of the target
	target    int64 // the same after a forced collection
	generator int64 // resident, of this process, after a collection
	kernel    int64 // of this machine's kernel: sockets, and whatever else is in slabs
	objects   int64 // on the target's heap, after the collection
}

// weigh forces collections and reads what is left.
func (r *run) weigh(ctx context.Context) weight {
	w := weight{unforced: resident(r.system.pidNow())}
	if w.target = r.atRest(ctx); w.target > 0 {
		r.sampler.Mark(ctx)
		target, _ := r.sampler.Latest()
		w.objects = int64(target.Page[sample.HeapObjects])
	}
	debug.FreeOSMemory()
	w.generator = resident(os.Getpid())
	if kernel, err := sample.KernelMemory(); err == nil {
		w.kernel = kernel
	}
	return w
}

const (
	// steady is the change between two collections that is none: 256 KiB.
	steady = 256 << 10
	// restWithin is how long the target may take to come to rest. Its log compacts
	// its files in the background, for which it needs memory.
	restWithin = 10 * time.Second
)

// atRest is the target's memory after forced collections, once another one
// changes nothing; 0 where there is none.
func (r *run) atRest(ctx context.Context) (size int64) {
	for until := time.Now().Add(restWithin); ; {
		if err := r.system.api.Collect(ctx); err != nil {
			return 0
		}
		before := size
		size = resident(r.system.pidNow())
		if change := size - before; -steady < change && change < steady || time.Now().After(until) {
			return size
		}
		if !r.sleep(ctx, r.now()+restWithin/20) {
			return size
		}
	}
}

// resident is a process's memory, or 0 where it cannot be seen.
func resident(pid int) int64 {
	if pid == 0 {
		return 0
	}
	rss, err := sample.ExactRSS(pid)
	if err != nil {
		return 0
	}
	return rss
}

// idleWeight is what idle connections weighed.
type idleWeight struct {
	weight
	open  int64
	sent  int64 // messages before that
	cores float64
}

const (
	// idleFor is how long connections are idle before they are weighed.
	idleFor = 30 * time.Second
	// leastWeighed is the fewest connections that are weighed: with fewer, fixed
	// costs would speak.
	leastWeighed = 5000
)

// weighIdle weighs the connections of a silent phase, after they were idle.
func (r *run) weighIdle(ctx context.Context, p *phase, start time.Duration) {
	if !r.sleep(ctx, start+idleFor) {
		return
	}
	n := r.agent.Counts()
	elapsed, target, _ := r.sampler.Mark(ctx).Since(p.from.used)
	w := idleWeight{open: n.Open, sent: n.Sent}
	if target.Seen > 0 {
		w.cores = target.CPU.Seconds() / elapsed.Seconds()
	}
	w.weight = r.weigh(ctx)
	r.idle = append(r.idle, w)
}

// pidNow is the target's process, which a restart changes.
func (y *system) pidNow() int {
	if y.node != nil {
		return y.node.PID()
	}
	return y.pid
}
