package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// The table shows what the engine of this build decodes and encodes.
func TestFormatsAreThoseOfTheEngine(t *testing.T) {
	engine := newEngine(resize.Limits{})
	lines := strings.Split(strings.TrimSpace(runOutput(t, "formats")), "\n")
	if len(lines) < 2 {
		t.Fatalf("got %q", lines)
	}
	printed := make(map[resize.Format][]string)
	for _, line := range lines[1:] {
		fields := strings.Fields(line)
		printed[resize.Format(fields[0])] = fields[1:]
	}
	for _, f := range resize.Formats() {
		if !f.IsImage() {
			continue
		}
		want := []string{yesOrDash(engine.Decodes(f)), yesOrDash(engine.Encodes(f)), f.MediaType()}
		if got, ok := printed[f]; ok && !slices.Equal(got, want) || !ok && (engine.Decodes(f) || engine.Encodes(f)) {
			t.Errorf("%s: got %v, want %v", f, got, want)
		}
	}
}
