package sample

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// Config says what to sample.
type Config struct {
	PID     int                                              // the target's process; 0: unknown
	Metrics func(ctx context.Context) (io.ReadCloser, error) // its page of metrics; nil: it has none
	Every   time.Duration                                    // 0 is a second
	// Thorough is at which samples the page is read and files are counted, which
	// cost the target something: at every n-th; 0 is 5. A Mark always is.
	Thorough int
}

// Sample is what was seen of a process at one moment.
type Sample struct {
	At        time.Time
	Process   *Process // nil where it could not be seen
	Page      Page     // the newest; nil where it could not be read; always of the generator
	Sockets   int64    // bytes of socket memory of this machine; -1 where it cannot be seen
	OpenFiles int      // 0 where they were not counted
	Err       error    // why something is missing
}

// Sampler samples the target and this process, the generator. Its methods may be
// called concurrently.
type Sampler struct {
	config Config
	cancel context.CancelFunc
	done   chan struct{}

	sampling sync.Mutex // held over a whole sample: none overtakes another

	mu        sync.Mutex // never held while anything is waited for
	pid       int
	target    series
	generator series
}

// scrapeWithin bounds the reading of one page: a server that is too busy to
// answer must not stop the sampling of its process.
const scrapeWithin = 2 * time.Second

// Start samples now, and then every Config.Every until ctx is done or Close.
func Start(ctx context.Context, c Config) *Sampler {
	if c.Every <= 0 {
		c.Every = time.Second
	}
	if c.Thorough <= 0 {
		c.Thorough = 5
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &Sampler{config: c, cancel: cancel, done: make(chan struct{}), pid: c.PID}
	s.sample(ctx, true)
	go s.run(ctx)
	return s
}

func (s *Sampler) run(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(s.config.Every)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.sample(ctx, n%s.config.Thorough == 0)
		}
	}
}

// Close ends the sampling and waits until it has. What was seen can still be
// asked for.
func (s *Sampler) Close() {
	s.cancel()
	<-s.done
}

// SetPID says that the target is now another process. What it counts is added to
// what the one before had counted when it was seen last: a Mark just before a
// kill leaves nothing out.
func (s *Sampler) SetPID(pid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pid = pid
}

// Latest is what was seen last.
func (s *Sampler) Latest() (target, generator Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.target.latest, s.generator.latest
}

// Peaks are the highest values that were seen so far. What comes and goes between
// two samples is missed.
func (s *Sampler) Peaks() (target, generator Peaks) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.target.peaks, s.generator.peaks
}

// Mark samples now and says what was used up to this moment; the difference of
// two marks is what was used between them. It takes as long as reading the page.
func (s *Sampler) Mark(ctx context.Context) Mark {
	s.sample(ctx, true)
	s.mu.Lock()
	defer s.mu.Unlock()
	return Mark{At: s.generator.latest.At, Target: s.target.totals(), Generator: s.generator.totals()}
}

func (s *Sampler) sample(ctx context.Context, thorough bool) {
	s.sampling.Lock()
	defer s.sampling.Unlock()
	sockets, err := SocketMemory()
	if err != nil {
		sockets = -1
	}
	generator, target := see(os.Getpid(), sockets), see(s.targetPID(), sockets)
	if thorough {
		target.OpenFiles, _ = OpenFiles(target.pid()) // another user's process does not show them
	}
	if thorough && s.config.Metrics != nil {
		page, err := s.scrape(ctx)
		target.Page, target.Err = page, errors.Join(target.Err, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generator.add(generator)
	page := s.target.latest.Page
	s.target.add(target)
	if !thorough {
		s.target.latest.Page = page
	}
}

// pid is the process that was seen; 0 is none.
func (s *Sample) pid() int {
	if s.Process == nil {
		return 0
	}
	return s.Process.PID
}

func (s *Sampler) targetPID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pid
}

// see samples a process; 0 is none.
func see(pid int, sockets int64) Sample {
	one := Sample{At: time.Now(), Sockets: sockets}
	if pid == 0 {
		return one
	}
	p, err := ReadProcess(pid)
	if err != nil {
		one.Err = err
		return one
	}
	one.Process = &p
	return one
}

func (s *Sampler) scrape(ctx context.Context) (Page, error) {
	ctx, cancel := context.WithTimeout(ctx, scrapeWithin)
	defer cancel()
	r, err := s.config.Metrics(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return ParseMetrics(r)
}
