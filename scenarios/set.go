package scenarios

import (
	"fmt"
	"strconv"
	"strings"
)

// set puts PATH=VALUE into the tree. Mappings on the way are made where they are
// missing; entries of lists have to be there.
func (n *node) set(one string) Faults {
	from := place{file: "--set " + one}
	path, value, ok := strings.Cut(one, "=")
	if !ok || path == "" {
		return Faults{from.fault("", "write it as PATH=VALUE, like population.users=500")}
	}
	leaf, faults := tree(from.file, []byte(value))
	for i := range faults {
		faults[i].Line, faults[i].Column = 0, 0
	}
	if len(faults) > 0 {
		return faults
	}
	leaf.put(from)
	steps, err := parsePath(path)
	if err == nil {
		err = n.insert(steps, leaf)
	}
	if err != nil {
		return Faults{from.fault("", err.Error())}
	}
	return nil
}

// put gives a node and all within it one place.
func (n *node) put(p place) {
	n.place = p
	for i := range n.keys {
		n.keys[i].place = p
		n.keys[i].value.put(p)
	}
	for _, item := range n.items {
		item.put(p)
	}
}

// step is one part of a path: a key, or an index into a list.
type step struct {
	key   string
	index int // if key is ""
}

// parsePath reads a path like phases[1].for.
func parsePath(path string) ([]step, error) {
	var steps []step
	for part := range strings.SplitSeq(path, ".") {
		key, rest, _ := strings.Cut(part, "[")
		if key == "" {
			return nil, fmt.Errorf("%q is no path: write it like phases[1].for", path)
		}
		steps = append(steps, step{key: key})
		for rest != "" {
			number, after, closed := strings.Cut(rest, "]")
			index, err := strconv.ParseUint(number, 10, 31)
			if err != nil || !closed || after != "" && (after[0] != '[' || after == "[") {
				return nil, fmt.Errorf("%q is no path: write it like phases[1].for", path)
			}
			steps = append(steps, step{index: int(index)})
			rest = strings.TrimPrefix(after, "[")
		}
	}
	if len(steps) > maxDepth {
		return nil, fmt.Errorf("the path has %d steps: at most %d", len(steps), maxDepth)
	}
	return steps, nil
}

// insert puts a leaf where the steps lead to, below n.
func (n *node) insert(steps []step, leaf *node) error {
	at := ""
	for i, s := range steps {
		last := i == len(steps)-1
		if s.key == "" {
			if n.kind != sequence || s.index >= len(n.items) {
				return fmt.Errorf("there is no %s[%d]: %s", at, s.index, n.extent(at))
			}
			at = fmt.Sprintf("%s[%d]", at, s.index)
			if last {
				*n.items[s.index] = *leaf
			}
			n = n.items[s.index]
			continue
		}
		if n.kind != mapping && n.kind != null {
			return fmt.Errorf("%s is %v and has no key %s: set %s as a whole", at, n.kind, s.key, at)
		}
		n.kind = mapping
		at = join(at, s.key)
		if last {
			n.replace(s.key, leaf)
			return nil
		}
		if n.get(s.key) == nil {
			n.keys = append(n.keys, entry{s.key, leaf.place, &node{kind: mapping, place: leaf.place}})
		}
		n = n.get(s.key)
	}
	return nil
}

// replace gives a key another value; null takes it out.
func (n *node) replace(key string, leaf *node) {
	for i, e := range n.keys {
		if e.name == key && leaf.kind != null {
			n.keys[i] = entry{key, leaf.place, leaf}
			return
		}
	}
	n.remove(key)
	if leaf.kind != null {
		n.keys = append(n.keys, entry{key, leaf.place, leaf})
	}
}

// extent says what may be set in what a path leads to.
func (n *node) extent(path string) string {
	if n.kind == sequence && len(n.items) > 0 {
		return fmt.Sprintf("the list goes from %s[0] to %s[%d]", path, path, len(n.items)-1)
	}
	return fmt.Sprintf("set %s as a whole, like %s=[...]", path, path)
}
