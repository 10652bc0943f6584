package netio

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestSendBufferBoundsTheKernelsPart fills the socket of a peer that does not
// read. The kernel takes twice SendBuffer and one more segment, and the rest waits
// here.
func TestSendBufferBoundsTheKernelsPart(t *testing.T) {
	const buffer = 32 << 10
	e := newEar()
	r := open(t, func(c *Config) { c.SendBuffer = buffer })
	c := dialRaw(t, listen(t, r, func(*Request) (Handler, Answer) { return e, Answer{} }))
	c.write([]byte(request), 1<<20)
	s := wait(t, e.opened, "upgrade")
	f := BinaryFrame(make([]byte, 4<<10))
	for s.Queued() < 512<<10 {
		s.Send(f)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	limit, err := unix.GetsockoptInt(int(s.fd), unix.SOL_SOCKET, unix.SO_SNDBUF)
	if err != nil || limit != 2*buffer { // Linux doubles it, for its own books
		t.Fatalf("SO_SNDBUF is %d, %v", limit, err)
	}
	held, err := unix.IoctlGetInt(int(s.fd), unix.SIOCOUTQ)
	if err != nil || held == 0 || held > limit+64<<10 {
		t.Fatalf("the kernel holds %d bytes, %v", held, err)
	}
	t.Logf("the kernel holds %d bytes", held)
}
