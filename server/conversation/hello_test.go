package conversation

import (
	"testing"

	"github.com/seed886cd727/throng/chat"
)

func TestCountedBy(t *testing.T) {
	told := countedBy([]Membership{{Conversation: "c", Head: chat.Position{Epoch: 2, Seq: 5}}, {Conversation: "empty"}})
	for _, tt := range []struct {
		id    chat.ConversationID
		at    chat.Position
		leave bool
	}{
		{"c", chat.Position{Epoch: 2, Seq: 5}, true},
		{"c", chat.Position{Epoch: 2, Seq: 1}, true},
		{"c", chat.Position{Epoch: 2, Seq: 6}, false},
		{"c", chat.Position{Epoch: 3, Seq: 5}, false}, // numbered anew
		{"empty", chat.Position{Epoch: 1, Seq: 1}, false},
		{"joined since", chat.Position{Epoch: 1, Seq: 1}, false},
	} {
		if told(tt.id, tt.at) != tt.leave {
			t.Errorf("%s at %v: left out is %v", tt.id, tt.at, !tt.leave)
		}
	}
}
