//go:build !linux

package sample

import (
	"errors"
	"fmt"
	"runtime"
)

// ReadProcess needs Linux; elsewhere it is an error that wraps
// errors.ErrUnsupported.
func ReadProcess(int) (Process, error) {
	return Process{}, fmt.Errorf("sample a process on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

// SocketMemory needs Linux; elsewhere it is an error that wraps
// errors.ErrUnsupported.
func SocketMemory() (int64, error) {
	return 0, fmt.Errorf("sample socket memory on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

// ExactRSS needs Linux; elsewhere it is an error that wraps
// errors.ErrUnsupported.
func ExactRSS(int) (int64, error) {
	return 0, fmt.Errorf("sample memory on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

// KernelMemory needs Linux; elsewhere it is an error that wraps
// errors.ErrUnsupported.
func KernelMemory() (int64, error) {
	return 0, fmt.Errorf("sample kernel memory on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

// OpenFiles needs Linux; elsewhere it is an error that wraps
// errors.ErrUnsupported.
func OpenFiles(int) (int, error) {
	return 0, fmt.Errorf("count open files on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
