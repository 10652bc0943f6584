package scenarios

// Rate is per second: constant if From and To are the same, else a ramp from one
// to the other over the phase. In YAML it is '200/s' or {from: 100/s, to: 400/s}.
type Rate struct{ From, To float64 }

// perSecond is the field of one end of the rate. More than its bound no single
// machine sends.
func (f field) perSecond() field { return field{name: f.name, unit: "rate", max: "1000000"} }

// read implements form.
func (a *Rate) read(r *reader, n *node, path string, f field) {
	one := f.perSecond()
	if n.kind == scalar {
		v := r.number(n, path, one)
		*a = Rate{v, v}
		return
	}
	if !r.isMapping(n, path, "a rate like 200/s, or {from: 100/s, to: 400/s}") {
		return
	}
	r.known(n, path, []string{"from", "to"})
	ends := [2]float64{}
	for i, key := range []string{"from", "to"} {
		value := n.get(key)
		if value == nil {
			r.fault(n.place, path+"."+key, "is missing: a ramp has both ends, {from: 100/s, to: 400/s}")
			continue
		}
		ends[i] = r.number(value, path+"."+key, one)
	}
	*a = Rate{ends[0], ends[1]}
}

// write implements form.
func (a *Rate) write(w *writer, f field) *node {
	if a.From == a.To {
		return number(a.From, f.perSecond())
	}
	n := &node{kind: mapping}
	n.add("from", number(a.From, f.perSecond()))
	n.add("to", number(a.To, f.perSecond()))
	return n
}

func (a *Rate) schema(s *schema, f field) object {
	one := s.number(f.perSecond())
	return anyOf(one, closed(object{"from": one, "to": one}, "from", "to"))
}
