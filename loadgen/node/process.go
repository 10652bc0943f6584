package node

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is one life of the server.
type process struct {
	cmd   *exec.Cmd
	said  *firstLine
	tail  *tail
	ended chan struct{} // closed when it has been waited for
	err   error         // how it ended; to be read after that

	mu    sync.Mutex
	asked bool // its end is no surprise
	over  bool
}

// launch starts a process. Its end is reported if it comes after watch and before
// ask.
func launch(c Config, listen, admin string, report func(error)) (*process, error) {
	binary, err := binaryOf(c)
	if err != nil {
		return nil, err
	}
	p := &process{said: newFirstLine(), ended: make(chan struct{}), asked: true}
	if p.tail, err = newTail(c.Stderr, c.LogFile); err != nil {
		return nil, err
	}
	args := []string{"serve", "--json", "--exit-with-parent", "--listen", listen, "--admin", admin, "--data", c.Dir}
	p.cmd = exec.Command(binary, append(args, c.Args...)...)
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.tail
	p.cmd.WaitDelay = time.Second // for output that something else holds open
	// A group of its own: Ctrl-C at a terminal is for this process, which ends the
	// child in its own time.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	_, err = p.cmd.StdinPipe() // kept by cmd until it has been waited for
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		p.tail.close()
		return nil, err
	}
	go p.wait(report)
	return p, nil
}

func binaryOf(c Config) (string, error) {
	if c.Binary != "" {
		return c.Binary, nil
	}
	return os.Executable()
}

// wait ends with the process.
func (p *process) wait(report func(error)) {
	p.err = describe(p.cmd.Wait())
	p.tail.close()
	p.mu.Lock()
	p.over = true
	surprise := !p.asked
	p.mu.Unlock()
	close(p.ended)
	if surprise {
		report(p.lastWords(p.died()))
	}
}

// describe says of an exit status what it is; that of a good end is nil.
func describe(err error) error {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("it ended with %w", e)
	}
	return err
}

// died is the error of an end that nobody asked for.
func (p *process) died() error {
	if p.err == nil {
		return errors.New("the server ended by itself")
	}
	return fmt.Errorf("the server died: %w", p.err)
}

// watch makes an end a surprise from now on. It fails if it has come.
func (p *process) watch() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return p.died()
	}
	p.asked = false
	return nil
}

// ask makes an end no surprise. It reports whether the process still ran.
func (p *process) ask() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return false
	}
	p.asked = true
	return true
}

func (p *process) hasEnded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.over
}

// kill ends the process at once and waits until it has gone.
func (p *process) kill() {
	p.ask()
	_ = p.cmd.Process.Kill() // fails if it has ended
	<-p.ended
}

// lastWords adds what the process logged last to an error.
func (p *process) lastWords(err error) error {
	words := p.tail.lines()
	if len(words) == 0 {
		return err
	}
	return fmt.Errorf("%w; its last words:\n  %s", err, strings.Join(words, "\n  "))
}
