package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// printLine prints a line with keys and errors in it. Control characters are printed as \x1b: a terminal would obey them, so anyone
// who may name an original could hide or forge lines.
func printLine(w io.Writer, format string, args ...any) {
	fmt.Fprintln(w, printable(fmt.Sprintf(format, args...)))
}

// printable returns text with its control characters escaped, including those that change the direction of text.
func printable(text string) string {
	controls := func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }
	if !strings.ContainsFunc(text, controls) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if controls(r) {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
