package store

import (
	"hash/maphash"
	"sync"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/conversation"
)

// states keeps conversation states that were read lately: a hello reads the one
// of each of its conversations twice, and so do the hellos of all its members.
// Its methods may be called concurrently.
//
// 1. Once a commit was learned, no state from before it is given. Commits are
// learned before anyone is told of them.
// 2. What one reader was given, a later one is given too, or what is newer.
// 3. A shard holds at most two generations of shardStates. What is used in the
// younger one survives the older one's end.
type states struct {
	seed   maphash.Seed
	shards [stateShards]stateShard
}

const (
	stateShards = 16
	shardStates = 1024 // some 110 bytes each: 3.5 MB over all shards and both generations
)

type stateShard struct {
	mu         sync.Mutex
	young, old map[string]conversation.State // by key
	changes    uint64
}

func newStates() *states { return &states{seed: maphash.MakeSeed()} }

func (s *states) shard(key []byte) *stateShard {
	return &s.shards[maphash.Bytes(s.seed, key)%stateShards]
}

// read gives the state of a conversation: the one that is kept, or what load
// reads.
func (s *states) read(id chat.ConversationID, load func(key []byte) ([]byte, error)) (conversation.State, error) {
	var room [128]byte
	key := appendID(append(room[:0], keyState), id)
	h := s.shard(key)
	kept, changes, ok := h.get(key)
	if ok {
		return kept, nil
	}
	v, err := load(key)
	if err != nil {
		return conversation.State{}, err
	}
	state, err := stateFrom(v)
	if err == nil {
		state = h.keep(key, state, changes)
	}
	return state, err
}

func (h *stateShard) get(key []byte) (state conversation.State, changes uint64, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if state, ok = h.young[string(key)]; ok {
		return state, h.changes, true
	}
	if state, ok = h.old[string(key)]; ok {
		h.put(string(key), state)
	}
	return state, h.changes, ok
}

// keep takes what was read, and gives what to answer. Where another reader was
// faster its state counts: a commit may be visible before it is learned. What was
// read while a commit was learned is not kept, and nor is what others read in the
// same time, for it may be older.
func (h *stateShard) keep(key []byte, state conversation.State, changes uint64) conversation.State {
	h.mu.Lock()
	defer h.mu.Unlock()
	if other, ok := h.young[string(key)]; ok {
		return other
	}
	if h.changes != changes {
		h.changes++
		return state
	}
	h.put(string(key), state)
	return state
}

// put needs mu.
func (h *stateShard) put(key string, state conversation.State) {
	if len(h.young) >= shardStates {
		h.old, h.young = h.young, nil
	}
	if h.young == nil {
		h.young = make(map[string]conversation.State)
	}
	h.young[key] = state
}

// learn takes in what a batch has committed.
func (s *states) learn(own map[string][]byte) {
	for key, value := range own {
		if key[0] == keyState {
			s.shards[maphash.String(s.seed, key)%stateShards].learn(key, value)
		}
	}
}

func (h *stateShard) learn(key string, value []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changes++
	_, young := h.young[key]
	_, old := h.old[key]
	state, err := stateFrom(value)
	switch {
	case err != nil: // it was removed
		delete(h.young, key)
		delete(h.old, key)
	case young:
		h.young[key] = state
	case old:
		h.old[key] = state
	}
}

// forget gives everything back.
func (s *states) forget() {
	for i := range s.shards {
		h := &s.shards[i]
		h.mu.Lock()
		h.young, h.old = nil, nil
		h.mu.Unlock()
	}
}
