package deploy

import (
	"regexp"
	"strings"
)

// tokens matches the tokens of the JavaScript in edge.js. It depends on the style of that file: comments begin with //
// and don't occur in regular expressions, strings have single quotes, and a division has spaces around it.
var tokens = regexp.MustCompile(`//[^\n]*` + // comment
	`|'(?:[^'\\\n]|\\.)*'` + // string
	`|/(?:[^/\\\n\[\s]|\\.|\[(?:[^\]\\]|\\.)*\])+/[gi]*` + // regular expression
	`|[\w$]+` + // word or number
	`|\s+` +
	`|[^\s]`)

// squeeze removes comments and unnecessary space from edge.js, so that it is small enough for CloudFront.
func squeeze(source string) string {
	var b strings.Builder
	last, space := byte('\n'), ""
	for _, t := range tokens.FindAllString(source, -1) {
		switch {
		case strings.HasPrefix(t, "//"):
			continue
		case strings.TrimSpace(t) == "":
			space += t
			continue
		case space != "" && isWord(last) && isWord(t[0]):
			b.WriteByte(' ')
		case last == '}' && strings.Contains(space, "\n") && isWord(t[0]):
			b.WriteByte('\n') // nothing else separates a function declaration from the next statement
		case last == '+' && t == "+" && space != "":
			b.WriteByte(' ')
		}
		b.WriteString(t)
		last, space = t[len(t)-1], ""
	}
	return redundant.ReplaceAllString(b.String(), "$1")
}

// redundant matches a semicolon or comma before the end of a block or a list, where JavaScript does not need one. No
// string of edge.js contains such a pair.
var redundant = regexp.MustCompile(`[;,]([\]})])`)

// isWord reports whether c can be part of an identifier, a keyword or a number.
func isWord(c byte) bool {
	return c == '_' || c == '$' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
