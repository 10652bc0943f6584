package netio

import (
	"bytes"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAStaleEventFindsNobody has events come for a descriptor that another
// connection has by now, and for one that nobody has.
func TestAStaleEventFindsNobody(t *testing.T) {
	r := &Reactor{config: DefaultConfig()}
	l := &loop{reactor: r, buffer: make([]byte, 64)}
	const fd, generation = 1_000_000, 7 // it is not open: reading it fails, which is how a call is noticed
	c := &Conn{loop: l, fd: fd, generation: generation, state: stateOpen, attached: true}
	r.table.put(c)
	event := func(fd int32, generation uint32) {
		if l.handle([]unix.EpollEvent{{Events: unix.EPOLLIN, Fd: fd, Pad: int32(generation | ours)}}) {
			t.Error("the poller ends")
		}
	}
	event(fd, generation-1)
	event(fd, generation+1)
	event(fd+1, generation)
	event(fd+chunkSize, generation)
	if c.end != nil {
		t.Fatal("an event of an earlier connection came through")
	}
	if event(fd, generation); c.end == nil {
		t.Fatal("its own event did not")
	}
}

// TestGenerationsLeaveTheMarkAlone: they share a word with it.
func TestGenerationsLeaveTheMarkAlone(t *testing.T) {
	r := open(t, nil)
	l := r.loops[0]
	l.watch.generations.Store(ours - 2)
	var pairs [][2]int
	for range 3 {
		p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, p)
		if !r.enter() {
			t.Fatal("the reactor is closed")
		}
		c := &Conn{handler: echo{}, state: stateOpen}
		if err := l.register(c, p[0], false); err != nil {
			t.Fatal(err)
		}
		if c.generation&ours != 0 {
			t.Errorf("generation %x", c.generation)
		}
	}
	for _, p := range pairs {
		if _, err := unix.Write(p[1], frame(0x81, "hello")); err != nil {
			t.Fatal(err)
		}
		if err := unix.SetNonblock(p[1], false); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 16)
		if n, err := unix.Read(p[1], answer); err != nil || !bytes.HasSuffix(answer[:n], []byte("hello")) {
			t.Errorf("% x came back (%v)", answer[:n], err)
		}
		_ = unix.Close(p[1])
	}
}
