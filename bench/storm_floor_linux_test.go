package bench

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"unsafe"

	"github.com/gobwas/ws"
	"golang.org/x/sys/unix"
)

// stormFloor is the least that a server can do in a storm: one loop that
// accepts, upgrades, answers a hello with fixed bytes, and echoes what else it
// is sent. A read holds whole requests only: they are small.
type stormFloor struct {
	addr         string
	poll, listen int
	greeting     []byte
	open         atomic.Int64
	buffer       []byte
	answer       []byte
}

func newStormFloor(b *testing.B, greeting []byte) *stormFloor {
	b.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		b.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		b.Fatal(err)
	}
	if err := unix.Listen(fd, 4096); err != nil {
		b.Fatal(err)
	}
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		b.Fatal(err)
	}
	at, err := unix.Getsockname(fd)
	if err != nil {
		b.Fatal(err)
	}
	f := &stormFloor{poll: poll, listen: fd, greeting: greeting, buffer: make([]byte, 64<<10)}
	f.addr = (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: at.(*unix.SockaddrInet4).Port}).String()
	f.add(fd)
	stopped := make(chan struct{})
	go func() { defer close(stopped); f.run() }()
	b.Cleanup(func() {
		_ = unix.Shutdown(fd, unix.SHUT_RDWR) // the loop ends
		<-stopped
	})
	return f
}

func (f *stormFloor) add(fd int) {
	_ = unix.EpollCtl(f.poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP, Fd: int32(fd)})
}

// run ends when the listening socket was shut down.
func (f *stormFloor) run() {
	defer func() { _, _ = unix.Close(f.poll), unix.Close(f.listen) }()
	events := make([]unix.EpollEvent, 512)
	for {
		n, err := unix.EpollWait(f.poll, events, -1)
		if err != nil && err != unix.EINTR {
			return
		}
		for _, e := range events[:max(n, 0)] {
			switch {
			case int(e.Fd) != f.listen:
				f.read(int(e.Fd))
			case e.Events&unix.EPOLLHUP != 0:
				return
			default:
				f.accept()
			}
		}
	}
}

func (f *stormFloor) accept() {
	for range 64 {
		fd, _, err := unix.Accept4(f.listen, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err != nil {
			return
		}
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 32<<10)
		f.open.Add(1)
		f.add(fd)
	}
}

func (f *stormFloor) read(fd int) {
	n, _, _ := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&f.buffer[0])), uintptr(len(f.buffer)), syscall.MSG_DONTWAIT, 0, 0)
	b := f.buffer[:max(int(n), 0)]
	switch {
	case len(b) < 6 || len(b) > 4096 || b[0] == 0x88:
		_ = unix.Close(fd)
		f.open.Add(-1)
	case b[0] == 'G':
		f.answer = upgradeAnswer(f.answer[:0], b)
		sendto(fd, f.answer)
	default:
		for len(b) >= 6 {
			n := 6 + int(b[1]&0x7f)
			f.hear(fd, b[:n])
			b = b[n:]
		}
	}
}

// hear takes one frame of less than 126 bytes.
func (f *stormFloor) hear(fd int, frame []byte) {
	payload := frame[6:]
	ws.Cipher(payload, [4]byte(frame[2:6]), 0)
	if bytes.HasPrefix(payload, []byte(`{"op":"hello"`)) {
		sendto(fd, f.greeting)
		return
	}
	echo := frame[4:]
	echo[0], echo[1] = 0x81, byte(len(payload))
	sendto(fd, echo)
}

// upgradeAnswer accepts a request (RFC 6455, section 4.2.2).
func upgradeAnswer(dst, request []byte) []byte {
	_, key, _ := bytes.Cut(request, []byte("Sec-WebSocket-Key: "))
	var both [60]byte
	copy(both[:], key[:24])
	copy(both[24:], "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
	sum := sha1.Sum(both[:])
	dst = append(dst, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "...)
	return append(base64.StdEncoding.AppendEncode(dst, sum[:]), "\r\n\r\n"...)
}
