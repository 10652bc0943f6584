package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// process is this program again, as a server or as the client. It answers a line
// with a line, on a pipe of its own since libraries print what they like, and ends
// when its input does.
type process struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	pipe  *os.File
	out   *bufio.Reader // of the pipe
	log   bytes.Buffer  // what it and its libraries print
	first string        // what it said by itself, when it was ready
}

// answerFile is the descriptor of that pipe in the process.
const answerFile = 3

// anyCPU leaves a process where the system puts it.
const anyCPU = -1

// start runs this program with arguments, on one CPU or on any. It is killed when
// ctx ends.
func start(ctx context.Context, cpu int, args ...string) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.CommandContext(ctx, program, args...)}
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	p.cmd.WaitDelay = time.Second
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, answers, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.pipe, p.out, p.cmd.ExtraFiles = out, bufio.NewReader(out), []*os.File{answers}
	err = startOn(cpu, p.cmd)
	_ = answers.Close() // the process has its own
	if err != nil {
		return nil, errors.Join(err, out.Close())
	}
	if p.first, err = p.listen(); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s: %w", args[0], err)
	}
	return p, nil
}

// startOn starts a command with this thread's affinity set, which a child has from
// the thread that made it. Go's runtime counts the CPUs that it may use, so the
// child's GOMAXPROCS follows.
func startOn(cpu int, cmd *exec.Cmd) error {
	if cpu == anyCPU {
		return cmd.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	one.Set(cpu)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return fmt.Errorf("pin to cpu %d: %w", cpu, err)
	}
	return errors.Join(cmd.Start(), unix.SchedSetaffinity(0, &before))
}

// cpus lists those that this process may use.
func cpus() (all []int, err error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, err
	}
	for i := range len(set) * 64 {
		if set.IsSet(i) {
			all = append(all, i)
		}
	}
	return all, nil
}

// ask tells it a line and hears one.
func (p *process) ask(words ...any) (string, error) {
	if _, err := fmt.Fprintln(p.in, words...); err != nil {
		return "", p.why(err)
	}
	return p.listen()
}

func (p *process) listen() (string, error) {
	line, err := p.out.ReadString('\n')
	if err != nil {
		return "", p.why(err)
	}
	return strings.TrimSpace(line), nil
}

// why adds what a process that ended has said to its standard error.
func (p *process) why(err error) error {
	p.stop()
	said := strings.TrimSpace(p.log.String())
	if said == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, said[max(0, len(said)-500):])
}

// stop ends it. There is nothing in it that would need to be closed first.
func (p *process) stop() {
	_ = p.in.Close()
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	_ = p.pipe.Close()
}
