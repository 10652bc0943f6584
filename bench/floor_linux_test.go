package bench

import (
	"errors"
	"net"
	"syscall"
	"testing"
	"unsafe"

	"github.com/gobwas/ws"
	"golang.org/x/sys/unix"
)

// floor is the least that a server can do: a loop on epoll that answers
// messages of one size, with nothing kept for a connection but its descriptor.
type floor struct {
	listener net.Listener
	poll     int
	fds      []int
	files    []interface{ Close() error } // keep the descriptors open
}

func newFloor(b *testing.B) *floor {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		b.Fatal(err)
	}
	f := &floor{listener: l, poll: poll}
	b.Cleanup(func() {
		_ = l.Close()
		for _, c := range f.files {
			_ = c.Close()
		}
		_ = unix.Close(poll)
	})
	return f
}

// accept takes n connections and puts them on the loop.
func (f *floor) accept(n int) error {
	for range n {
		c, err := f.listener.Accept()
		if err != nil {
			return err
		}
		if _, err := ws.Upgrade(c); err != nil {
			return err
		}
		file, err := c.(*net.TCPConn).File()
		if err != nil {
			return err
		}
		_ = c.Close() // the file is a duplicate
		fd := int(file.Fd())
		err = errors.Join(unix.SetNonblock(fd, true), unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1),
			unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 32<<10),
			unix.EpollCtl(f.poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}))
		if err != nil {
			return err
		}
		f.fds, f.files = append(f.fds, fd), append(f.files, file)
	}
	return nil
}

// echo answers until the poller is closed. Each read holds one whole message:
// clients wait for the answer before they send the next.
func (f *floor) echo() {
	events, buffer := make([]unix.EpollEvent, 512), make([]byte, 64<<10)
	for {
		n, err := unix.EpollWait(f.poll, events, -1)
		if err != nil && err != unix.EINTR {
			return
		}
		for _, e := range events[:max(n, 0)] {
			size, _, _ := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(e.Fd), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)), syscall.MSG_DONTWAIT, 0, 0)
			if int(size) != 8+payload {
				_ = unix.EpollCtl(f.poll, unix.EPOLL_CTL_DEL, int(e.Fd), nil) // the client has gone
				continue
			}
			ws.Cipher(buffer[8:size], [4]byte(buffer[4:8]), 0)
			answer := buffer[4:size]
			answer[0], answer[1], answer[2], answer[3] = 0x82, 126, 0, payload
			sendto(int(e.Fd), answer)
		}
	}
}

// sendto is the one system call that a write cannot do without.
func sendto(fd int, b []byte) bool {
	n, _, _ := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
	return int(n) == len(b)
}
