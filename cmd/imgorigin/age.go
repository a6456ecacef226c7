package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An age is a duration that may be given in days or weeks: 36h, 30d, 2w.
type age time.Duration

// UnmarshalText implements [encoding.TextUnmarshaler].
func (a *age) UnmarshalText(text []byte) error {
	s := string(text)
	for unit, long := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if n, ok := strings.CutSuffix(s, unit); ok {
			x, err := strconv.ParseFloat(n, 64)
			if err != nil || !(x >= 0 && x < 1e5) {
				return fmt.Errorf("%q: want a duration such as 36h, 30d or 2w", s)
			}
			*a = age(x * float64(long))
			return nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return fmt.Errorf("%q: want a duration such as 36h, 30d or 2w", s)
	}
	*a = age(d)
	return nil
}
