package chat

import (
	"testing"
	"time"
)

func TestPositionsOrder(t *testing.T) {
	order := []Position{{}, {1, 1}, {1, 9}, {2, 3}, {2, 4}}
	for i, p := range order {
		for j, q := range order {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := p.Compare(q); got != want {
				t.Errorf("%v.Compare(%v) = %d, want %d", p, q, got, want)
			}
		}
	}
}

func TestStreamTellsItsAge(t *testing.T) {
	before := time.Now().Truncate(time.Millisecond)
	s, err := NewStream()
	if err != nil || !s.Valid() || s.Time().Before(before) || time.Until(s.Time()) > time.Millisecond {
		t.Errorf("stream %v of %v, %v", s, s.Time(), err)
	}
	if (StreamID{1}).Valid() {
		t.Error("not a UUIDv7, yet valid")
	}
}
