package grammar

import (
	"slices"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// relayMark begins the last segment of the path of a URL that the edge function passes on.
const relayMark = "?"

// RelayName returns the last segment of the path to which the edge function rewrites a trusted URL with parameters that
// it does not understand, or with some beside a preset:
//
//	/img/cat.jpg?w=400&sepia=50&s=…     /v/cat.jpg/%3Fsepia%3D50%26w%3D400.webp
//
// It has the whole query except for the signature, in one spelling, and the format that was negotiated, as all caches of the
// answer are keyed by the path. No variant is stored under such a name, so the service answers.
func RelayName(rawQuery string, negotiated resize.Format) string {
	return relayMark + canonicalQuery(rawQuery, pSignature, pExpires) + "." + string(negotiated)
}

// RelayedQuery reports whether the edge function passes a trusted URL with a query on, as [RelayName].
func RelayedQuery(rawQuery string) bool {
	vs, _, err := new(Grammar).parseQuery(rawQuery, imageWords)
	if err != nil {
		return false
	}
	for i := range params {
		p := param(i)
		isOfPreset := slices.Contains(besidePreset, p) || p == pExpires || p == pSignature
		if vs.isRelayed(p) || vs[p] != "" && vs[pPreset] != "" && !isOfPreset {
			return true
		}
	}
	return false
}

// parseRelayed parses a name that [RelayName] returned, where all URLs are trusted.
func (g *Grammar) parseRelayed(key, name string, now time.Time) (Request, error) {
	format := formatOf(name)
	query := strings.TrimPrefix(strings.TrimSuffix(name, "."+string(format)), relayMark)
	req, err := g.Parse(key, query, format.MediaType(), now)
	req.Negotiated = false // the path has the format
	return req, err
}

// isRelayed reports whether a name of a variant is from [RelayName], or a normal form that the edge function does not
// understand.
func isRelayed(name string) bool {
	if strings.HasPrefix(name, relayMark) {
		return true
	}
	for field := range strings.SplitSeq(name, ",") {
		word, value, _ := strings.Cut(field, "=")
		if p, ok := paramNames[word]; ok && (params[p].reach == relayed || p == pRotate && !isQuarterTurn(withoutFormat(value))) {
			return true
		}
	}
	return false
}

// withoutFormat returns the value of a field of a normal form without the format, which follows the last.
func withoutFormat(value string) string {
	if dot := strings.LastIndexByte(value, '.'); dot >= 0 {
		return value[:dot]
	}
	return value
}

// formatOf returns the format at the end of the path of a variant.
func formatOf(path string) resize.Format {
	return resize.Format(path[strings.LastIndexByte(path, '.')+1:])
}

// EdgeWords lists the parameters that the edge function understands, and those that it relays: the names and aliases of
// each with spaces between them, and bars between parameters, in the order of messages.
func EdgeWords() (understood, passed string) {
	var words [2][]string
	for _, p := range inOrder {
		i, row := 0, params[p]
		if row.reach == relayed {
			i = 1
		}
		words[i] = append(words[i], strings.Join(row.names, " "))
	}
	return strings.Join(words[0], "|"), strings.Join(words[1], "|")
}
