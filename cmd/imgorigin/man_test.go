package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestMan(t *testing.T) {
	page := runOutput(t, "man")
	for _, want := range []string{
		".TH IMGORIGIN 1", "serve", "gate-memory=512MiB", "IMGORIGIN", "Default: 512MiB", ".SH DESCRIPTION\nimgorigin answers GET",
		"\\fBimgorigin\\fP \\fIcommand\\fP [\\fIflags\\fP]\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("got no %q in %.2000s", want, page)
		}
	}
	for line := range strings.SplitSeq(page, "\n") {
		if strings.HasPrefix(line, ".TH") && !strings.HasSuffix(line, `"imgorigin manual"`) {
			t.Errorf("the parts of the head line overlap: got %s", line)
		}
	}
	for word := range strings.FieldsFuncSeq(page, func(r rune) bool { return r == ' ' || r == '\n' || r == ':' }) {
		if len(word) > 70 { // and troff would print beyond the margin
			t.Errorf("got the word %s", word)
		}
	}
	if man, err := exec.LookPath("man"); err == nil {
		file := filepath.Join(t.TempDir(), "imgorigin.1")
		writeFile(t, file, []byte(page))
		command := exec.CommandContext(t.Context(), man, "-l", file)
		command.Env = append(os.Environ(), "MANWIDTH=80", "LC_ALL=C.UTF-8")
		var errs bytes.Buffer
		command.Stderr = &errs
		if _, err := command.Output(); err != nil || errs.Len() > 0 {
			t.Errorf("man: %v: %.500s", err, &errs)
		}
	}
	if strings.Contains(page, "for --isolate") {
		t.Error("the page tells of the hidden command")
	}
}
