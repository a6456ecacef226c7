package settings

import (
	"reflect"
	"testing"
	"time"

	"github.com/alecthomas/units"
)

func TestParseDuration(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"36h": 36 * time.Hour, "30d": 30 * day, "2w": 14 * day, "0.5d": 12 * time.Hour, "1w2d12h": 9*day + 12*time.Hour,
		"0": 0, "0d": 0, "-1s": -time.Second, "1h30m": 90 * time.Minute, "15000w": 105000 * day,
	} {
		if d, err := parseDuration(text); err != nil || d != want {
			t.Errorf("%s: got %v, %v, want %v", text, d, err, want)
		}
	}
	for _, text := range []string{"", "d", ".d", "-3d", "NaNd", "1e9d", "30", "3 weeks", "1d-1h", "2d1", "1h2d", "16000w", "99999999999999999999w"} {
		if d, err := parseDuration(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, d)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, test := range []struct {
		value any
		limit string
		want  float64
	}{
		{units.Base2Bytes(5), "5B", 5}, {units.Base2Bytes(0), "0", 0}, {2 * time.Minute, "2m", 120e9}, {int64(7), "7", 7}, {0.5, "0.5", 0.5},
	} {
		v := reflect.ValueOf(test.value)
		n, ok := number(v)
		limit, err := parseNumber(v.Type(), test.limit)
		if n != test.want || !ok || limit != n || err != nil {
			t.Errorf("%v: got %v, %t, and %v, %v for %s, want %v", test.value, n, ok, limit, err, test.limit, test.want)
		}
	}
	if n, ok := number(reflect.ValueOf(Revalidation(5))); ok {
		t.Errorf("got %v for a value that checks itself", n)
	}
}
