package population

import (
	"strconv"
	"strings"
)

// Names are the ids of a run: they carry the run's id, so that runs on one server
// do not meet. Run must not be so long that ids pass the server's limit.
type Names struct{ Run string }

// User is the id of a user: u-RUN-7.
func (n Names) User(user uint32) string { return string(n.AppendUser(nil, user)) }

// Conversation is the id of a conversation: c-RUN-7.
func (n Names) Conversation(conversation uint32) string {
	return string(n.AppendConversation(nil, conversation))
}

// AppendUser appends what User returns.
func (n Names) AppendUser(dst []byte, user uint32) []byte { return n.append(dst, 'u', user) }

// AppendConversation appends what Conversation returns.
func (n Names) AppendConversation(dst []byte, conversation uint32) []byte {
	return n.append(dst, 'c', conversation)
}

// UserOf is the number of a user's id; not ok for an id of anything else.
func (n Names) UserOf(id string) (user uint32, ok bool) { return n.number(id, 'u') }

// ConversationOf is the number of a conversation's id; not ok for an id of
// anything else.
func (n Names) ConversationOf(id string) (conversation uint32, ok bool) { return n.number(id, 'c') }

// Device is the id of a user's device: d0, d1, …
func Device(device uint8) string { return "d" + strconv.Itoa(int(device)) }

func (n Names) append(dst []byte, of byte, number uint32) []byte {
	dst = append(dst, of, '-')
	dst = append(dst, n.Run...)
	dst = append(dst, '-')
	return strconv.AppendUint(dst, uint64(number), 10)
}

func (n Names) number(id string, of byte) (uint32, bool) {
	if len(id) < 2 || id[0] != of || id[1] != '-' {
		return 0, false
	}
	rest, ok := strings.CutPrefix(id[2:], n.Run)
	digits, dash := strings.CutPrefix(rest, "-")
	if !ok || !dash {
		return 0, false
	}
	number, err := strconv.ParseUint(digits, 10, 32)
	// One number has one id: no sign, no leading zeros.
	return uint32(number), err == nil && (digits == "0" || digits[0] >= '1' && digits[0] <= '9')
}
