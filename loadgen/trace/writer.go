package trace

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// Writer writes a trace event by event, and refuses what a Reader would. Not safe
// for concurrent use.
type Writer struct {
	out     *bufio.Writer
	encoder *json.Encoder
	grammar *grammar
}

// NewWriter writes the header. Its number of events must be known.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	g, err := newGrammar(&h)
	if err != nil {
		return nil, fmt.Errorf("trace header: %w", err)
	}
	out := bufio.NewWriter(w)
	t := &Writer{out: out, encoder: json.NewEncoder(out), grammar: g}
	t.encoder.SetEscapeHTML(false)
	if err := t.encoder.Encode(h); err != nil {
		return nil, fmt.Errorf("write trace header: %w", err)
	}
	return t, nil
}

// Write writes the next event.
func (t *Writer) Write(e Event) error {
	if err := t.grammar.take(e); err != nil {
		return fmt.Errorf("trace event %d: %w", t.grammar.events, err)
	}
	if _, err := e.line().event(); err != nil {
		return fmt.Errorf("trace event %d: %w", t.grammar.events-1, err)
	}
	return t.encoder.Encode(e.line())
}

// Close says whether all events were written, and hands on what is buffered. It
// does not close what is written to.
func (t *Writer) Close() error {
	if err := t.out.Flush(); err != nil {
		return fmt.Errorf("write trace: %w", err)
	}
	return t.grammar.end()
}

// Write writes the whole trace.
func (t *Trace) Write(w io.Writer) error {
	out, err := NewWriter(w, t.Header)
	if err != nil {
		return err
	}
	for _, e := range t.Events {
		if err := out.Write(e); err != nil {
			return err
		}
	}
	return out.Close()
}
