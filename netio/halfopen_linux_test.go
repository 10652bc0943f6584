package netio

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// cable is a network namespace at the other end of a cable that can be pulled.
type cable struct {
	t                 *testing.T
	namespace, inside string
	addr              string // this end's
}

// newCable needs root and iproute2. THRONG_NETNS=required makes a want of them a
// failure.
func newCable(t *testing.T) *cable {
	t.Helper()
	id := os.Getpid() % 16384
	c := &cable{t: t, namespace: fmt.Sprint("throng", id), inside: fmt.Sprint("thr", id, "i"), addr: fmt.Sprintf("10.213.%d.%d", id/64, id%64*4+1)}
	outside, there := fmt.Sprint("thr", id, "o"), fmt.Sprintf("10.213.%d.%d/30", id/64, id%64*4+2)
	t.Cleanup(func() {
		_ = exec.Command("ip", "link", "del", outside).Run()
		_ = exec.Command("ip", "netns", "del", c.namespace).Run()
	})
	if out, err := exec.Command("ip", "netns", "add", c.namespace).CombinedOutput(); err != nil {
		what := fmt.Sprintf("no network namespace can be made: %v %s; this test needs root and iproute2", err, out)
		if os.Getenv("THRONG_NETNS") == "required" {
			t.Fatal(what)
		}
		t.Skip(what)
	}
	for _, args := range [][]string{
		{"link", "add", outside, "type", "veth", "peer", "name", c.inside, "netns", c.namespace},
		{"addr", "add", c.addr + "/30", "dev", outside},
		{"link", "set", outside, "up"},
		{"-n", c.namespace, "addr", "add", there, "dev", c.inside},
		{"-n", c.namespace, "link", "set", c.inside, "up"},
	} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %v: %v %s", args, err, out)
		}
	}
	return c
}

// within calls f in the namespace: a socket belongs to the one in which it is
// made.
func (c *cable) within(f func() error) {
	c.t.Helper()
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		fd, err := unix.Open("/run/netns/"+c.namespace, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			err = errors.Join(unix.Setns(fd, unix.CLONE_NEWNET), unix.Close(fd))
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		c.t.Fatal(err)
	}
}

// pull takes the link down: what is sent from now on is lost, and nobody is told.
func (c *cable) pull() {
	c.t.Helper()
	if out, err := exec.Command("ip", "-n", c.namespace, "link", "set", c.inside, "down").CombinedOutput(); err != nil {
		c.t.Fatalf("%v %s", err, out)
	}
}

// clocked is an ear that notes the ticks of its reactor.
type clocked struct {
	*ear
	reactor      *Reactor
	heard, ended chan uint32
}

func newClocked(r *Reactor) clocked {
	return clocked{newEar(), r, make(chan uint32, 1000), make(chan uint32, 1)}
}

func (e clocked) Message(c *Conn, binary bool, p []byte) {
	e.heard <- e.reactor.clock.Load()
	e.ear.Message(c, binary, p)
}

func (e clocked) Close(c *Conn, code CloseCode, err error) {
	e.ended <- e.reactor.clock.Load()
	e.ear.Close(c, code, err)
}

// diedInTime checks when a silent peer was given up, by the reactor's clock:
// an eighth of a heartbeat before two at the earliest, two and what a busy machine
// takes at the latest.
func (e clocked) diedInTime(t *testing.T, name string, beat time.Duration) {
	t.Helper()
	last := <-e.heard
	silent := time.Duration(wait(t, e.ended, "end of "+name)-last) * tick
	if code := <-e.closed; code != 4411 || !errors.Is(e.err, ErrDead) {
		t.Errorf("%s: closed with %d, %v", name, code, e.err)
	}
	if least, most := 2*beat-beat/8, 2*beat+4*tick; silent < least || silent > most {
		t.Errorf("%s: given up after %v; it must be %v to %v", name, silent, least, most)
	}
	t.Logf("%s: given up after %v", name, silent)
}

// TestHalfOpenPeers pulls the cable between a server and a client. Neither hears a
// word of it, and both must notice within two heartbeats; who is connected another
// way stays.
func TestHalfOpenPeers(t *testing.T) {
	const beat = 800 * time.Millisecond
	c := newCable(t)
	beating := func(c *Config) { c.Heartbeat, c.DeadCode = beat, 4411 }
	server, client := open(t, beating), open(t, beating)
	servers := make(chan clocked, 2)
	l, err := server.Listen("0.0.0.0:0", func(*Request) (Handler, Answer) {
		e := newClocked(server)
		servers <- e
		return e, Answer{}
	})
	if err != nil {
		t.Fatal(err)
	}
	port := uint16(l.Addr().(*net.TCPAddr).Port)
	far, near := newClocked(client), newClocked(client)
	c.within(func() error {
		return client.Dial(Dial{Addr: netip.AddrPortFrom(netip.MustParseAddr(c.addr), port)}, far)
	})
	farConn := wait(t, far.opened, "connection through the cable")
	farServer := <-servers
	if err := client.Dial(Dial{Addr: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)}, near); err != nil {
		t.Fatal(err)
	}
	nearConn := wait(t, near.opened, "connection on loopback")
	nearServer := <-servers
	farServerConn := <-farServer.opened

	farConn.Send(TextFrame([]byte("last")))
	wait(t, farServer.messages, "message")
	farServerConn.Send(TextFrame([]byte("last too")))
	wait(t, far.messages, "answer")
	c.pull()
	farServer.diedInTime(t, "the server's end", beat)
	far.diedInTime(t, "the client's end", beat)
	if server.Stats().Dead != 1 || client.Stats().Dead != 1 {
		t.Errorf("%d and %d are counted as dead", server.Stats().Dead, client.Stats().Dead)
	}
	nearConn.Send(TextFrame([]byte("here")))
	if got := wait(t, nearServer.messages, "message of the one that lives"); got != "here" {
		t.Errorf("got %q", got)
	}
}
