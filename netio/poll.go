package netio

import (
	"fmt"
	"reflect"
	_ "unsafe" // for go:linkname

	"github.com/cloudwego/netpoll"
)

// netpoll exports its poller's interface, but no function that opens a poller. A
// poller without netpoll's Connection costs a fifteenth of the memory and never
// hands an event to another goroutine, so the one missing constructor is reached
// by its linker name. go.mod pins the version; TestPollerIsWhatWeExpect fails
// should an upgrade break this, or what watch relies on.
//
//go:linkname openNetpoll github.com/cloudwego/netpoll.openPoll
func openNetpoll() (netpoll.Poll, error)

// maxEvents bounds a poller's event array. It doubles whenever a wait fills it,
// to 128 Ki slots of 1.3 KB each, and never shrinks; 512 events a wait are
// enough to make the system call cheap. The slots' vectors are for netpoll's own
// Connections, so they are left out.
const maxEvents = 512

// openPoll opens a poller whose event array is bounded.
func openPoll() (netpoll.Poll, error) {
	p, err := openNetpoll()
	if err != nil {
		return nil, fmt.Errorf("open a poller: %w", err)
	}
	boundEvents(p)
	return p, nil
}

// boundEvents wraps the poller's Reset, through which it grows its array. It
// reports whether there was one: the kqueue poller has an array of fixed size.
func boundEvents(p netpoll.Poll) bool {
	field := reflect.ValueOf(p).Elem().FieldByName("Reset")
	if !field.IsValid() || !field.CanSet() {
		return false
	}
	grow, ok := field.Interface().(func(size, caps int))
	if !ok {
		return false
	}
	field.Set(reflect.ValueOf(func(size, _ int) {
		if size <= maxEvents {
			grow(size, 0)
		}
	}))
	return true
}
