// Package terminal has what is printed for people, and tells whether they read it or another program does.
package terminal

import (
	"io"
	"os"

	"golang.org/x/term"
)

// HasColor reports whether w is a terminal on which colours are wanted (https://no-color.org).
func HasColor(w io.Writer) bool {
	return Is(w) && os.Getenv("NO_COLOR") == ""
}

// Is reports whether w is a terminal.
func Is(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
