package store

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"github.com/seed886cd727/throng/server/conversation"
)

// Trim brings what the log holds in memory to one state, whatever was done before,
// so that two measurements of memory can be compared: what it recalls and the
// database's cache of blocks are given back, and the memtables are filled. There
// are two of them, one in use and one that Pebble keeps for the next, which stay
// for as long as the database is open; how much of them is in memory would
// otherwise depend on how much was written since they were made.
func (l *Log) Trim() error {
	l.rest()
	l.files.RLock()
	defer l.files.RUnlock()
	if l.gone {
		return conversation.ErrClosed
	}
	before := l.toFiles()
	err := errors.Join(l.db.Flush(), l.fillMemtable(), l.fillMemtable())
	l.cache.Reserve(cacheSize)() // evicts everything, and takes nothing
	l.trimmed.Add(l.toFiles() - before)
	return err
}

// fillMemtable writes one key until an empty memtable is nearly full of it: were
// it full, Pebble would make a third. Then it is written out, of which nothing is
// left.
func (l *Log) fillMemtable() error {
	const size = 64 << 10
	value := make([]byte, size)
	for range memtableSize/size - 4 {
		if err := l.db.Set([]byte{keyPadding}, value, pebble.NoSync); err != nil {
			return err
		}
	}
	// The deletion waits for the write-ahead log, so that Trim knows what it wrote.
	return errors.Join(l.db.Delete([]byte{keyPadding}, l.config.sync()), l.db.Flush())
}
