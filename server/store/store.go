// Package store keeps the message log: conversations, members, refs, cursors.
// It implements conversation.Log on Pebble, on disk or in memory.
//
// One goroutine, the committer, takes all writes that wait, applies the rules to
// them in order, and commits them as one batch: while one fsync runs, the next
// batch gathers. Readers see committed data only.
package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/seed886cd727/throng/server/conversation"
)

// Driver says where the log is.
type Driver string

// The drivers.
const (
	Pebble Driver = "pebble" // in a folder
	Memory Driver = "memory" // gone with the process
)

// Durability says what an acknowledgement survives.
type Durability string

// The durabilities. With Memory all count as None.
const (
	Fsync Durability = "fsync" // the loss of power
	OS    Durability = "os"    // kill -9: the bytes have reached write(2)
	None  Durability = "none"  // nothing
)

// Config is a log's.
type Config struct {
	Driver     Driver
	Dir        string // of Pebble; made if it is not there
	Durability Durability
	// QueueWrites and QueueBytes bound what waits for the committer; beyond them
	// Submit fails with conversation.ErrOverloaded.
	QueueWrites, QueueBytes int
	Clock                   func() time.Time
}

// DefaultConfig is an fsynced log in ./data.
func DefaultConfig() Config {
	return Config{Driver: Pebble, Dir: "data", Durability: Fsync, QueueWrites: 1 << 16, QueueBytes: 64 << 20, Clock: time.Now}
}

// Validate lists every fault.
func (c Config) Validate() error {
	var faults []error
	switch c.Driver {
	case Pebble:
		if c.Dir == "" {
			faults = append(faults, errors.New("store pebble needs a data folder"))
		}
	case Memory:
	default:
		faults = append(faults, fmt.Errorf("store %q is unknown: pebble or memory", c.Driver))
	}
	switch c.Durability {
	case Fsync, OS, None:
	default:
		faults = append(faults, fmt.Errorf("durability %q is unknown: fsync, os or none", c.Durability))
	}
	if c.QueueWrites < 1 || c.QueueBytes < 1 {
		faults = append(faults, errors.New("the bounds of the queue must be above 0"))
	}
	return errors.Join(faults...)
}

// Open opens a log, and makes it where there is none. committed is told what
// became of each write.
func Open(c Config, committed conversation.Committed) (conversation.Log, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	cache := pebble.NewCache(cacheSize)
	db, err := openDB(c, cache)
	if err != nil {
		cache.Unref()
		return nil, err
	}
	l := &Log{config: c, db: db, cache: cache, states: newStates(), committed: committed, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go l.run()
	return l, nil
}

// sync is how a batch is committed.
func (c Config) sync() *pebble.WriteOptions {
	if c.Driver == Memory || c.Durability == None {
		return pebble.NoSync
	}
	return pebble.Sync
}
