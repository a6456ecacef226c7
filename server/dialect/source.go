package dialect

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// A Source maps the URLs of originals below a prefix to the keys below another.
type Source struct {
	Prefix string // as https://images.example.com/photos/ or s3://photos/
	Keys   string // the prefix of keys, "" for all
}

// UnmarshalText parses a source such as "https://images.example.com/photos/=photos/".
func (s *Source) UnmarshalText(text []byte) error {
	i := strings.LastIndexByte(string(text), '=')
	if i < 0 {
		return errors.New("a source of a dialect: want URL=PREFIX, as in https://images.example.com/photos/=photos/")
	}
	s.Prefix, s.Keys = string(text[:i]), string(text[i+1:])
	u, err := url.Parse(s.Prefix)
	switch {
	case err != nil:
		return err
	case u.Scheme == "" || u.Host == "" || u.RawQuery != "" || !strings.HasSuffix(u.Path, "/"):
		return errors.New("a source of a dialect: want a URL with a scheme and a host that ends with a slash")
	case s.Keys != "" && !strings.HasSuffix(s.Keys, "/"):
		return errors.New("a source of a dialect: want a prefix of keys that ends with a slash, or none")
	}
	return nil
}

func (s Source) String() string { return s.Prefix + "=" + s.Keys }

// Sources say which URLs of originals name a key. URLs of other hosts are refused: nothing is ever fetched from them.
type Sources []Source

// schemes matches a URL, and one whose two slashes became one on the way, as some proxies do.
var schemes = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.-]*):/+`)

// key returns the key that a source in a URL of a dialect names: a path, or a URL below one of the sources.
func (s Sources) key(dialect, source string) (string, error) {
	scheme := schemes.FindStringSubmatch(source)
	if scheme == nil {
		return strings.TrimLeft(source, "/"), nil
	}
	name, rest := strings.ToLower(scheme[1]), source[len(scheme[0]):]
	if name == "local" { // imgproxy's scheme of its folder, which has no host
		return rest, nil
	}
	full := name + "://" + rest
	for _, known := range s {
		if below, ok := strings.CutPrefix(full, known.Prefix); ok {
			below, _, _ = strings.Cut(below, "?") // of cache busters and signed URLs, which name the same object
			return known.Keys + below, nil
		}
	}
	return "", &Error{dialect, source, "is below no source of this dialect"}
}
