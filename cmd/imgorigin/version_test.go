package main

import (
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

func TestVersion(t *testing.T) {
	got := runOutput(t, "version")
	for _, want := range []string{
		"imgorigin ", "inner loops use " + resize.Kernels() + "\n", "\nreads  jpeg png gif", "\nwrites jpeg png gif",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %q in it", got, want)
		}
	}
}

func TestVersionFlag(t *testing.T) {
	if got, want := runOutput(t, "--version"), runOutput(t, "version"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
