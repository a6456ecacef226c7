package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server/dialect"
	"github.com/imgorigin/imgorigin/server/originals"
)

// originalsFlags say where originals are read from.
type originalsFlags struct {
	Originals        sourceLocation   `common:"" group:"storage" required:"" placeholder:"LOCATION" help:"Where originals are stored: s3://bucket/prefix, gs://bucket/prefix, a folder, the URL of a web server such as https://example.com/media/, or none if there are --source for all of them."`
	Source           []prefixedSource `group:"storage" sep:";" placeholder:"PREFIX=LOCATION" help:"Where the originals are stored whose keys begin with a prefix, in place of --originals: shop/=https://example.com/media/ has shop/cat.jpg from https://example.com/media/cat.jpg. May be repeated; a semicolon separates several."`
	PrivateOriginals bool             `group:"storage" help:"Let web servers that originals are read from have private and loopback addresses."`
}

// A sourceLocation is where originals are stored: a [location], or below a URL of a web server.
type sourceLocation struct {
	location
	web string // its path ends in a slash; it may have a password and a secret query
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (l *sourceLocation) UnmarshalText(text []byte) error {
	s := string(text)
	if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		l.web = ""
		return l.location.UnmarshalText(text)
	}
	if _, err := originals.NewHTTP(originals.HTTPConfig{Base: s}); err != nil {
		return err
	}
	base, query, hasQuery := strings.Cut(s, "?")
	if !strings.HasSuffix(base, "/") {
		base += "/"
	}
	if hasQuery {
		base += "?" + query
	}
	*l = sourceLocation{web: base}
	return nil
}

// String returns the location without a password and query.
func (l sourceLocation) String() string {
	if l.web == "" {
		return l.location.String()
	}
	if base, err := url.Parse(l.web); err == nil {
		return originals.Redacted(base)
	}
	return "a web server"
}

func (l sourceLocation) isNone() bool { return l == sourceLocation{} }

// A prefixedSource is an element of --source: a location of the originals whose keys begin with a prefix.
type prefixedSource struct {
	keys string // ends in a slash; "" for --originals
	sourceLocation
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *prefixedSource) UnmarshalText(text []byte) error {
	keys, at, ok := strings.Cut(string(text), "=")
	if !ok || !strings.HasSuffix(keys, "/") || strings.HasPrefix(keys, "/") || strings.Contains(keys, "//") {
		return fmt.Errorf("%q: want the prefix of keys with a slash at its end, = and a location, as shop/=s3://bucket/prefix", keys)
	}
	s.keys = keys
	if err := s.sourceLocation.UnmarshalText([]byte(at)); err != nil {
		return err
	}
	if s.isNone() {
		return fmt.Errorf("%q: want a location", keys)
	}
	return nil
}

// name returns the source as it is given by a flag, without a password and query.
func (s prefixedSource) name() string {
	if s.keys == "" {
		return s.String()
	}
	return s.keys + "=" + s.String()
}

// all returns where all originals are, --originals first.
func (f originalsFlags) all() []prefixedSource {
	var all []prefixedSource
	if !f.Originals.isNone() {
		all = append(all, prefixedSource{"", f.Originals})
	}
	return append(all, f.Source...)
}

// names returns all locations, for logs.
func (f originalsFlags) names() string {
	var names []string
	for _, at := range f.all() {
		names = append(names, at.name())
	}
	return strings.Join(names, " ")
}

// isOneSource reports whether all keys are of --originals.
func (f originalsFlags) isOneSource() bool { return len(f.Source) == 0 }

// routes returns the routes of keys, without their sources.
func (f originalsFlags) routes() (routes originals.Routes) {
	for _, at := range f.all() {
		routes = append(routes, originals.Route{Prefix: at.keys})
	}
	return routes
}

// isShadowed reports whether originals with a key of the source are read from another one, with a longer prefix.
func (f originalsFlags) isShadowed(at prefixedSource, key string) bool {
	i, _, ok := f.routes().Route(key)
	return !ok || f.all()[i].keys != at.keys
}

// dialectSources returns how the URLs of other services name the originals in buckets and on web servers.
func (f originalsFlags) dialectSources() (sources dialect.Sources) {
	for _, at := range f.all() {
		base, err := url.Parse(at.web)
		switch {
		case at.bucket != "":
			sources = append(sources, dialect.Source{Prefix: at.url(), Keys: at.keys})
		case at.web != "" && err == nil:
			base.User, base.RawQuery = nil, ""
			sources = append(sources, dialect.Source{Prefix: base.String(), Keys: at.keys})
		}
	}
	return sources
}

// overlaps returns the first source that overlaps a location.
func (f originalsFlags) overlaps(other location) (at prefixedSource, ok bool) {
	for _, at := range f.all() {
		if at.location.overlaps(other) {
			return at, true
		}
	}
	return at, false
}

// check refuses sources that nothing can be read from, or with which a key or an event would mean two originals.
func (f originalsFlags) check() error {
	all := f.all()
	if len(all) == 0 {
		return errors.New("--originals none without --source: want s3://bucket/prefix, a folder or a URL")
	}
	for i, at := range all {
		for _, other := range all[:i] {
			switch {
			case at.keys == other.keys:
				return usage.Errorf("--source: %s is the prefix of two sources", at.keys)
			case at.bucket != "" && at.location.overlaps(other.location):
				return usage.Errorf("--source: %s and %s overlap: an event would be of two originals", at, other)
			}
		}
	}
	return nil
}

// checkUploads refuses a prefix of uploads that would be stored in --originals and read from elsewhere.
func (f originalsFlags) checkUploads(prefix string) error {
	hides := func(at prefixedSource) bool {
		return strings.HasPrefix(prefix, at.keys) || strings.HasPrefix(at.keys, prefix)
	}
	if i := slices.IndexFunc(f.Source, hides); i >= 0 {
		return usage.Errorf("--upload-prefix %s: uploads are stored in --originals, and would be read from %s", prefix, f.Source[i])
	}
	return nil
}

// keyOf returns the key of the original that an object of a bucket is, by the bucket that an event names. An event about a
// file names its key.
func (f originalsFlags) keyOf(bucket, object string) (key string, ok bool) {
	for _, at := range f.all() {
		within := at.prefix
		if at.bucket == "" {
			within = at.keys
		}
		rest, ok := strings.CutPrefix(object, within)
		isOther := at.eventBucket() != "" && at.eventBucket() != bucket
		if key := at.keys + rest; ok && rest != "" && !isOther && !f.isShadowed(at, key) {
			return key, true
		}
	}
	return "", false
}
