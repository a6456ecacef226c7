// Package terminal formats output for people, and reports whether a person or another program reads it.
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
	file, ok := w.(descriptor)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Width returns how many columns a line may have on a terminal: 80 if it says less than 40, or nothing. It is 0 if w is not a terminal.
func Width(w io.Writer) int {
	file, ok := w.(descriptor)
	if !ok || !Is(w) {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width < 40 {
		return 80
	}
	return width
}
