package agent

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, took := time.Now(), func(g *gate, i int) time.Duration {
			from := time.Now()
			g.pass(t.Context(), i)
			return time.Since(from)
		}
		// one arrives a second, until the tenth
		g := &gate{limit: 5, arrived: func() int64 { return min(int64(time.Since(start)/time.Second), 10) }}
		for i := range 15 {
			if took := took(g, i); i < 5 && took > 0 || i >= 5 && took != time.Second {
				t.Errorf("number %d waited for %v", i, took)
			}
		}
		if took := took(g, 15); took != stalled {
			t.Errorf("when nobody comes any more it waits for %v", took)
		}
		if took := took(g, 16); took != 0 {
			t.Errorf("opened for good, it waits for %v", took)
		}
		g = &gate{arrived: g.arrived}
		if took := took(g, 1000); took != 0 {
			t.Errorf("without a limit it waits for %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		(&gate{limit: 1, arrived: g.arrived}).pass(ctx, 1000)
		if ctx.Err() == nil {
			t.Error("it did not wait")
		}
	})
}
