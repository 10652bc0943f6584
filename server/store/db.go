package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// cacheSize bounds what is kept of the database's blocks, in bytes.
const cacheSize = 32 << 20

// memtableSize is how much is gathered in memory before it is sorted into files.
const memtableSize = 4 << 20

// version is the layout of the keys; a folder of another is refused.
var version = []byte("2")

func openDB(c Config, cache *pebble.Cache) (*pebble.DB, error) {
	fs, dir := vfs.Default, c.Dir
	switch {
	case c.Driver == Memory:
		fs, dir = vfs.NewMem(), "log"
	case c.Durability == OS:
		fs = unsynced{fs}
	}
	db, err := pebble.Open(dir, &pebble.Options{
		FS: fs, DisableWAL: c.Driver == Memory, Logger: quiet{},
		MemTableSize: memtableSize, MemTableStopWritesThreshold: 8, Cache: cache,
		FormatMajorVersion: pebble.FormatNewest,
	})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w (does another process use it?)", dir, err)
	}
	if err := checkVersion(db, c.sync()); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", dir, err), db.Close())
	}
	return db, nil
}

func checkVersion(db *pebble.DB, durable *pebble.WriteOptions) error {
	found, done, err := db.Get([]byte{keyVersion})
	if errors.Is(err, pebble.ErrNotFound) {
		return db.Set([]byte{keyVersion}, version, durable)
	}
	if err != nil {
		return err
	}
	defer func() { _ = done.Close() }()
	if !bytes.Equal(found, version) {
		return fmt.Errorf("its layout is version %q; this program reads version %q", found, version)
	}
	return nil
}

// unsynced is a file system whose syncs do nothing: what was written has reached
// the kernel, and survives the process but not the machine.
type unsynced struct{ vfs.FS }

type unsyncedFile struct{ vfs.File }

func (unsyncedFile) Sync() error                  { return nil }
func (unsyncedFile) SyncData() error              { return nil }
func (unsyncedFile) SyncTo(int64) (bool, error)   { return false, nil }
func (unsyncedFile) Preallocate(_, _ int64) error { return nil }

func wrap(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return unsyncedFile{f}, nil
}

func (u unsynced) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return wrap(u.FS.Create(name, category))
}

func (u unsynced) OpenReadWrite(name string, category vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return wrap(u.FS.OpenReadWrite(name, category, opts...))
}

func (u unsynced) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return wrap(u.FS.ReuseForWrite(oldname, newname, category))
}

func (u unsynced) OpenDir(name string) (vfs.File, error) { return wrap(u.FS.OpenDir(name)) }

// quiet sends what Pebble says to slog, most of it only for those who debug.
type quiet struct{}

func (quiet) Infof(format string, args ...any) {
	if slog.Default().Enabled(context.Background(), slog.LevelDebug) {
		slog.Debug("pebble: " + fmt.Sprintf(format, args...))
	}
}
func (quiet) Errorf(format string, args ...any) {
	slog.Error("pebble: " + fmt.Sprintf(format, args...))
}

// Fatalf must not return: Pebble calls it when it could not go on without
// risking the data.
func (quiet) Fatalf(format string, args ...any) {
	panic("pebble: " + fmt.Sprintf(format, args...))
}
