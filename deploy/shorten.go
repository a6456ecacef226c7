package deploy

import (
	"cmp"
	"maps"
	"slices"
)

// keptNames are not shortened: CloudFront calls handler, and whoever reads the function at the edge looks for config.
var keptNames = []string{"handler", "config"}

// shorten replaces the names that edge.js declares by short ones. A name is replaced by the same short name wherever it
// occurs. Two names share a short name only if both are local and occur in different statements of the top level, so the
// scopes within a statement need not be known. Properties keep their names: edge.js names each property of an object that
// it makes, as in { key: key }.
func shorten(tokens []jsToken) {
	top, local := declaredNames(tokens)
	count := make(map[string]int)
	statements := make(map[string][]int) // in which a name occurs
	taken := map[string]bool{"do": true, "if": true, "in": true, "of": true, "as": true}
	for i, statement := range statementsOf(tokens) {
		switch name := tokens[i].text; {
		case isProperty(tokens, i):
		case top[name] || local[name]:
			count[name]++
			statements[name] = append(statements[name], statement)
		default:
			taken[name] = true
		}
	}
	// The names that occur most often become the shortest.
	names := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	short := make(map[string]string, len(names))
	usedIn := make(map[string][]int) // statements in which a short name is used by a local name
	for _, name := range names {
		isFree := func(s string) bool {
			meets := func(n int) bool { return top[name] || slices.Contains(statements[name], n) }
			return !taken[s] && !slices.ContainsFunc(usedIn[s], meets)
		}
		s := firstName(isFree)
		if short[name] = s; top[name] {
			taken[s] = true
		}
		usedIn[s] = append(usedIn[s], statements[name]...)
	}
	for i, t := range tokens {
		if name, ok := short[t.text]; ok && !isProperty(tokens, i) {
			tokens[i].text = name
		}
	}
}

// firstName returns the first of the names a … Z, _, aa, ab, … that is free.
func firstName(isFree func(string) bool) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	for n := 0; ; n++ {
		name := letters[n%len(letters):][:1]
		if prefix := n / len(letters); prefix > 0 {
			name = letters[prefix-1:][:1] + name
		}
		if isFree(name) {
			return name
		}
	}
}

// statementsOf returns the number of the statement of the top level that each token belongs to.
func statementsOf(tokens []jsToken) []int {
	numbers := make([]int, len(tokens))
	depth, n := 0, 0
	for i, t := range tokens {
		switch t.text {
		case "import", "const", "async":
			n += startsAt(depth)
		case "function":
			if i == 0 || tokens[i-1].text != "async" {
				n += startsAt(depth)
			}
		}
		depth += nesting(t.text)
		numbers[i] = n
	}
	return numbers
}

// startsAt returns 1 at the top level, where the words of declarations begin a statement, and 0 below it.
func startsAt(depth int) int {
	if depth == 0 {
		return 1
	}
	return 0
}

// nesting returns by how much a token changes the depth of nesting.
func nesting(text string) int {
	switch text {
	case "(", "[", "{":
		return 1
	case ")", "]", "}":
		return -1
	}
	return 0
}

// declaredNames returns the names of the constants, variables, functions, parameters and imports in a source, those of the
// top level by themselves.
func declaredNames(tokens []jsToken) (top, local map[string]bool) {
	top, local = make(map[string]bool), make(map[string]bool)
	depth := 0
	for i, t := range tokens {
		depth += nesting(t.text)
		into := local
		if depth == 0 {
			into = top
		}
		switch t.text {
		case "import":
			into[tokens[i+1].text] = true
		case "const", "let":
			declarators(tokens[i+1:], into)
		case "function":
			into[tokens[i+1].text] = true
			parameters(tokens[i+2:], local)
		case "catch":
			parameters(tokens[i+1:], local)
		case "=>":
			if tokens[i-1].text != ")" {
				local[tokens[i-1].text] = true
				continue
			}
			open := i - 1
			for tokens[open].text != "(" { // a parameter has no parentheses of its own
				open--
			}
			parameters(tokens[open:], local)
		}
	}
	for _, name := range keptNames {
		delete(top, name)
		delete(local, name)
	}
	return top, local
}

// declarators adds the names of a list such as a = 1, b = f(2, 3);
func declarators(tokens []jsToken, names map[string]bool) {
	depth, expected := 0, true
	for _, t := range tokens {
		if t.text == ";" && depth == 0 {
			return
		}
		if expected {
			names[t.text] = true
		}
		depth += nesting(t.text)
		expected = depth == 0 && t.text == ","
	}
}

// parameters adds the names of a list such as (a, b).
func parameters(tokens []jsToken, names map[string]bool) {
	for _, t := range tokens[1:] {
		switch t.text {
		case ",":
		case ")":
			return
		default:
			names[t.text] = true
		}
	}
}

// isProperty reports whether token i is the name of a property: of an object, as in o.name, or of one that is being made,
// as in { name: 1 }. Between the parts of a conditional expression it follows neither a brace nor a comma.
func isProperty(tokens []jsToken, i int) bool {
	if i == 0 || i == len(tokens)-1 {
		return false
	}
	before, after := tokens[i-1].text, tokens[i+1].text
	return before == "." || after == ":" && (before == "{" || before == ",")
}
