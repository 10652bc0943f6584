package scenarios

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	maxText  = 1 << 18 // bytes of a scenario
	maxDepth = 64      // lists and mappings within each other
)

// tree reads YAML. What is no YAML, or more of it than the language has, is told
// as faults; file stands in all places.
func tree(file string, text []byte) (*node, Faults) {
	b := builder{file: file}
	start := place{file, 1, 1}
	switch {
	case len(text) > maxText:
		return nil, Faults{start.fault("", fmt.Sprintf("is %d bytes long: a scenario has at most %d", len(text), maxText))}
	case !utf8.Valid(text):
		return nil, Faults{start.fault("", "is no UTF-8 text")}
	}
	tokens := lexer.Tokenize(string(text))
	if deep := tooDeep(tokens); deep != nil {
		return nil, Faults{b.at(deep).fault("", fmt.Sprintf("more than %d lists and mappings within each other", maxDepth))}
	}
	parsed, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, Faults{b.syntax(err)}
	}
	var root *node
	for _, doc := range parsed.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType {
			continue
		}
		if root != nil {
			b.fault(doc.Body.GetToken(), "", "a second document: a scenario is one")
			break
		}
		root = b.node(doc.Body, "", maxDepth)
	}
	if root == nil {
		root = &node{place: start}
	}
	return root, b.faults
}

// tooDeep is where flow style or a line of dashes nests too far for a recursive
// parser. Nesting by indentation costs its square in bytes, and ends by maxText.
func tooDeep(tokens token.Tokens) *token.Token {
	flow, dashes, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, dashes = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			dashes++
		}
		if flow > maxDepth || dashes > maxDepth {
			return t
		}
	}
	return nil
}

// builder turns the library's tree into ours.
type builder struct {
	file   string
	faults Faults
}

func (b *builder) at(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{b.file, 1, 1}
	}
	return place{b.file, t.Position.Line, t.Position.Column}
}

func (b *builder) fault(t *token.Token, path, format string, args ...any) {
	b.faults = append(b.faults, b.at(t).fault(path, fmt.Sprintf(format, args...)))
}

func (b *builder) syntax(err error) Fault {
	var e yaml.Error
	if errors.As(err, &e) {
		return b.at(e.GetToken()).fault("", "no YAML: "+e.GetMessage())
	}
	return b.at(nil).fault("", "no YAML: "+err.Error())
}

func (b *builder) node(a ast.Node, path string, depth int) *node {
	n := &node{place: b.at(a.GetToken())}
	if depth == 0 {
		b.fault(a.GetToken(), path, "more than %d lists and mappings within each other", maxDepth)
		return n
	}
	switch a := a.(type) {
	case *ast.MappingNode:
		n.kind = mapping
		b.mapping(n, a, path, depth)
	case *ast.SequenceNode:
		n.kind = sequence
		for i, v := range a.Values {
			n.items = append(n.items, b.node(v, fmt.Sprintf("%s[%d]", path, i), depth-1))
		}
	case *ast.NullNode:
	case *ast.StringNode:
		n.kind, n.text = scalar, a.Value
		n.quoted = a.Token.Type == token.SingleQuoteType || a.Token.Type == token.DoubleQuoteType
	case *ast.LiteralNode:
		n.kind, n.text, n.quoted = scalar, a.Value.Value, true
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		n.kind, n.text = scalar, a.GetToken().Value
	default:
		b.fault(a.GetToken(), path, "%s is not in the language: write the value out", a.Type())
	}
	return n
}

func (b *builder) mapping(n *node, a *ast.MappingNode, path string, depth int) {
	seen := make(map[string]bool, len(a.Values))
	for i, v := range a.Values {
		key, plain := v.Key.(ast.ScalarNode)
		if !plain || v.Key.IsMergeKey() {
			b.fault(v.Key.GetToken(), path, "a key that is no plain word: write the keys out")
			continue
		}
		name := key.GetToken().Value
		if i == 0 && !a.IsFlowStyle {
			n.place = b.at(key.GetToken())
		}
		at := join(path, name)
		if seen[name] {
			b.fault(key.GetToken(), at, "is there twice: leave one out")
			continue
		}
		seen[name] = true
		n.keys = append(n.keys, entry{name, b.at(key.GetToken()), b.node(v.Value, at, depth-1)})
	}
}

// join is a path with a key appended. A key that is no plain word is quoted.
func join(path, name string) string {
	if !plainWord(name) {
		name = strconv.Quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}
