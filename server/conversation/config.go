package conversation

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/seed886cd727/throng/chat"
)

// Config bounds what sessions may do. [DefaultConfig] fills it.
type Config struct {
	Node       string        // this node's name, told in the welcome
	Heartbeat  time.Duration // told in the welcome; the connections themselves keep it. 0: none
	MaxFrame   int           // bytes, told in the welcome; the connections themselves keep it
	MaxBody    int           // bytes of a message's body
	MaxMembers int           // of a conversation that lets users join

	SendsPerSecond float64 // per user, over all of its sessions; 0: no limit
	SendBurst      int     // how many sends a user may have saved up

	Workers   int // goroutines for what may touch the disk
	WorkQueue int // how many such requests may wait
	MaxSyncs  int // how many syncs of one session may be unanswered

	// SyncBacklog is how many bytes may wait for a client before its syncs pause.
	// It lies well below the bound at which a slow reader is cut off: a sync must
	// not be what cuts off its own reader.
	SyncBacklog int

	Publishers   int // goroutines that tell what the log took; each conversation has one of them
	PublishQueue int // batches of the log that may wait for each; beyond that the log waits
}

// DefaultConfig suits one node.
func DefaultConfig() Config {
	cores := runtime.GOMAXPROCS(0)
	return Config{
		Node: "n1", Heartbeat: 30 * time.Second,
		MaxFrame: chat.MaxFrame, MaxBody: chat.MaxBody, MaxMembers: chat.MaxMembers,
		SendBurst: 100,
		Workers:   max(4, cores), WorkQueue: 1 << 18, MaxSyncs: 1024, SyncBacklog: 128 << 10,
		Publishers: cores, PublishQueue: 16,
	}
}

// Validate lists every fault.
func (c Config) Validate() error {
	var faults []error
	positive := func(name string, n int) {
		if n <= 0 {
			faults = append(faults, fmt.Errorf("%s is %d; it must be above 0", name, n))
		}
	}
	positive("max frame", c.MaxFrame)
	positive("max body", c.MaxBody)
	positive("max members", c.MaxMembers)
	positive("workers", c.Workers)
	positive("work queue", c.WorkQueue)
	positive("max syncs", c.MaxSyncs)
	positive("sync backlog", c.SyncBacklog)
	positive("publishers", c.Publishers)
	positive("publish queue", c.PublishQueue)
	if c.Heartbeat < 0 {
		faults = append(faults, fmt.Errorf("heartbeat is %v; it must be 0 or more", c.Heartbeat))
	}
	if c.SendsPerSecond < 0 {
		faults = append(faults, fmt.Errorf("sends per second is %v; it must be 0 (no limit) or more", c.SendsPerSecond))
	}
	if c.SendsPerSecond > 0 && c.SendBurst < 1 {
		faults = append(faults, fmt.Errorf("send burst is %d; with a limit on sends it must be above 0", c.SendBurst))
	}
	return errors.Join(faults...)
}
