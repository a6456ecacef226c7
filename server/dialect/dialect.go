// Package dialect translates the URLs of other image services, so that pages, mails and apps which hold them can keep
// them:
//
//	/insecure/rs:fill:320:320/g:sm/plain/local:///cat.jpg@webp     imgproxy
//	/unsafe/320x320/smart/filters:format(webp)/cat.jpg              thumbor, imagor
//	/cdn-cgi/image/width=320,height=320,fit=cover/cat.jpg           Cloudflare
//	                   │
//	                   ▼
//	/img/cat.jpg?w=320&h=320&fit=cover&crop=smart&fm=webp
//
// A translation is text in the grammar of imgorigin, and is parsed as such: a dialect can ask for nothing that the grammar
// refuses. A URL with a valid signature of its own service is as good as one that imgorigin has signed; without, it is
// snapped to the ladder as any unsigned URL. What has no counterpart is an [Error] that names it: an image that is not what
// the URL asked for is worse than none.
//
// Each dialect is a file with the documentation that it follows.
package dialect

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/server/grammar"
)

// An Error says which part of a URL can't be translated.
type Error struct{ Dialect, Part, Reason string }

func (e *Error) Error() string {
	const limit = 60 // bytes of what a client sent
	part := e.Part
	if len(part) > limit {
		part = strings.ToValidUTF8(part[:limit], "") + "…"
	}
	return fmt.Sprintf("%s URL: %q %s", e.Dialect, part, e.Reason)
}

// noCounterpart is the reason of an Error about what another service does and this one does not.
const noCounterpart = "has no counterpart here"

// A location is the part of a URL below the path that a dialect is mounted at.
type location struct {
	path  string // percent-encoded, as it was sent, without a leading slash
	query string // raw
	exact bool   // unsigned URLs get exactly what they ask for
}

// A dialect is another service's way to write URLs.
type dialect struct {
	name  string
	mount string // where its URLs are, unless it is mounted elsewhere

	// translate returns what a URL asks for. The key of the image is still a source: a path or a URL, see Sources.
	translate func(location, Keys) (grammar.Translation, error)

	// checkKey returns an error for a key of signatures that can't be one. Nil if the dialect has no signatures.
	checkKey func(key string) error
}

var dialects = map[string]dialect{
	"imgproxy":   {"imgproxy", "/", imgproxy, checkImgproxyKey},
	"thumbor":    {"thumbor", "/", thumbor, checkKey},
	"imagor":     {"imagor", "/", imagor, checkKey},
	"imgix":      {"imgix", "/", imgix, checkKey},
	"cloudflare": {"cloudflare", "/cdn-cgi/image/", cloudflare, nil},
	"cloudinary": {"cloudinary", "/", cloudinary, checkKey},
	"ipx":        {"ipx", "/", ipx, nil},
	"next":       {"next", "/_next/image", next, nil},
	"dit":        {"dit", "/", dit, checkKey},
}

// Names returns the names of the dialects.
func Names() []string { return slices.Sorted(maps.Keys(dialects)) }

// Keys are the keys of a dialect's signatures. Several let them be rotated.
type Keys []string

// A Mount is a dialect and the path that its URLs begin with.
type Mount struct {
	Name string // of the dialect
	Path string // begins with a slash; "" is the usual one
}

// UnmarshalText parses a mount such as "imgproxy" or "thumbor=/thumbs/".
func (m *Mount) UnmarshalText(text []byte) error {
	m.Name, m.Path, _ = strings.Cut(string(text), "=")
	d, ok := dialects[m.Name]
	switch {
	case !ok:
		return fmt.Errorf("dialect %q: want one of %s", m.Name, strings.Join(Names(), ", "))
	case m.Path == "":
		m.Path = d.mount
	case m.Path[0] != '/':
		return fmt.Errorf("dialect %s: the path %q does not begin with a slash", m.Name, m.Path)
	case strings.HasSuffix(d.mount, "/") && !strings.HasSuffix(m.Path, "/"):
		m.Path += "/"
	}
	return nil
}

func (m Mount) String() string { return m.Name + "=" + m.Path }

// A Key is a key of signatures and its dialect.
type Key struct{ Dialect, Key string }

// UnmarshalText parses a key such as "thumbor=secret".
func (k *Key) UnmarshalText(text []byte) error {
	name, key, ok := strings.Cut(string(text), "=")
	d, known := dialects[name]
	switch {
	case !ok || !known: // the text is a secret: it is not repeated
		return fmt.Errorf("a key of a dialect: want DIALECT=KEY, where DIALECT is one of %s", strings.Join(Names(), ", "))
	case d.checkKey == nil:
		return fmt.Errorf("dialect %s has no signatures", name)
	}
	*k = Key{name, key}
	return d.checkKey(key)
}

func checkKey(key string) error {
	if key == "" {
		return fmt.Errorf("an empty key of a dialect: anybody could sign")
	}
	return nil
}

// A Set translates the URLs of the dialects that are mounted. It is safe for concurrent use.
type Set struct {
	mounts  []Mount // the longest path first
	keys    map[string]Keys
	sources Sources
	exact   bool
}

// NewSet returns the set of some mounts. Exact is whether unsigned URLs get exactly what they ask for. Two mounts can't have
// the same path: a URL does not say which service it was written for.
func NewSet(mounts []Mount, keys []Key, sources Sources, exact bool) (*Set, error) {
	s := &Set{mounts: slices.Clone(mounts), keys: make(map[string]Keys), sources: sources, exact: exact}
	slices.SortStableFunc(s.mounts, func(a, b Mount) int { return len(b.Path) - len(a.Path) })
	at := make(map[string]string)
	for _, m := range s.mounts {
		if other, taken := at[m.Path]; taken {
			return nil, fmt.Errorf("dialects %s and %s at %s: give one another path, as in %s=/%[2]s/", other, m.Name, m.Path, m.Name)
		}
		at[m.Path] = m.Name
	}
	for _, k := range keys {
		if !slices.ContainsFunc(mounts, func(m Mount) bool { return m.Name == k.Dialect }) {
			return nil, fmt.Errorf("a key of the dialect %s, which is not mounted", k.Dialect)
		}
		s.keys[k.Dialect] = append(s.keys[k.Dialect], k.Key)
	}
	return s, nil
}

// Paths returns the paths of the mounts, as patterns of a router.
func (s *Set) Paths() []string {
	var paths []string
	for _, m := range s.mounts {
		if strings.HasSuffix(m.Path, "/") {
			paths = append(paths, m.Path+"*")
		} else {
			paths = append(paths, m.Path)
		}
	}
	return paths
}

// mountOf returns the mount that a path belongs to, and the rest of the path.
func (s *Set) mountOf(escapedPath string) (m Mount, rest string, ok bool) {
	for _, m := range s.mounts {
		rest, ok := strings.CutPrefix(escapedPath, m.Path)
		if ok && (rest == "" || strings.HasSuffix(m.Path, "/")) {
			return m, rest, true
		}
	}
	return Mount{}, "", false
}

// Service returns the name of the service whose URLs have a path, percent-encoded, or "" if none has.
func (s *Set) Service(escapedPath string) string {
	m, _, _ := s.mountOf(escapedPath)
	return m.Name
}

// Translate returns what a URL asks for: its path as it was sent, percent-encoded, and its raw query.
func (s *Set) Translate(escapedPath, rawQuery string) (grammar.Translation, error) {
	m, rest, ok := s.mountOf(escapedPath)
	if !ok {
		return grammar.Translation{}, &Error{"a dialect's", escapedPath, "is of none that is set up here"}
	}
	image, err := dialects[m.Name].translate(location{rest, rawQuery, s.exact}, s.keys[m.Name])
	if err != nil {
		return grammar.Translation{}, err
	}
	image.Key, err = s.sources.key(m.Name, image.Key)
	return image, err
}
