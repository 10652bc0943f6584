package trace

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Reader reads a trace event by event. It is strict: what it does not know it
// refuses, with the line. Not safe for concurrent use.
type Reader struct {
	name    string
	lines   *bufio.Reader
	line    int
	header  Header
	grammar *grammar
}

// NewReader reads the header. The name is for errors: "name:line: what".
func NewReader(r io.Reader, name string) (*Reader, error) {
	t := &Reader{name: name, lines: bufio.NewReaderSize(r, 64<<10)}
	text, err := t.read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s: an empty file is not a trace", name)
	case err != nil:
		return nil, err
	}
	if !bytes.Contains(text, []byte(`"throng_trace"`)) {
		return nil, fmt.Errorf("%s:1: not a trace: the first line has no \"throng_trace\"; logs become one by: throng trace import", name)
	}
	if err := strict(text, &t.header); err != nil {
		return nil, t.fault(err)
	}
	if t.grammar, err = newGrammar(&t.header); err != nil {
		return nil, t.fault(err)
	}
	return t, nil
}

// Header is the trace's first line.
func (t *Reader) Header() Header { return t.header }

// Next is the next event, and io.EOF after the last.
func (t *Reader) Next() (Event, error) {
	text, err := t.read()
	if errors.Is(err, io.EOF) {
		if err := t.grammar.end(); err != nil {
			return Event{}, fmt.Errorf("%s: %w", t.name, err)
		}
		return Event{}, io.EOF
	}
	if err != nil {
		return Event{}, err
	}
	var l line
	if err := strict(text, &l); err != nil {
		return Event{}, t.fault(err)
	}
	e, err := l.event()
	if err == nil {
		err = t.grammar.take(e)
	}
	if err != nil {
		return Event{}, t.fault(err)
	}
	return e, nil
}

// read is the next line without its end; io.EOF where there is none.
func (t *Reader) read() ([]byte, error) {
	t.line++
	var long []byte
	for {
		part, err := t.lines.ReadSlice('\n')
		if len(long)+len(part) > maxLine {
			return nil, t.fault(fmt.Errorf("a line of more than %d bytes", maxLine))
		}
		if long != nil || errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, part...)
			part = long
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == nil, errors.Is(err, io.EOF) && len(part) > 0:
			return bytes.TrimRight(part, "\r\n"), nil
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		}
		return nil, fmt.Errorf("read %s: %w", t.name, err)
	}
}

func (t *Reader) fault(err error) error { return fmt.Errorf("%s:%d: %w", t.name, t.line, err) }

// strict decodes one JSON object that is all of text and has no unknown field.
func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("not a whole JSON object")
		}
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON object in a line")
	}
	return nil
}

// Read reads a whole trace. The name is for errors.
func Read(r io.Reader, name string) (*Trace, error) {
	in, err := NewReader(r, name)
	if err != nil {
		return nil, err
	}
	t := &Trace{Header: in.Header()}
	for {
		e, err := in.Next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		t.Events = append(t.Events, e)
	}
}

// Open reads the trace in a file.
func Open(path string) (*Trace, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read trace: %w", err)
	}
	defer f.Close()
	return Read(f, path)
}
