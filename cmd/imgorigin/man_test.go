package main

import (
	"strings"
	"testing"
)

func TestMan(t *testing.T) {
	page := runOutput(t, "man")
	for _, want := range []string{".TH IMGORIGIN 1", "serve", "gate-memory=512MiB", "IMGORIGIN", "Default: 512MiB", ".SH DESCRIPTION\nimgorigin answers GET"} {
		if !strings.Contains(page, want) {
			t.Errorf("got no %q in %.2000s", want, page)
		}
	}
	for line := range strings.SplitSeq(page, "\n") {
		if strings.HasPrefix(line, ".TH") && !strings.HasSuffix(line, `"imgorigin manual"`) {
			t.Errorf("the parts of the head line overlap: got %s", line)
		}
	}
	if strings.Contains(page, "for --isolate") {
		t.Error("the page tells of the hidden command")
	}
}
