package netio

import (
	"bytes"
	"sync"

	"github.com/gobwas/ws"
	"github.com/klauspost/compress/flate"
)

// opCompressed in a frame's opcode is RSV1: it marks a compressed message
// (RFC 7692, section 6).
const opCompressed ws.OpCode = 0x40

// fullWindow is the largest window of DEFLATE, in bits.
const fullWindow = 15

// syncTail ends what a flush writes, and is not sent (RFC 7692, section 7.2.1).
const syncTail = "\x00\x00\xff\xff"

// deflated is a frame's compressed variant. All that queue the frame share it;
// whoever needs it first makes it, and others wait that long.
type deflated struct {
	once  sync.Once
	frame *Frame // the frame itself if it does not become shorter
}

// outgoing is a message's frame as this connection must send it.
func (c *Conn) outgoing(f *Frame) *Frame {
	if c.compresses(len(f.wire) - f.header) {
		f = f.deflate(c.loop.reactor)
	}
	if c.client {
		f = f.masked()
	}
	return f
}

// compresses tells whether a message of so many bytes is compressed. A peer may
// have agreed on a small window only: no match lies further back than a message
// is long, so that those that fit into the window are good for it, and longer
// ones are sent as they are.
func (c *Conn) compresses(size int) bool {
	return c.window > 0 && size >= c.loop.reactor.config.Compression.MinBytes &&
		(c.window == fullWindow || size <= 1<<c.window)
}

func (f *Frame) deflate(r *Reactor) *Frame {
	d := f.deflated.Load()
	if d == nil {
		d = new(deflated)
		if !f.deflated.CompareAndSwap(nil, d) {
			d = f.deflated.Load()
		}
	}
	d.once.Do(func() { d.frame = r.deflate(f) })
	return d.frame
}

// deflater compresses one message after the other. It holds 0.8 to 1.4 MB, by level,
// so that there is one for each goroutine that is
// compressing at a moment, and none for a connection.
type deflater struct {
	writer *flate.Writer
	output bytes.Buffer
}

// deflate gives the compressed variant, or the frame itself.
func (r *Reactor) deflate(f *Frame) *Frame {
	d, _ := r.deflaters.Get().(*deflater)
	if d == nil {
		d = r.newDeflater()
	}
	defer d.release(r)
	payload, n := f.Payload(), &r.compression
	small := d.compress(payload)
	if len(small) >= len(payload) {
		n.incompressible.Add(1)
		return f
	}
	n.deflated.Add(1)
	n.deflateIn.Add(uint64(len(payload)))
	n.deflateOut.Add(uint64(len(small)))
	return newFrame(ws.OpCode(f.wire[0]&0x0f)|opCompressed, small)
}

func (r *Reactor) newDeflater() *deflater {
	d := new(deflater)
	d.writer, _ = flate.NewWriter(&d.output, r.config.Compression.Level) // fails on a level that Validate refuses
	return d
}

// compress is valid until the next call. Writing to memory does not fail.
func (d *deflater) compress(payload []byte) []byte {
	d.output.Reset()
	d.writer.Reset(&d.output)
	_, _ = d.writer.Write(payload)
	_ = d.writer.Flush()
	return bytes.TrimSuffix(d.output.Bytes(), []byte(syncTail))
}

// release gives the deflater back, without a buffer that has become large.
func (d *deflater) release(r *Reactor) {
	if d.output.Cap() > keepInbox {
		d.output = bytes.Buffer{}
	}
	r.deflaters.Put(d)
}
