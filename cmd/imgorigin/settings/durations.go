package settings

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// parseDuration reads a duration as [time.ParseDuration] does, and days and weeks besides, which come first: 36h, 30d,
// 2w, 1d12h.
func parseDuration(s string) (time.Duration, error) {
	wrong := fmt.Errorf("%q: want a duration such as 90s, 36h, 30d or 2w", s)
	days, rest := 0.0, s
	for {
		number, length := leadingDays(rest)
		if length == 0 {
			break
		}
		n, err := strconv.ParseFloat(rest[:number], 64)
		if err != nil {
			return 0, wrong
		}
		days, rest = days+n*length, rest[number+1:]
	}
	if rest == "" && s != "" {
		rest = "0"
	}
	d, err := time.ParseDuration(rest)
	sum := days*float64(24*time.Hour) + float64(d)
	if err != nil || sum >= math.MaxInt64 || days > 0 && d < 0 {
		return 0, wrong
	}
	return time.Duration(days*float64(24*time.Hour)) + d, nil
}

// leadingDays returns how many bytes long the number is that s begins with, and the days that the unit behind it has; 0
// if that is not a unit of days.
func leadingDays(s string) (number int, days float64) {
	number = len(s) - len(strings.TrimLeft(s, "0123456789."))
	switch {
	case number == 0 || number == len(s):
		return number, 0
	case s[number] == 'd':
		return number, 1
	case s[number] == 'w':
		return number, 7
	}
	return number, 0
}

// decodeDuration has kong read every flag that is a [time.Duration] with parseDuration.
func decodeDuration(c *kong.DecodeContext, target reflect.Value) error {
	var s string
	if err := c.Scan.PopValueInto("duration", &s); err != nil {
		return err
	}
	d, err := parseDuration(s)
	if err != nil {
		return err
	}
	target.SetInt(int64(d))
	return nil
}
