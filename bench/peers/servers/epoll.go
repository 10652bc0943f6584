package servers

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"net"
	"strconv"
	"syscall"
	"unsafe"

	"github.com/gobwas/ws"
	"golang.org/x/sys/unix"

	"github.com/seed886cd727/throng/bench/peers/wire"
)

// floor is the least that a server can do: a loop on epoll that knows nothing of
// a connection but its descriptor and whether it was upgraded. It takes heads and
// frames that come whole, as they do here, and cuts off all others.
type floor struct {
	poll, listener int
	upgraded       []bool // by descriptor
	all            []int32
	buffer, out    []byte
}

// descriptors is how many the floor has a place for.
const descriptors = 1 << 16

func startEpoll() (*Server, error) {
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Bind(listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, err
	}
	if err := unix.Listen(listener, 4096); err != nil {
		return nil, err
	}
	at, err := unix.Getsockname(listener)
	if err != nil {
		return nil, err
	}
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	f := &floor{poll: poll, listener: listener, upgraded: make([]bool, descriptors), buffer: make([]byte, 64<<10)}
	if err := f.watch(listener); err != nil {
		return nil, err
	}
	go f.run()
	return &Server{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(at.(*unix.SockaddrInet4).Port))}, nil
}

func (f *floor) watch(fd int) error {
	return unix.EpollCtl(f.poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (f *floor) run() {
	events := make([]unix.EpollEvent, 512)
	for {
		n, _ := unix.EpollWait(f.poll, events, -1) // it fails when interrupted only
		for _, e := range events[:max(n, 0)] {
			switch fd := int(e.Fd); {
			case fd == f.listener:
				f.accept()
			case !f.read(fd):
				_ = unix.Close(fd)
				f.upgraded[fd] = false
			}
		}
	}
}

func (f *floor) accept() {
	for {
		fd, _, err := unix.Accept4(f.listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err != nil {
			return
		}
		if unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) != nil || fd >= descriptors || f.watch(fd) != nil {
			_ = unix.Close(fd)
		}
	}
}

// read handles what has come and reports whether the connection goes on.
func (f *floor) read(fd int) bool {
	n, _, _ := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&f.buffer[0])), uintptr(len(f.buffer)), syscall.MSG_DONTWAIT, 0, 0)
	if int(n) <= 0 {
		return false
	}
	b := f.buffer[:n]
	if !f.upgraded[fd] {
		f.upgraded[fd] = f.upgrade(fd, b)
		return f.upgraded[fd]
	}
	f.out = f.out[:0]
	for len(b) > 0 {
		op, p, size, err := wire.Next(b)
		if size == 0 || err != nil || op != ws.OpText {
			return false
		}
		b = b[size:]
		if burst := wire.Burst(p); burst > 0 {
			f.fanOut(p, burst)
			continue
		}
		f.out = wire.Append(f.out, op, p)
	}
	return len(f.out) == 0 || sendto(fd, f.out)
}

// fanOut writes a burst in one system call.
func (f *floor) fanOut(p []byte, burst int) {
	var glued []byte
	for range burst {
		glued = wire.Append(glued, ws.OpText, p)
	}
	for _, fd := range f.all {
		if !sendto(int(fd), glued) {
			_ = unix.Shutdown(int(fd), unix.SHUT_RDWR) // the client misses it and says so
		}
	}
}

// upgrade answers a request, with nothing looked at but its key.
func (f *floor) upgrade(fd int, head []byte) bool {
	_, key, ok := bytes.Cut(head, []byte("Sec-WebSocket-Key: "))
	key, _, whole := bytes.Cut(key, []byte("\r\n"))
	if !ok || !whole || !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		return false
	}
	sum := sha1.Sum(append(key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"...))
	answer := append(f.out[:0], "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "...)
	answer = append(base64.StdEncoding.AppendEncode(answer, sum[:]), "\r\n\r\n"...)
	f.all = append(f.all, int32(fd))
	return sendto(fd, answer)
}

// sendto is the one system call that a write cannot do without.
func sendto(fd int, b []byte) bool {
	n, _, _ := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
	return int(n) == len(b)
}
