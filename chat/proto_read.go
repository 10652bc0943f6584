package chat

import (
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// protoReader walks over the fields of one message, as a bufio.Scanner does over
// lines: after next, the methods give the field's value. A value that is not of
// the kind asked for ends the walk, and err says why. A field that nobody asks
// for is skipped: its length was read.
type protoReader struct {
	rest  []byte // behind the field at hand
	field protowire.Number
	wire  protowire.Type
	value uint64 // of a varint
	data  []byte // of a string, bytes or a message
	err   error
}

// next goes on to the next field. It reports false at the end and after a fault.
func (r *protoReader) next() bool {
	if len(r.rest) == 0 || r.err != nil {
		return false
	}
	tag := r.uvarint()
	if r.field, r.wire = protowire.DecodeTag(tag); !r.field.IsValid() {
		r.fail(errors.New("no such field number"))
	}
	switch r.wire {
	case protowire.VarintType:
		r.value = r.uvarint()
	case protowire.BytesType:
		r.data = r.take(r.uvarint())
	case protowire.Fixed32Type:
		r.take(4)
	case protowire.Fixed64Type:
		r.take(8)
	default: // groups nest without a bound, and proto3 has none
		r.fail(fmt.Errorf("wire type %d", r.wire))
	}
	return r.err == nil
}

// uvarint takes a varint, most often of one byte, off the rest.
func (r *protoReader) uvarint() uint64 {
	if len(r.rest) > 0 && r.rest[0] < 0x80 {
		v := r.rest[0]
		r.rest = r.rest[1:]
		return uint64(v)
	}
	v, n := protowire.ConsumeVarint(r.rest)
	if n < 0 {
		r.fail(protowire.ParseError(n))
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// take takes bytes off the rest.
func (r *protoReader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.fail(io.ErrUnexpectedEOF)
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// fail keeps the first fault, with the field.
func (r *protoReader) fail(err error) {
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("field %d: %w", r.field, err)
	}
}

// want holds the field against the type that it should have. What a varint or
// bytes gives after a fault is of no account.
func (r *protoReader) want(wire protowire.Type) {
	if r.wire != wire {
		r.fail(fmt.Errorf("wire type %d instead of %d", r.wire, wire))
	}
}

func (r *protoReader) varint() uint64 {
	r.want(protowire.VarintType)
	return r.value
}

func (r *protoReader) bytes() []byte {
	r.want(protowire.BytesType)
	return r.data
}

func (r *protoReader) text() []byte {
	b := r.bytes()
	if !utf8.Valid(b) {
		r.fail(errors.New("a string is UTF-8"))
		return nil
	}
	return b
}

func (r *protoReader) stream() (s StreamID) {
	if b := r.bytes(); len(b) != 0 && len(b) != len(s) {
		r.fail(fmt.Errorf("a stream is a UUID of %d bytes", len(s)))
	} else {
		copy(s[:], b)
	}
	return s
}

func (r *protoReader) number() uint64 {
	n := r.varint()
	if n > MaxN {
		r.fail(exact(n))
	}
	return n
}

func (r *protoReader) epoch() Epoch {
	n := r.varint()
	r.fail(inEpoch(n))
	return Epoch(n)
}

func (r *protoReader) millis() time.Duration {
	d, err := millis(r.number())
	r.fail(err)
	return d
}

func (r *protoReader) time() time.Time { return moment(int64(r.varint())) }

func (r *protoReader) flag() bool { return protowire.DecodeBool(r.varint()) }

// enum gives a value from 0 to last.
func (r *protoReader) enum(what string, last uint8) uint8 {
	n := r.varint()
	if n > uint64(last) {
		r.fail(fmt.Errorf("unknown %s %d", what, n))
		return 0
	}
	return uint8(n)
}

// message starts on the message that is the field's value. Its reader's err
// must be handed to fail.
func (r *protoReader) message() protoReader { return protoReader{rest: r.bytes(), err: r.err} }

// position reads a message into p. What stands there already stays where the
// message says nothing: so protobuf merges a message that comes twice.
func (r *protoReader) position(p *Position) {
	in := r.message()
	for in.next() {
		switch in.field {
		case 1:
			p.Epoch = in.epoch()
		case 2:
			p.Seq = Seq(in.number())
		}
	}
	r.fail(in.err)
}
