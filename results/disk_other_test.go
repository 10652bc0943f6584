//go:build !linux

package results

import "testing"

func smallDisk(t *testing.T, _ int) string {
	t.Helper()
	t.Skip("needs a tmpfs")
	return ""
}
