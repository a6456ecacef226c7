package settings

import (
	"cmp"
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/alecthomas/kong"
	"github.com/alecthomas/units"
)

// CheckRanges returns an error for a number, duration or size of a flag that is out of range: below the flag's tag min,
// which is 0 by default, or above its tag max. Flags whose zero would be taken for "not given" have a min above it. A list
// that is given must not be empty: where a shell has no keys in a variable, a service without signatures is not what was meant. A
// list that reads its own text may have a word for nothing, such as off.
func CheckRanges(flags []*kong.Flag) error {
	for _, flag := range flags {
		_, readsText := flag.Target.Addr().Interface().(encoding.TextUnmarshaler)
		if flag.Set && !readsText && flag.Target.Kind() == reflect.Slice && flag.Target.Len() == 0 {
			return fmt.Errorf("--%s: it is empty, want at least one value", flag.Name)
		}
		if err := checkRange(flag, flag.Target); err != nil {
			return err
		}
	}
	return nil
}

func checkRange(flag *kong.Flag, v reflect.Value) error {
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			if err := checkRange(flag, v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
	n, ok := number(v)
	if !ok {
		return nil
	}
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return fmt.Errorf("--%s %v: want a finite number", flag.Name, n)
	}
	least, most := cmp.Or(flag.Tag.Get("min"), "0"), flag.Tag.Get("max")
	low, err := parseNumber(v.Type(), least)
	if err != nil {
		return fmt.Errorf("--%s: min %q: %w", flag.Name, least, err)
	}
	if n < low {
		return fmt.Errorf("--%s %v: want %s or more", flag.Name, v.Interface(), least)
	}
	if most == "" {
		return nil
	}
	high, err := parseNumber(v.Type(), most)
	if err != nil {
		return fmt.Errorf("--%s: max %q: %w", flag.Name, most, err)
	}
	if n > high {
		return fmt.Errorf("--%s %v: want %s at most", flag.Name, v.Interface(), most)
	}
	return nil
}

// number returns the value of a flag that is a number, a duration or a size. Values with a parser of their own, such as
// those of --revalidate, have checked themselves.
func number(v reflect.Value) (n float64, ok bool) {
	switch x := v.Interface().(type) {
	case int:
		return float64(x), true
	case int64:
		return float64(x), true
	case float64:
		return x, true
	case time.Duration:
		return float64(x), true
	case units.Base2Bytes:
		return float64(x), true
	}
	return 0, false
}

// parseNumber reads a limit as a flag of that type is read. "0" is a value of every type.
func parseNumber(t reflect.Type, s string) (float64, error) {
	switch t {
	case reflect.TypeFor[time.Duration]():
		d, err := parseDuration(s)
		return float64(d), err
	case reflect.TypeFor[units.Base2Bytes]():
		if s == "0" {
			return 0, nil
		}
		b, err := units.ParseBase2Bytes(s)
		return float64(b), err
	}
	return strconv.ParseFloat(s, 64)
}
