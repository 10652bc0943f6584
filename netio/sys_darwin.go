package netio

import (
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

func recv(fd int, b []byte) (int, error) {
	n, err := unix.Read(fd, b)
	return max(n, 0), err
}

func send(fd int, b []byte) (int, error) {
	n, err := unix.SendmsgN(fd, b, nil, nil, unix.MSG_DONTWAIT)
	return max(n, 0), err
}

// vectors is the most frames that one call sends.
const vectors = 64

func sendMany(fd int, first []byte, rest []*Frame) (int, error) {
	buffers := make([][]byte, 1, vectors)
	buffers[0] = first
	for _, f := range rest[:min(len(rest), vectors-1)] {
		buffers = append(buffers, f.wire)
	}
	n, err := unix.SendmsgBuffers(fd, buffers, nil, nil, unix.MSG_DONTWAIT)
	return max(n, 0), err
}

func accept(fd int) (int, netip.AddrPort, error) {
	s, from, err := unix.Accept(fd)
	if err != nil {
		return -1, netip.AddrPort{}, err
	}
	unix.CloseOnExec(s)
	return s, addrPort(from), prepare(s)
}

// acceptQueue cannot be told here.
func acceptQueue(int) int { return 0 }

func openSocket(family int) (int, error) {
	s, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(s)
		err = prepare(s)
	}
	return s, err
}

// prepare makes a socket non-blocking, and has a write to a peer that is gone
// fail instead of raising SIGPIPE.
func prepare(s int) error {
	if err := syscall.SetNonblock(s, true); err != nil {
		return err
	}
	return unix.SetsockoptInt(s, unix.SOL_SOCKET, unix.SO_NOSIGPIPE, 1)
}

func bindLocal(fd int, local netip.Addr) error {
	return unix.Bind(fd, sockaddr(netip.AddrPortFrom(local, 0)))
}

// shared says whether several sockets on one port share its connections: here
// the last one would get them all.
const shared = false
