package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// DrainRequest is what may be asked of a drain.
type DrainRequest struct {
	Within time.Duration // over which clients are asked to leave
	Delay  time.Duration // before the first of them is, for load balancers
	Reason string        // told to clients
	Hint   string        // where they may go
}

// DrainStatus says how far a drain is. Of a node that is not draining it has the
// first three fields.
type DrainStatus struct {
	Draining    bool       `json:"draining"`
	Phase       string     `json:"phase"`                // serving, waiting, announcing, leaving, closing, done
	Connections int64      `json:"connections"`          // that are still open
	Found       int64      `json:"found,omitempty"`      // that were open when the drain was asked for
	Told        int64      `json:"told,omitempty"`       // clients that were asked to leave
	Closed      int64      `json:"closed,omitempty"`     // clients that had not left and were closed
	PerSecond   float64    `json:"per_second,omitempty"` // clients that this phase speaks to
	Started     *time.Time `json:"started,omitempty"`
	Deadline    *time.Time `json:"deadline,omitempty"` // it is over by then, whatever clients do
	Ended       *time.Time `json:"ended,omitempty"`
	Within      string     `json:"within,omitempty"`
	Delay       string     `json:"delay,omitempty"`
	Reason      string     `json:"reason,omitempty"`
	Hint        string     `json:"hint,omitempty"`
}

// drained is the phase that no other follows.
const drained = "done"

// drain begins a drain; the body may say how.
func (a *api) drain(w http.ResponseWriter, r *http.Request) {
	ask, err := a.readDrain(w, r)
	if err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	a.Node.StartDrain(ask)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	writeJSON(w, a.Node.DrainStatus())
}

func (a *api) readDrain(w http.ResponseWriter, r *http.Request) (DrainRequest, error) {
	asked := a.Config.Drain
	if r.ContentLength == 0 {
		return asked, nil
	}
	var body struct{ Within, Delay, Reason, Hint string } // durations as in "10s"
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		return asked, err
	}
	asked.Reason, asked.Hint = body.Reason, body.Hint
	return asked, errors.Join(setDuration(&asked.Within, "within", body.Within), setDuration(&asked.Delay, "delay", body.Delay))
}

// maxDrain bounds what may be asked for: sums of it must not overflow.
const maxDrain = 24 * time.Hour

func setDuration(to *time.Duration, name, text string) error {
	if text == "" {
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > maxDrain {
		return fmt.Errorf("%q is a duration such as \"10s\", of %v at most", name, maxDrain)
	}
	*to = d
	return nil
}

// drainStatus tells how far it is, once, or with ?watch=1s every second, a line
// each, until it is over.
func (a *api) drainStatus(w http.ResponseWriter, r *http.Request) {
	watch := r.URL.Query().Get("watch")
	if watch == "" {
		w.Header().Set("Content-Type", "application/json")
		writeJSON(w, a.Node.DrainStatus())
		return
	}
	every, err := time.ParseDuration(watch)
	if err != nil || every < leastWatch {
		fail(w, http.StatusBadRequest, fmt.Errorf("?watch= is a duration of %v or more, such as 1s", leastWatch))
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	a.watchDrain(w, r, every)
}

// leastWatch is how often one may be told, and how often the end is looked for.
const leastWatch = 50 * time.Millisecond

func (a *api) watchDrain(w http.ResponseWriter, r *http.Request, every time.Duration) {
	flush := http.NewResponseController(w)
	look := time.NewTicker(leastWatch)
	defer look.Stop()
	var next time.Time
	for {
		s := a.Node.DrainStatus()
		if now := time.Now(); s.Phase == drained || !now.Before(next) {
			next = now.Add(every)
			writeJSON(w, s)
			if flush.Flush() != nil || s.Phase == drained {
				return
			}
		}
		select {
		case <-r.Context().Done():
			return
		case <-look.C:
		}
	}
}
