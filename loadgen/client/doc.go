// Package client simulates the users of a chat. A [Session] is one device of one
// user: it connects, sends what the plan says, hears what comes, notices what it
// lacks and asks for it, reconnects with a back-off, goes on from its own cursors
// and sends again what was never acknowledged, under the same ref.
//
// A session is a small state machine that is moved by three things: the pollers,
// with what the target says; the pacer, with what is due to be sent; and one clock
// for all sessions, with what shall happen later. It has no goroutine and no timer
// of its own.
package client
