package conversation

import (
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/seed886cd727/throng/chat"
)

// TestIdsOfEveryLength keeps ids of all lengths, those that fit into their owner
// and those that do not, over collections of garbage.
func TestIdsOfEveryLength(t *testing.T) {
	for n := 1; n <= chat.MaxID; n++ {
		id, other := strings.Repeat("ü", n)[:n], strings.Repeat("d", 1+chat.MaxID-n)
		topic, session := new(Topic), new(Session)
		topic.Name(chat.ConversationID(id), chat.Channel)
		session.name(chat.UserID(id), chat.DeviceID(other))
		runtime.GC()
		if topic.ID() != chat.ConversationID(id) || topic.Kind() != chat.Channel || topic.Removed() {
			t.Fatalf("%d bytes: %q, a %v", n, topic.ID(), topic.Kind())
		}
		if session.user() != chat.UserID(id) || session.device() != chat.DeviceID(other) {
			t.Fatalf("%d bytes: %q and %q", n, session.user(), session.device())
		}
		if topic.Remove(); !topic.Removed() || topic.Kind() != chat.Channel {
			t.Fatalf("removed: %v, a %v", topic.Removed(), topic.Kind())
		}
	}
	longest := new(Session)
	longest.name(chat.UserID(strings.Repeat("u", chat.MaxID)), chat.DeviceID(strings.Repeat("d", chat.MaxID)))
	if len(longest.user()) != chat.MaxID || len(longest.device()) != chat.MaxID {
		t.Fatalf("%d and %d bytes", len(longest.user()), len(longest.device()))
	}
}

// TestTopicsAreSmall: docs/memory.md says how small.
func TestTopicsAreSmall(t *testing.T) {
	if topic, session := unsafe.Sizeof(Topic{}), unsafe.Sizeof(Session{}); topic != 32 || session > 136 {
		t.Fatalf("a topic has %d bytes, a session %d", topic, session)
	}
}
