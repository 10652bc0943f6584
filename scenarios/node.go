package scenarios

// kind is what a node of YAML is.
type kind uint8

const (
	null kind = iota
	scalar
	sequence
	mapping
)

// String names the kind for people.
func (k kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a mapping"}[k]
}

// node is a piece of YAML with its place: what the language is read from, what
// --set changes, and what is written.
type node struct {
	kind   kind
	text   string // of a scalar
	quoted bool   // whether the scalar is text for certain
	keys   []entry
	items  []*node
	place  place
}

// entry is one key of a mapping, with the place of the key.
type entry struct {
	name  string
	place place
	value *node
}

// text is a scalar that was not read from anywhere.
func text(s string) *node { return &node{kind: scalar, text: s, quoted: true} }

// get is the value of a key, or nil.
func (n *node) get(name string) *node {
	for _, e := range n.keys {
		if e.name == name {
			return e.value
		}
	}
	return nil
}

func (n *node) add(name string, value *node) {
	n.keys = append(n.keys, entry{name: name, value: value})
}

func (n *node) remove(name string) {
	for i, e := range n.keys {
		if e.name == name {
			n.keys = append(n.keys[:i:i], n.keys[i+1:]...)
			return
		}
	}
}

// equal tells whether two nodes are written the same.
func (n *node) equal(m *node) bool {
	if n.kind != m.kind || n.text != m.text || len(n.keys) != len(m.keys) || len(n.items) != len(m.items) {
		return false
	}
	for i, e := range n.keys {
		if e.name != m.keys[i].name || !e.value.equal(m.keys[i].value) {
			return false
		}
	}
	for i := range n.items {
		if !n.items[i].equal(m.items[i]) {
			return false
		}
	}
	return true
}
