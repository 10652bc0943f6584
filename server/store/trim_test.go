package store

import (
	"testing"
	"time"
)

// TestTrimIsNotCounted has what Trim writes left out of the figures, and leave
// nothing behind.
func TestTrimIsNotCounted(t *testing.T) {
	for _, durability := range []Durability{Fsync, OS, None} {
		t.Run(string(durability), func(t *testing.T) {
			c := DefaultConfig()
			c.Dir, c.Durability = t.TempDir(), durability
			b := openBox(t, c)
			l := b.Log.(*Log)
			b.provision("c", "ann")
			b.send("ann", 1)
			before := l.Stats().StoreBytes
			for range 3 {
				if err := l.Trim(); err != nil {
					t.Fatal(err)
				}
			}
			deadline := time.Now().Add(10 * time.Second)
			for l.db.Metrics().Compact.NumInProgress > 0 && time.Now().Before(deadline) {
				time.Sleep(time.Millisecond) // Pebble does not say when it has done
			}
			if grown := l.Stats().StoreBytes - before; grown > 64<<10 {
				t.Errorf("three trims count as %d bytes", grown)
			}
			if held, err := get(l.db, []byte{keyPadding}); err != nil || held != nil {
				t.Errorf("%d bytes of padding are left (%v)", len(held), err)
			}
			if w := b.send("ann", 1); !w.Duplicate {
				t.Errorf("%+v", w)
			}
		})
	}
}
