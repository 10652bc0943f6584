// Package wire is what the servers and the client of the comparison agree on:
// the messages of the plain servers, and WebSocket frames as bytes, for those of
// them that have no library to make them.
package wire

import "bytes"

// Payload is the size of every message, in bytes.
const Payload = 128

// fanOut starts a message that a plain server sends to everyone; the digit after
// it says how many of it. Any other message is sent back.
const fanOut = 'f'

// Echo is a message that a plain server sends back.
func Echo() []byte { return bytes.Repeat([]byte{'x'}, Payload) }

// FanOut is a message that a plain server sends to everyone, burst times; burst
// is at most 9.
func FanOut(burst int) []byte {
	p := Echo()
	p[0], p[1] = fanOut, byte('0'+burst)
	return p
}

// Burst is how often everyone is to have the message, or 0 if it is an echo.
func Burst(message []byte) int {
	if len(message) < 2 || message[0] != fanOut {
		return 0
	}
	return int(message[1] - '0')
}
