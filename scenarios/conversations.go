package scenarios

// read implements form: one part, or {mix: [parts]}.
func (c *Conversations) read(r *reader, n *node, path string, f field) {
	c.Parts = nil
	mix := n.get("mix")
	if mix == nil {
		part := Part{}
		r.fill(&part)
		r.part(n, path, f, &part)
		c.Parts = []Part{part}
		return
	}
	for _, e := range n.keys {
		if e.name != "mix" {
			r.fault(e.place, path+"."+e.name, "stands beside mix: move it into one of the parts of the mix")
		}
	}
	r.note(mix, path+".mix")
	r.list(mix, path+".mix", f, &c.Parts)
	if mix.kind == sequence && len(mix.items) == 0 {
		r.fault(mix.place, path+".mix", "is empty: list the parts, like [{name: dm, kind: direct, per_user: 4, share: 70%%}, ...]")
	}
}

// read implements form.
func (p *Part) read(r *reader, n *node, path string, f field) { r.part(n, path, f, p) }

func (r *reader) part(n *node, path string, f field, p *Part) {
	r.structure(n, path, f, p)
	if n.kind == mapping && n.get("kind") == nil {
		r.fault(n.place, path+".kind", "is missing: write direct, group or channel")
	}
	if p.Name == "" {
		p.Name = p.Kind
	}
}

// write implements form.
func (c *Conversations) write(w *writer, f field) *node {
	switch {
	case len(c.Parts) == 0:
		return nil
	case len(c.Parts) == 1 && c.Parts[0].Share == 0:
		return w.structure(&c.Parts[0])
	}
	parts := &node{kind: sequence}
	for i := range c.Parts {
		parts.items = append(parts.items, w.structure(&c.Parts[i]))
	}
	n := &node{kind: mapping}
	n.add("mix", parts)
	return n
}

// write implements form.
func (p *Part) write(w *writer, f field) *node { return w.structure(p) }

func (c *Conversations) schema(s *schema, f field) object {
	one := s.structure(&Part{})
	return anyOf(one, closed(object{"mix": object{"type": "array", "items": one, "minItems": 1}}, "mix"))
}

func (p *Part) schema(s *schema, f field) object { return s.structure(p) }
