package scenarios

import "github.com/seed886cd727/throng/results/figure"

// Threshold is what must hold. In YAML it is its expression, or a mapping.
type Threshold struct {
	Expression figure.Expression `yaml:"expression" needed:"true" doc:"figure, comparison and bound, like delivery.p99 < 50ms"`
	Phase      string            `yaml:"phase" doc:"a measured phase; left out: the whole run"`
	Abort      bool              `yaml:"abort" doc:"end the run as soon as it does not hold"`
	After      Duration          `yaml:"after" max:"168h" doc:"how long it may not hold before abort ends the run, from the start of its phase or the run"`
	Message    string            `yaml:"message" doc:"said when it does not hold"`
}

// read implements form.
func (t *Threshold) read(r *reader, n *node, path string, f field) {
	if n.kind == scalar {
		t.Expression = r.expression(n, path)
		return
	}
	r.structure(n, path, f, t)
	if n.kind == mapping && n.get("expression") == nil {
		r.fault(n.place, path+".expression", "is missing: give one like 'delivery.p99 < 50ms'")
	}
}

// write implements form.
func (t *Threshold) write(w *writer, f field) *node {
	if *t == (Threshold{Expression: t.Expression}) {
		return text(t.Expression.String())
	}
	return w.structure(t)
}

func (t *Threshold) schema(s *schema, f field) object {
	return anyOf(s.expression(), s.structure(t))
}

func (r *reader) expression(n *node, path string) figure.Expression {
	e, err := figure.ParseExpression(n.text)
	if err != nil {
		r.fault(n.place, path, "%v", err)
		return e
	}
	if why := e.Impossible(); why != "" {
		r.fault(n.place, path, "threshold %q can never hold: %s", n.text, why)
	}
	return e
}
