package conversation

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed886cd727/throng/chat"
)

// The directory does what a map of (user, device) would.
func TestDirectoryIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := NewDirectory()
		type key struct {
			user   chat.UserID
			device chat.DeviceID
		}
		model := make(map[key]*Session)
		var all []*Session
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			k := key{chat.UserID(fmt.Sprint("u", rapid.IntRange(0, 30).Draw(t, "user"))), chat.DeviceID(fmt.Sprint("d", rapid.IntRange(0, 2).Draw(t, "device")))}
			if len(all) > 0 && rapid.IntRange(0, 2).Draw(t, "remove") == 0 {
				gone := all[rapid.IntRange(0, len(all)-1).Draw(t, "which")]
				d.remove(gone)
				if old := (key{gone.user(), gone.device()}); model[old] == gone {
					delete(model, old)
				}
				continue
			}
			c := new(Session)
			c.name(k.user, k.device)
			all = append(all, c)
			if got := d.add(c); got != model[k] {
				t.Fatalf("add replaced %p, want %p", got, model[k])
			}
			model[k] = c
			devices := 0
			for other := range model {
				if other.user == k.user {
					devices++
				}
			}
			if got := d.of(k.user, nil); len(got) != devices {
				t.Fatalf("%d sessions of %s, want %d", len(got), k.user, devices)
			}
		}
		seen := 0
		for c := range d.All {
			if model[key{c.user(), c.device()}] != c {
				t.Fatal("All names a session that is not there")
			}
			seen++
		}
		if seen != len(model) || d.Len() != len(model) {
			t.Fatalf("All names %d, Len says %d, there are %d", seen, d.Len(), len(model))
		}
	})
}
