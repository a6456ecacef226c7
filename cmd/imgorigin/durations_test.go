package main

import (
	"strings"
	"testing"
	"time"
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

// Flags and variables of the environment take days and weeks, whatever command they belong to.
func TestDurationsInDays(t *testing.T) {
	signed := runOutput(t, "sign", "--sign-keys", "k", "--for", "7d", "/img/cat.jpg")
	if !strings.Contains(signed, "expires=") {
		t.Errorf("sign --for 7d: got %s", signed)
	}
	t.Setenv("IMGORIGIN_MAX_AGE", "1w")
	address, _ := program(t, "serve", "--originals", "samples", "--variants", "none", "--revalidate", "1d")
	response, _ := get(t, address+"/img/badge.png?w=32")
	if got := response.Header.Get("Cache-Control"); !strings.HasPrefix(got, "public, max-age=604800,") {
		t.Errorf("IMGORIGIN_MAX_AGE=1w: got Cache-Control %q", got)
	}
}
