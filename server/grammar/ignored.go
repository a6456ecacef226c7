package grammar

import (
	"net/url"
	"slices"
	"strings"
)

// ignoredNames are the parameters and words of a URL that have no effect.
type ignoredNames []string

// maxIgnored bounds the names that are kept: a URL can hold thousands.
const maxIgnored = 16

func (names *ignoredNames) add(name string) {
	if name != "" && len(*names) < maxIgnored && !slices.Contains(*names, name) {
		*names = append(*names, name)
	}
}

// String returns the names with commas between them, each clipped and percent-encoded, so that a header can hold them.
func (names ignoredNames) String() string {
	escaped := make([]string, len(names))
	for i, name := range names {
		escaped[i] = strings.ReplaceAll(url.QueryEscape(clip(name)), "%3D", "=")
	}
	return strings.Clone(strings.Join(escaped, ", ")) // of a single name, Join returns that
}
