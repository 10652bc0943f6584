package room

import (
	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/netio"
	"github.com/seed886cd727/throng/server/conversation"
)

// Publisher implements conversation.Publisher.
func (r *Rooms) Publisher() conversation.Publisher {
	return &publisher{rooms: r, frames: make([]*netio.Frame, len(r.codecs))}
}

type publisher struct {
	rooms   *Rooms
	frames  []*netio.Frame // of the event at hand, by codec
	encoded []byte
	dirty   []Conn // to be flushed
	few     [2]*Listener
}

func (p *publisher) Publish(id chat.ConversationID, e chat.Event, except conversation.Outbox) {
	var not *Listener
	if except != nil {
		not = listener(except)
	}
	clear(p.frames)
	for _, l := range p.rooms.listeners(id, p.few[:0]) {
		if l != not && !l.gone.Load() {
			p.queue(l, e)
		}
	}
}

func (p *publisher) Push(o conversation.Outbox, e chat.Event) {
	clear(p.frames)
	p.queue(listener(o), e)
}

func (p *publisher) queue(l *Listener, e chat.Event) {
	if p.frames[l.Codec] == nil {
		p.frames[l.Codec] = p.encode(p.rooms.codecs[l.Codec], e)
	}
	if l.queue(p.frames[l.Codec], e) {
		p.dirty = append(p.dirty, l.Conn)
	}
}

func (p *publisher) encode(c chat.Codec, e chat.Event) *netio.Frame {
	p.encoded = c.AppendEvent(p.encoded[:0], e)
	return Frame(c, p.encoded)
}

// Frame compiles an encoded operation as the codec's messages travel.
func Frame(c chat.Codec, message []byte) *netio.Frame {
	if c.Binary() {
		return netio.BinaryFrame(message)
	}
	return netio.TextFrame(message)
}

// Flush writes to every connection that has something to write. What only one
// large fan-out needed is given back.
func (p *publisher) Flush() {
	for _, c := range p.dirty {
		c.Flush()
	}
	clear(p.dirty)
	if p.dirty = p.dirty[:0]; cap(p.dirty) > 1<<17 {
		p.dirty = nil
	}
}
