package deploy

import (
	"regexp"
	"strings"
)

// A jsToken is a token of the JavaScript in edge.js.
type jsToken struct {
	text  string
	space string // before it, with the line ends of comments
}

// syntax matches the tokens. It depends on the style of edge.js: comments begin with // and don't occur in regular
// expressions, strings have single quotes, and a division has spaces around it.
var syntax = regexp.MustCompile(`//[^\n]*` + // comment
	`|'(?:[^'\\\n]|\\.)*'` + // string
	`|/(?:[^/\\\n\[\s]|\\.|\[(?:[^\]\\]|\\.)*\])+/[gi]*` + // regular expression
	`|=>` +
	`|[\w$]+` + // word or number
	`|\s+` +
	`|[^\s]`)

// tokenize splits a source into tokens, without its comments.
func tokenize(source string) (tokens []jsToken) {
	space := ""
	for _, text := range syntax.FindAllString(source, -1) {
		switch {
		case strings.HasPrefix(text, "//"):
		case strings.TrimSpace(text) == "":
			space += text
		default:
			tokens = append(tokens, jsToken{text, space})
			space = ""
		}
	}
	return tokens
}

// squeeze prints edge.js without comments and unnecessary space and with short names, so that it is small enough for
// CloudFront.
func squeeze(source string) string {
	tokens := tokenize(source)
	shorten(tokens) // first, as it knows names by statements
	tokens = joinConstants(withoutFunctions(tokens))
	var b strings.Builder
	last := byte('\n')
	for _, t := range tokens {
		switch {
		case t.space != "" && isWord(last) && isWord(t.text[0]):
			b.WriteByte(' ')
		case last == '}' && strings.Contains(t.space, "\n") && isWord(t.text[0]):
			b.WriteByte('\n') // nothing else separates a function declaration from the next statement
		case last == '+' && t.text == "+" && t.space != "":
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
		last = t.text[len(t.text)-1]
	}
	return redundant.ReplaceAllString(b.String(), "$1")
}

// withoutFunctions replaces the functions of the top level by constants, function f(a, b) {…} by const f = (a, b) => {…};, which
// is shorter, above all where constants are joined. None is called before all of them are there, or uses this.
func withoutFunctions(tokens []jsToken) (replaced []jsToken) {
	const none = -1
	depth, opened := 0, none // opened is the index of the parameters of the function that is being replaced
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		isFunction := depth == 0 && t.text == "function" && i > 0 && tokens[i-1].text != "async"
		if isFunction {
			replaced = append(replaced, jsToken{"const", "\n"}, jsToken{tokens[i+1].text, " "}, jsToken{"=", ""})
			i, opened = i+1, len(replaced)
			continue
		}
		replaced = append(replaced, t)
		depth += nesting(t.text)
		switch {
		case depth > 0 || opened == none:
		case t.text == ")":
			if len(replaced)-opened == len("(a)") {
				replaced = append(replaced[:opened], replaced[opened+1])
			}
			replaced = append(replaced, jsToken{"=>", ""})
		case t.text == "}":
			replaced, opened = append(replaced, jsToken{";", ""}), none
		}
	}
	return replaced
}

// joinConstants replaces the semicolon and the word const between two declarations of constants by a comma. That of config
// stays by itself, so that it can be found.
func joinConstants(tokens []jsToken) (joined []jsToken) {
	isConstants := []bool{false} // whether the last statement that has begun at each depth of nesting declares constants
	for i, t := range tokens {
		n := len(joined)
		isConst, last := t.text == "const", &isConstants[len(isConstants)-1]
		switch {
		case isConst && *last && joined[n-1].text == ";":
			joined[n-1].text = ","
			continue
		case isConst:
			*last = tokens[i+1].text != "config"
		case n > 0 && joined[n-1].text == ";":
			*last = false
		}
		joined = append(joined, t)
		switch nesting(t.text) {
		case 1:
			isConstants = append(isConstants, false)
		case -1:
			isConstants = isConstants[:len(isConstants)-1]
		}
	}
	return joined
}

// redundant matches a semicolon or comma before the end of a block or a list, where JavaScript does not need one. No
// string of edge.js contains such a pair.
var redundant = regexp.MustCompile(`[;,]([\]})])`)

// isWord reports whether c can be part of an identifier, a keyword or a number.
func isWord(c byte) bool {
	return c == '_' || c == '$' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
