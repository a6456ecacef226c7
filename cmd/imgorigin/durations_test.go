package main

import (
	"strings"
	"testing"
)

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
