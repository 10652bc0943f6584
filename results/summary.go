// Package results writes and reads run records: the folder that a run leaves,
// from which everything else (summary, report, comparison) is computed, never
// from a live process. docs/results.md describes every file of it.
package results

import (
	"time"

	"github.com/seed886cd727/throng/results/figure"
)

// Schema is the version of summary.json.
const Schema = 1

// Exit statuses that a summary stands for; wrong usage (2) and a target that
// cannot be reached (4) leave no summary to judge.
const (
	StatusPassed      = 0
	StatusFailed      = 1 // a threshold failed
	StatusInvalid     = 3
	StatusInterrupted = 130
)

// Summary is summary.json: what a run measured and how it was judged.
type Summary struct {
	Schema          int         `json:"schema"`
	Scenario        string      `json:"scenario"`
	Run             string      `json:"run"` // 8 hex digits, in every message's header
	Started         time.Time   `json:"started"`
	DurationSeconds float64     `json:"duration_seconds"`
	Valid           bool        `json:"valid"`
	InvalidBecause  []string    `json:"invalid_because"` // empty when valid
	Interrupted     bool        `json:"interrupted"`     // by a signal; holds what was measured until then
	Warnings        []string    `json:"warnings"`
	Figures         Figures     `json:"figures"`
	Phases          []Phase     `json:"phases"`
	Thresholds      []Threshold `json:"thresholds"`
	Notes           []string    `json:"notes"`
}

// Phase is one part of a run and its own figures.
type Phase struct {
	Name     string  `json:"name"`
	Measured bool    `json:"measured"`
	Start    float64 `json:"start"` // seconds since the run's start
	End      float64 `json:"end"`
	Figures  Figures `json:"figures"`
}

// Threshold is an expression and its verdict.
type Threshold struct {
	Expression string   `json:"expression"`
	Phase      string   `json:"phase,omitempty"`   // whose figure is meant; empty: the whole run
	Message    string   `json:"message,omitempty"` // the scenario's reason for it
	Value      *float64 `json:"value"`             // in the figure's unit; null: absent, and the threshold failed
	Passed     bool     `json:"passed"`
}

// Judge holds an expression against a summary's figures, those of a phase if one
// is named. An absent figure, or a phase that never began, fails.
func Judge(e figure.Expression, phase, message string, s *Summary) Threshold {
	value := s.of(phase).Get(e.Figure.Name)
	return Threshold{Expression: e.String(), Phase: phase, Message: message, Value: value, Passed: e.Holds(value)}
}

// of returns a phase's figures, or the run's own where no phase is named. A
// phase that came more than once counts as its last time.
func (s *Summary) of(phase string) Figures {
	if phase == "" {
		return s.Figures
	}
	for i := len(s.Phases) - 1; i >= 0; i-- {
		if s.Phases[i].Name == phase {
			return s.Phases[i].Figures
		}
	}
	return nil
}

// Status is the exit status of the run: interrupted goes before invalid, and
// invalid before a failed threshold.
func (s *Summary) Status() int {
	switch {
	case s.Interrupted:
		return StatusInterrupted
	case !s.Valid:
		return StatusInvalid
	case s.failed() > 0:
		return StatusFailed
	}
	return StatusPassed
}

// failed counts the thresholds that do not hold.
func (s *Summary) failed() int {
	n := 0
	for _, t := range s.Thresholds {
		if !t.Passed {
			n++
		}
	}
	return n
}
