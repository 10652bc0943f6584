package coordinator

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/seed886cd727/throng/loadgen/admin"
	"github.com/seed886cd727/throng/scenarios"
)

const (
	// warmConversations of warmMembers each are made, one after the other, and
	// removed before an empty server is weighed: about 20 MB of writes, several
	// times what its log's memtables hold. They are few, as each one's removal
	// leaves marks in the log until it is compacted, and of a size at which each
	// still goes through a memtable.
	warmConversations = 16
	warmMembers       = 10_000
)

// warmUp brings the buffers and caches of an empty server to their bounds: what
// it keeps whatever is connected is no part of what connections weigh.
func (r *run) warmUp(ctx context.Context) error {
	if !slices.ContainsFunc(r.Scenario.Phases, func(p scenarios.Phase) bool { return p.Measure == "memory" }) {
		return nil
	}
	r.Progress.Say("warming the server up: %d conversations of %d come and go", warmConversations, warmMembers)
	var ids []string
	for c := range warmConversations {
		ids = append(ids, fmt.Sprintf("w-%s-%d", r.names.Run, c))
		one := admin.Conversation{ID: ids[c], Kind: "channel", Members: r.warmUsers()}
		if _, err := r.system.api.Provision(ctx, slices.Values([]admin.Conversation{one})); err != nil {
			return r.unprovisioned(err)
		}
	}
	if err := r.system.api.Remove(ctx, slices.Values(ids)); err != nil {
		return unreachable(fmt.Errorf("remove what warmed the server up: %w", err))
	}
	return nil
}

func (r *run) warmUsers() iter.Seq[string] {
	return func(yield func(string) bool) {
		for u := range warmMembers {
			if !yield(fmt.Sprintf("w-%s-%d", r.names.Run, u)) {
				return
			}
		}
	}
}
