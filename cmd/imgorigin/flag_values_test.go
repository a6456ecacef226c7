package main

import (
	"testing"
	"time"
)

func TestAge(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"36h": 36 * time.Hour, "30d": 720 * time.Hour, "2w": 336 * time.Hour, "0.5d": 12 * time.Hour,
	} {
		var a age
		if err := a.UnmarshalText([]byte(text)); err != nil || time.Duration(a) != want {
			t.Errorf("%s: got %v, %v, want %v", text, time.Duration(a), err, want)
		}
	}
	for _, text := range []string{"", "d", "-3d", "-1h", "NaNd", "1e9d", "30", "3 weeks"} {
		var a age
		if err := a.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q: got %v, want an error", text, time.Duration(a))
		}
	}
}
