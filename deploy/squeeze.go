package deploy

import (
	"regexp"
	"strings"
)

// tokens finds the parts of JavaScript as edge.js is written: comments begin with // and are not within regular
// expressions, strings have single quotes, and a division has spaces around it.
var tokens = regexp.MustCompile(`//[^\n]*` + // comment
	`|'(?:[^'\\\n]|\\.)*'` + // string
	`|/(?:[^/\\\n\[\s]|\\.|\[(?:[^\]\\]|\\.)*\])+/[gi]*` + // regular expression
	`|[\w$]+` + // word or number
	`|\s+` +
	`|[^\s]`)

// squeeze takes comments and needless space out of edge.js, so that it is small enough for CloudFront.
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
			b.WriteByte('\n') // no semicolon stands between a declared function and the next
		case last == '+' && t == "+" && space != "":
			b.WriteByte(' ')
		}
		b.WriteString(t)
		last, space = t[len(t)-1], ""
	}
	return dropLast.ReplaceAllString(b.String(), "$1")
}

// dropLast finds what JavaScript does not need before the end of a block or a list. No string of edge.js has it.
var dropLast = regexp.MustCompile(`[;,]([\]})])`)

func isWord(c byte) bool {
	return c == '_' || c == '$' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
