package coordinator

import "errors"

// What kind of failure an error is; see [errors.Is].
var (
	// ErrUsage is a fault in what the user asked for, or in what this machine allows.
	ErrUsage = errors.New("wrong usage")
	// ErrUnreachable is a target that could not be reached, or that died when no
	// event said so.
	ErrUnreachable = errors.New("the target cannot be reached")

	errNobody = errors.New("nobody could connect")
)

// kindError is an error of a kind; its text is the error's alone.
type kindError struct{ kind, err error }

func (e *kindError) Error() string   { return e.err.Error() }
func (e *kindError) Unwrap() []error { return []error{e.kind, e.err} }

func usage(err error) error       { return &kindError{ErrUsage, err} }
func unreachable(err error) error { return &kindError{ErrUnreachable, err} }
