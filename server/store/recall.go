package store

// recall keeps what the committer looked up last, so that a send reads nothing
// from the database where its sender goes on talking: conversation states,
// members and ref tables. Its user holds Log.commits.
//
// 1. A value in it is what the database holds; nil stands for a key that is not
// there.
// 2. It holds at most two generations of maxRecall bytes. What was used in the
// younger one survives the older one's end.
type recall struct {
	young, old map[string][]byte
	size       int // of the young, in bytes
}

const (
	maxRecall   = 2 << 20
	recallEntry = 96 // bytes of a map's slot, a string's and a slice's header, rounded up
)

// recalls reports whether keys of this kind are worth keeping.
func recalls(key string) bool {
	return key[0] == keyState || key[0] == keyMembers || key[0] == keyTable
}

func (r *recall) get(key []byte) (value []byte, ok bool) {
	if value, ok = r.young[string(key)]; ok {
		return value, true
	}
	if value, ok = r.old[string(key)]; ok {
		r.put(string(key), value)
	}
	return value, ok
}

func (r *recall) put(key string, value []byte) {
	if _, ok := r.young[key]; !ok {
		r.size += len(key) + len(value) + recallEntry
	}
	if r.size > maxRecall {
		r.old, r.young, r.size = r.young, nil, len(key)+len(value)+recallEntry
	}
	if r.young == nil {
		r.young = make(map[string][]byte)
	}
	r.young[key] = value
}

// learn takes in what a batch has committed.
func (r *recall) learn(own map[string][]byte) {
	for key, value := range own {
		if recalls(key) {
			r.put(key, value)
		}
	}
}

// forget gives everything back.
func (r *recall) forget() { *r = recall{} }
