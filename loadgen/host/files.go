package host

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// RaiseOpenFiles raises this process's limit of open files to the highest that it
// may set itself, and says what that is.
func RaiseOpenFiles() (limit uint64, err error) {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 0, fmt.Errorf("read the limit of open files: %w", err)
	}
	highest, err := openFiles()
	if err != nil || highest <= l.Cur {
		return l.Cur, err
	}
	l.Cur = highest
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 0, fmt.Errorf("raise the limit of open files to %d: %w", highest, err)
	}
	return highest, nil
}
