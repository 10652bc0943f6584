package scenarios

import (
	"fmt"
	"time"
)

// Duration is a time that is written like '30s', '1m30s' or '250ms'.
type Duration time.Duration

// String is the duration as YAML has it.
func (d Duration) String() string { return time.Duration(d).String() }

func parseDuration(text string) (Duration, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err == nil && d < 0:
		return 0, fmt.Errorf("%q is negative: write it as 30s, 1m30s or 250ms", text)
	case err == nil:
		return Duration(d), nil
	}
	return 0, fmt.Errorf("%q is no time with a unit: write it as 30s, 1m30s or 250ms", text)
}
