package sample

import (
	"maps"
	"time"
)

// Peaks are the highest values seen; 0 is never seen.
type Peaks struct {
	RSS        int64   // bytes
	Heap       float64 // bytes
	Objects    float64 // on the Go heap
	Goroutines float64
	GCPause    float64 // seconds
	OpenFiles  int
	Sockets    int64 // bytes of socket memory of the machine
}

// Totals is what was used since the sampling began, or between two marks.
type Totals struct {
	// Seen is how many samples of the process there were; with none of them, CPU,
	// Run and Wait are unknown.
	Seen int
	CPU  time.Duration
	// Run and Wait are the threads' time on the CPU and waiting for it; see WaitRatio.
	Run, Wait time.Duration
	// Counts is what went up on the page of metrics, by name. What is not in it was
	// not seen.
	Counts map[string]float64
}

// Mark is what was used up to a moment.
type Mark struct {
	At                time.Time
	Target, Generator Totals
}

// Since is what was used from an earlier mark of the same sampler to this one.
func (m Mark) Since(earlier Mark) (elapsed time.Duration, target, generator Totals) {
	return m.At.Sub(earlier.At), m.Target.since(earlier.Target), m.Generator.since(earlier.Generator)
}

func (t Totals) since(e Totals) Totals {
	d := Totals{Seen: t.Seen - e.Seen, CPU: t.CPU - e.CPU, Run: t.Run - e.Run, Wait: t.Wait - e.Wait}
	d.Counts = make(map[string]float64, len(t.Counts))
	for name, v := range t.Counts {
		d.Counts[name] = v - e.Counts[name]
	}
	return d
}

// series is what was seen of one process and of those that came in its place.
//
//  1. A counter of a life that was seen before adds its difference, never below 0.
//  2. What a life had counted when it was seen first is added whole, unless it is
//     the first life: the sampling begins with that.
type series struct {
	latest Sample
	peaks  Peaks
	used   Totals

	process Process            // that was seen last
	started float64            // of the page that was seen last
	counted map[string]float64 // by that life so far; nil before the first page
}

func (s *series) add(one Sample) {
	s.latest = one
	if one.Process != nil {
		s.addProcess(*one.Process)
	}
	if one.Page != nil {
		s.addPage(one.Page)
	}
	s.peaks.raise(one)
}

func (s *series) addProcess(p Process) {
	last := s.process
	if s.used.Seen == 0 {
		last = p
	} else if last.PID != p.PID || last.Started != p.Started {
		last = Process{}
	}
	s.used.Seen++
	s.used.CPU += max(0, p.CPU-last.CPU)
	s.used.Run += max(0, p.RunTime-last.RunTime)
	s.used.Wait += max(0, p.WaitRun-last.WaitRun)
	s.process = p
}

func (s *series) addPage(p Page) {
	first := s.counted == nil
	if first {
		s.counted, s.used.Counts = make(map[string]float64), make(map[string]float64)
	} else if p[StartTime] != s.started {
		clear(s.counted) // another life
	}
	s.started = p[StartTime]
	for name, v := range p {
		if !counts(name) {
			continue
		}
		last := s.counted[name]
		switch {
		case first:
			last = v
		case v < last: // so does another life show where no start is told
			last = 0
		}
		s.used.Counts[name] += v - last
		s.counted[name] = v
	}
}

func (s *series) totals() Totals {
	t := s.used
	t.Counts = maps.Clone(t.Counts)
	return t
}

func (p *Peaks) raise(one Sample) {
	if one.Process != nil {
		p.RSS = max(p.RSS, one.Process.RSS)
	}
	p.OpenFiles = max(p.OpenFiles, one.OpenFiles)
	p.Heap = max(p.Heap, one.Page[Heap])
	p.Objects = max(p.Objects, one.Page[HeapObjects])
	p.Goroutines = max(p.Goroutines, one.Page[Goroutines])
	p.GCPause = max(p.GCPause, one.Page[GCPauseMax])
	p.Sockets = max(p.Sockets, one.Sockets)
}
