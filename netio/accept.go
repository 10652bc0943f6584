package netio

import (
	"net/netip"
	"time"

	"github.com/cloudwego/netpoll"
	"golang.org/x/sys/unix"
)

// acceptBatch is how many connections one event takes, so that the poller's
// other connections have their turn.
const acceptBatch = 16

// onRead takes a batch of connections.
func (s *socket) onRead(netpoll.Poll) error {
	start := time.Now()
	defer s.loop.spent(start)
	s.mu.Lock()
	defer s.mu.Unlock()
	limit := &s.loop.reactor.admission
	for range acceptBatch {
		if s.fd < 0 {
			return nil
		}
		wait := limit.bucket.take(limit.rate, start.UnixNano())
		if wait > 0 && !s.crowded() {
			s.pause(wait)
			return nil
		}
		taken, more := s.take(wait > 0)
		if !taken && wait == 0 {
			limit.bucket.back(limit.rate)
		}
		if !more {
			return nil
		}
	}
	return nil
}

// take accepts one connection, and refuses it where the rate is used up. It
// reports whether it was taken in, and whether there may be more.
func (s *socket) take(late bool) (taken, more bool) {
	fd, from, err := accept(s.fd)
	switch err {
	case nil:
		return s.admit(fd, from, late), true
	case unix.EAGAIN:
		return false, false
	case unix.EINTR, unix.ECONNABORTED:
	case unix.EMFILE, unix.ENFILE:
		s.loop.reactor.counts.acceptErrors.Add(1)
		s.refuseOne()
	default:
		s.loop.reactor.counts.acceptErrors.Add(1)
		return false, false
	}
	return false, true
}

// crowded reports whether more connections wait in the kernel's queue than will
// be taken within AcceptWait: a client that gave up meanwhile would cost a turn
// that another could have had.
func (s *socket) crowded() bool {
	c := &s.loop.reactor.config
	fair := c.UpgradesPerSecond * c.AcceptWait.Seconds() / float64(len(s.listener.sockets))
	return float64(acceptQueue(s.fd)) > fair
}

// pause leaves connections in the kernel's queue for a while. Taken off the
// poller, they do not wake it.
func (s *socket) pause(wait time.Duration) {
	_ = s.op.Control(netpoll.PollDetach) // fails only for a descriptor that is no more
	time.AfterFunc(s.loop.reactor.admission.pause(wait), s.resume)
}

func (s *socket) resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return
	}
	s.op.Free() // the callback that paused has ended, for it held mu
	s.prepare()
	_ = s.op.Control(netpoll.PollReadable) // fails only for want of kernel memory
}

// refuseOne takes a connection by the spare descriptor and refuses it: left in the
// queue it would wake the poller for ever. There is no descriptor to spare on which
// its request could be waited for.
func (s *socket) refuseOne() {
	if s.spare >= 0 {
		_ = unix.Close(s.spare)
	}
	if fd, _, err := accept(s.fd); err == nil {
		s.loop.reactor.counts.refused[refusedFiles].Add(1)
		s.refused.end(&turned{fd: fd, why: refusedFiles})
	}
	s.spare, _ = openSocket(unix.AF_INET)
}

// admit starts a connection's handshake, or refuses it before anything is made
// for it. It reports whether it was taken in.
func (s *socket) admit(fd int, from netip.AddrPort, late bool) bool {
	r := s.loop.reactor
	why := refusedRate
	if !late {
		why = r.admission.enter(fd, from.Addr())
	}
	if why != admitted {
		s.refused.add(fd, why)
		return false
	}
	r.counts.accepted.Add(1)
	if err := s.start(fd, from); err != nil {
		r.counts.acceptErrors.Add(1)
		r.admission.leave(fd)
		_ = unix.Close(fd)
	}
	return true
}

// start makes a connection of a descriptor.
func (s *socket) start(fd int, from netip.AddrPort) error {
	r := s.loop.reactor
	if !r.enter() {
		return ErrClosed
	}
	on := s.loop
	if !shared {
		on = r.loops[int(r.next.Add(1))%len(r.loops)]
	}
	c := &Conn{loop: on, in: heads.Get().(*inbox)}
	c.in.listener, c.in.remote = s.listener, from
	if s.listener.tls != nil {
		c.tls = newTLSLink(c, s.listener.tls)
	}
	err := tune(fd, r.config.SendBuffer)
	if err == nil {
		c.expect(r.config.HandshakeTimeout, dueHandshake)
		err = on.register(c, fd, false)
	}
	if err != nil {
		on.due.forgetAll(c)
		r.gone.Done()
	}
	return err
}
