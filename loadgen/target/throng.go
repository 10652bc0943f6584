package target

import (
	"fmt"

	"github.com/seed886cd727/throng/chat"
)

// throng is the reference server's protocol, docs/protocol.md.
type throng struct{ codec chat.Codec }

func newThrong(codec string) (Protocol, error) {
	c, ok := chat.CodecFor("throng.v1." + codec)
	if !ok {
		return nil, fmt.Errorf("codec %q: this version speaks json and proto", codec)
	}
	return throng{c}, nil
}

func (t throng) Subprotocols() []string { return []string{t.codec.Subprotocol()} }

func (t throng) Path() string { return "/ws" }

func (t throng) Binary() bool { return t.codec.Binary() }

func (t throng) AppendHello(dst []byte, h Hello) []byte {
	return t.codec.AppendRequest(dst, &chat.Hello{
		User: chat.UserID(h.User), Device: chat.DeviceID(h.Device), Token: h.Token, Stream: chat.StreamID(h.Stream),
	})
}

func (t throng) AppendSend(dst []byte, s *Send) []byte {
	return t.codec.AppendRequest(dst, &chat.Send{
		Conversation: chat.ConversationID(s.Conversation), Stream: chat.StreamID(s.Stream), N: s.N, Body: s.Body,
	})
}

func (t throng) AppendSync(dst []byte, s Sync) []byte {
	return t.codec.AppendRequest(dst, &chat.Sync{
		ID:           s.ID,
		Conversation: chat.ConversationID(s.Conversation), Epoch: chat.Epoch(s.Epoch), From: chat.Seq(s.From), To: chat.Seq(s.To),
	})
}

func (t throng) AppendRead(dst []byte, conversation string, at Position) []byte {
	return t.codec.AppendRequest(dst, &chat.Read{
		Conversation: chat.ConversationID(conversation), At: chat.Position{Epoch: chat.Epoch(at.Epoch), Seq: chat.Seq(at.Seq)},
	})
}

func (t throng) NewDecoder() Decoder { return &throngDecoder{decoder: t.codec.NewDecoder()} }

type throngDecoder struct {
	decoder chat.Decoder
	entry   Entry
}

// Decode implements Decoder.
func (d *throngDecoder) Decode(payload []byte, h Hearer) error {
	event, err := d.decoder.Event(payload)
	if err != nil {
		return err
	}
	switch e := event.(type) {
	case *chat.Message:
		d.tell(h, e.Conversation, &e.Entry, false)
	case *chat.Ack:
		if e.ID == 0 {
			h.Ack(Ack{string(e.Conversation), Stream(e.Stream), e.N, position(e.At), e.Duplicate})
		}
	case *chat.Receipt:
		h.Receipt(Receipt{string(e.Conversation), string(e.User), position(e.At)})
	case *chat.Member:
		d.tell(h, e.Conversation, &e.Entry, false)
	case *chat.Entries:
		for i := range e.Entries {
			d.tell(h, e.Conversation, &e.Entries[i], true)
		}
	case *chat.Synced:
		h.Synced(string(e.Conversation), e.ID)
	case *chat.Welcome:
		h.Welcome(Welcome{Stream(e.Stream), e.MaxBody})
	case *chat.State:
		d.states(h, e)
	case *chat.Drain:
		h.Drain(e.Within)
	case *chat.Error:
		h.Refused(Refusal{
			Code: string(e.Code), Text: e.Text, Send: e.Re == chat.OpSend, Sync: e.Re == chat.OpSync,
			Conversation: string(e.Conversation), Stream: Stream(e.Stream), N: e.N, ID: e.ID, First: uint64(e.First), RetryAfter: e.RetryAfter,
		})
	case *chat.Heartbeat: // any byte is life
	}
	return nil
}

func (d *throngDecoder) tell(h Hearer, conversation chat.ConversationID, e *chat.Entry, synced bool) {
	d.entry = Entry{string(conversation), position(e.At), e.Change != chat.None, synced, e.Body}
	h.Entry(&d.entry)
}

func (d *throngDecoder) states(h Hearer, e *chat.State) {
	for i := range e.Conversations {
		c := &e.Conversations[i]
		h.State(State{string(c.Conversation), position(c.Head), uint64(c.First), position(c.Read)})
	}
	if !e.More {
		h.Listed()
	}
}

func position(p chat.Position) Position { return Position{uint32(p.Epoch), uint64(p.Seq)} }
