package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// printLine prints a line in which keys and errors stand as they are, but for characters that a terminal would not show but obey:
// whoever may name an original could have it hide or forge lines. Those are printed as \x1b.
func printLine(w io.Writer, format string, args ...any) {
	fmt.Fprintln(w, printable(fmt.Sprintf(format, args...)))
}

// printable returns text with the characters escaped that control what is shown, among them those that turn the direction of text.
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
