package scenarios

import (
	"bytes"
	"strconv"
	"strings"
)

const lineWidth = 120 // beyond it a mapping or list is spread over lines

// emit writes a mapping as YAML: its keys a line each, and what is within in flow
// style as long as it fits.
func (n *node) emit() []byte {
	var b bytes.Buffer
	n.block(&b, "")
	return b.Bytes()
}

// block writes the keys or items of n, each after the indent.
func (n *node) block(b *bytes.Buffer, indent string) {
	for _, e := range n.keys {
		b.WriteString(indent + quoted(e.name, false) + ":")
		e.value.after(b, indent)
	}
	for _, item := range n.items {
		b.WriteString(indent + "-")
		item.behindDash(b, indent)
	}
}

// after writes n behind a key.
func (n *node) after(b *bytes.Buffer, indent string) {
	if n.fits(indent) {
		b.WriteString(" " + n.flow() + "\n")
		return
	}
	b.WriteString("\n")
	n.block(b, indent+"  ")
}

// behindDash writes n behind a dash: its first key stands on the same line.
func (n *node) behindDash(b *bytes.Buffer, indent string) {
	if n.fits(indent) {
		b.WriteString(" " + n.flow() + "\n")
		return
	}
	var block bytes.Buffer
	n.block(&block, indent+"  ")
	b.Write(block.Bytes()[len(indent)+1:]) // in place of the indent: the dash, then a space
}

// fits tells whether n is written on one line.
func (n *node) fits(indent string) bool {
	return n.kind == scalar || len(n.keys)+len(n.items) == 0 || !n.deep() && len(indent)+len(n.flow()) < lineWidth
}

// deep tells whether n is a list of mappings, which reads better line by line.
func (n *node) deep() bool {
	for _, item := range n.items {
		if item.kind == mapping {
			return true
		}
	}
	return false
}

// flow writes n on one line.
func (n *node) flow() string {
	var parts []string
	switch n.kind {
	case scalar:
		return quoted(n.text, !n.quoted)
	case sequence:
		for _, item := range n.items {
			parts = append(parts, item.flow())
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	for _, e := range n.keys {
		parts = append(parts, quoted(e.name, false)+": "+e.value.flow())
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// quoted writes a text so that YAML reads the same text. What is known to be a
// number, a time or a truth value stands without quotes.
func quoted(s string, bare bool) string {
	if bare || plainText(s) {
		return s
	}
	return strconv.Quote(s)
}

// plainText tells whether YAML reads s as that text without quotes: words with
// single spaces between them, of which the first is none that means something else.
func plainText(s string) bool {
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return false
	}
	for word := range strings.SplitSeq(s, " ") {
		if strings.Trim(word, nameCharacters+"<>=%/()?") != "" || word == "" {
			return false
		}
	}
	return plainWord(s[:1])
}
