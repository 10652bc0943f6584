package cmd

import "errors"

// Exit statuses of every verb.
const (
	statusOK          = 0
	statusUsage       = 2 // wrong usage or configuration
	statusUnreachable = 4 // the target could not be reached, or died
)

// statusError is an error that ends the program with a status of its own.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }

func (e *statusError) Unwrap() error { return e.err }

// usageError marks err as a fault in what the user typed or configured.
func usageError(err error) error { return &statusError{statusUsage, err} }

// statusOf is the exit status that an error stands for.
func statusOf(err error) int {
	if err == nil {
		return statusOK
	}
	if s, ok := errors.AsType[*statusError](err); ok {
		return s.status
	}
	return 1
}
