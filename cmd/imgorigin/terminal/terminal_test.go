package terminal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/terminal"
)

func TestWhatIsNoTerminal(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if terminal.Is(file) || terminal.HasColor(file) || terminal.Width(file) != 0 {
		t.Error("a file is a terminal")
	}
	if terminal.Is(new(bytes.Buffer)) || terminal.HasColor(new(bytes.Buffer)) || terminal.Width(new(bytes.Buffer)) != 0 {
		t.Error("a buffer is a terminal")
	}
}
