package chat

// Close codes that the server ends a WebSocket connection with. Below 4000 they
// are RFC 6455's; the others are the protocol's own. After each code of 1001,
// 1006, 1011, 1012, 1013, 4409 (unless the other connection is wanted), 4410 and
// 4411 a client does well to reconnect and to resume from its cursors.
const (
	CloseNormal        = 1000 // the client asked for it
	CloseGoingAway     = 1001 // the server ends without a drain
	CloseProtocolError = 1002 // a malformed WebSocket frame
	CloseUnsupported   = 1003 // a text message where the codec is binary, or the other way about
	CloseInvalidData   = 1007 // text that is not UTF-8
	CloseTooBig        = 1009 // a message above the limit
	CloseInternalError = 1011
	CloseRestart       = 1012 // end of a drain: reconnect, elsewhere if hinted
	CloseTryLater      = 1013 // overloaded: reconnect later

	CloseBadRequest   = 4400 // malformed or unknown operation, forged cursor: do not retry unchanged
	CloseUnauthorized = 4401 // the token was refused
	CloseNoHello      = 4408 // no hello within the time limit
	CloseReplaced     = 4409 // the session came back on another connection
	CloseSlowReader   = 4410 // too much waited for too long: reconnect and resume
	CloseSilent       = 4411 // nothing heard for two heartbeat intervals
)
