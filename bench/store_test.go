package bench

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
	"github.com/seed886cd727/throng/server/store"
)

// BenchmarkAppend stores messages of 128 bytes in 1,000 conversations, with 4,096
// of them under way. The floor commits batches of as many keys and bytes as the
// log did, to a Pebble of the same kind, and reads nothing. The figures are by
// wall time: what counts with fsync is the disk.
func BenchmarkAppend(b *testing.B) {
	for _, one := range []struct {
		name string
		c    store.Config
	}{
		{"fsync", store.Config{Driver: store.Pebble, Durability: store.Fsync}},
		{"os", store.Config{Driver: store.Pebble, Durability: store.OS}},
		{"memory", store.Config{Driver: store.Memory, Durability: store.None}},
	} {
		b.Run("durability="+one.name, func(b *testing.B) { appends(b, one.c) })
	}
}

const (
	conversations = 1000
	underWay      = 4096
	perRound      = 40_000
)

func appends(b *testing.B, c store.Config) {
	d := store.DefaultConfig()
	d.Driver, d.Durability, d.Dir = c.Driver, c.Durability, b.TempDir()
	told := make(chan int, 1<<16)
	l, err := store.Open(d, func(batch []*conversation.Write) { told <- len(batch) })
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	var specs []conversation.Spec
	for i := range conversations {
		specs = append(specs, conversation.Spec{ID: conversationID(i), Kind: chat.Direct, Members: []chat.UserID{"ann", "bob"}})
	}
	if _, _, err := l.Provision(context.Background(), specs); err != nil {
		b.Fatal(err)
	}
	raw := openRaw(b, c)
	defer func() { _ = raw.db.Close() }()
	var v versus
	var group float64
	n := 0
	for b.Loop() {
		before, start := l.Stats(), time.Now()
		for sent, done := 0, 0; done < perRound; {
			for ; sent < perRound && sent-done < underWay; sent++ {
				n++
				err := l.Submit(&conversation.Write{Verb: conversation.Append, Conversation: conversationID(n % conversations), User: "ann",
					Ref: chat.Ref{Stream: chat.StreamID{1}, N: uint64(n)}, Body: make([]byte, payload)})
				if err != nil {
					b.Fatal(err)
				}
			}
			done += <-told
		}
		took, after := time.Since(start), l.Stats()
		batches := after.Batches - before.Batches
		group = float64(perRound) / float64(batches)
		floor := raw.commit(b, int(batches), int((after.StoreWrites-before.StoreWrites)/batches), int((after.LogicalBytes-before.LogicalBytes)/batches))
		v.add(perRound/took.Seconds(), perRound/floor.Seconds())
	}
	v.report(b, "appends/s")
	b.ReportMetric(group, "appends/commit")
}

func conversationID(i int) chat.ConversationID { return chat.ConversationID(fmt.Sprint("c", i)) }

// raw is a Pebble without a log's rules.
type raw struct {
	db   *pebble.DB
	sync *pebble.WriteOptions
	next uint64
}

func openRaw(b *testing.B, c store.Config) *raw {
	b.Helper()
	r, fs, dir := &raw{sync: pebble.Sync}, vfs.Default, b.TempDir()
	switch {
	case c.Driver == store.Memory:
		fs, dir, r.sync = vfs.NewMem(), "raw", pebble.NoSync
	case c.Durability == store.OS:
		r.sync = pebble.NoSync // it is even less than reaching the kernel
	}
	db, err := pebble.Open(dir, &pebble.Options{FS: fs, DisableWAL: c.Driver == store.Memory, MemTableSize: 4 << 20,
		MemTableStopWritesThreshold: 8, FormatMajorVersion: pebble.FormatNewest, Logger: silent{}})
	if err != nil {
		b.Fatal(err)
	}
	r.db = db
	return r
}

// commit commits batches of a size.
func (r *raw) commit(b *testing.B, batches, keys, bytes int) time.Duration {
	b.Helper()
	start, value := time.Now(), make([]byte, max(1, bytes/keys-40))
	for range batches {
		batch := r.db.NewBatch()
		for range keys {
			r.next++
			key := fmt.Appendf(make([]byte, 0, 40), "c%d................", r.next%conversations)
			if err := batch.Set(binary.BigEndian.AppendUint64(key, r.next), value, nil); err != nil {
				b.Fatal(err)
			}
		}
		if err := batch.Commit(r.sync); err != nil {
			b.Fatal(err)
		}
		_ = batch.Close()
	}
	return time.Since(start)
}

type silent struct{}

func (silent) Infof(string, ...any)              {}
func (silent) Errorf(string, ...any)             {}
func (silent) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
