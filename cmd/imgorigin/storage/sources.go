package storage

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server/dialect"
	"github.com/imgorigin/imgorigin/server/originals"
)

// OriginalsFlags say where originals are read from.
type OriginalsFlags struct {
	Originals        SourceLocation `common:"" group:"storage" required:"" placeholder:"LOCATION" help:"Where originals are stored: s3://bucket/prefix, gs://bucket/prefix, a folder, the URL of a web server such as https://example.com/media/, or none if --source covers all of them."`
	Source           []Source       `group:"storage" sep:";" placeholder:"PREFIX=LOCATION" help:"Where originals with a key prefix are stored, in place of --originals: with shop/=https://example.com/media/, shop/cat.jpg is read from https://example.com/media/cat.jpg. May be repeated; a semicolon separates several."`
	PrivateOriginals bool           `group:"storage" help:"Allow originals to be read from web servers at private and loopback addresses."`
}

// A SourceLocation is where originals are stored: a [Location], or below a URL of a web server.
type SourceLocation struct {
	Location
	Web string // its path ends in a slash; it may have a password and a secret query
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (l *SourceLocation) UnmarshalText(text []byte) error {
	s := string(text)
	if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		l.Web = ""
		return l.Location.UnmarshalText(text)
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
	*l = SourceLocation{Web: base}
	return nil
}

// String returns the location without a password and query.
func (l SourceLocation) String() string {
	if l.Web == "" {
		return l.Location.String()
	}
	if base, err := url.Parse(l.Web); err == nil {
		return originals.Redacted(base)
	}
	return "a web server"
}

// IsNone reports whether there is no location.
func (l SourceLocation) IsNone() bool { return l == SourceLocation{} }

// A Source is an element of --source: a location of the originals whose keys begin with a prefix.
type Source struct {
	Keys string // ends in a slash; "" for --originals
	SourceLocation
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *Source) UnmarshalText(text []byte) error {
	keys, at, ok := strings.Cut(string(text), "=")
	if !ok || !strings.HasSuffix(keys, "/") || strings.HasPrefix(keys, "/") || strings.Contains(keys, "//") {
		return fmt.Errorf("%q: want the prefix of keys with a slash at its end, = and a location, as shop/=s3://bucket/prefix", keys)
	}
	s.Keys = keys
	if err := s.SourceLocation.UnmarshalText([]byte(at)); err != nil {
		return err
	}
	if s.IsNone() {
		return fmt.Errorf("%q: want a location", keys)
	}
	return nil
}

// Name returns the source as it is given by a flag, without a password and query.
func (s Source) Name() string {
	if s.Keys == "" {
		return s.String()
	}
	return s.Keys + "=" + s.String()
}

// All returns where all originals are, --originals first.
func (f OriginalsFlags) All() []Source {
	var all []Source
	if !f.Originals.IsNone() {
		all = append(all, Source{"", f.Originals})
	}
	return append(all, f.Source...)
}

// Names returns all locations, for logs.
func (f OriginalsFlags) Names() string {
	var names []string
	for _, at := range f.All() {
		names = append(names, at.Name())
	}
	return strings.Join(names, " ")
}

// IsOneSource reports whether all keys are of --originals.
func (f OriginalsFlags) IsOneSource() bool { return len(f.Source) == 0 }

// routes returns the routes of keys, without their sources.
func (f OriginalsFlags) routes() (routes originals.Routes) {
	for _, at := range f.All() {
		routes = append(routes, originals.Route{Prefix: at.Keys})
	}
	return routes
}

// IsShadowed reports whether originals with a key of the source are read from another one, with a longer prefix.
func (f OriginalsFlags) IsShadowed(at Source, key string) bool {
	i, _, ok := f.routes().Route(key)
	return !ok || f.All()[i].Keys != at.Keys
}

// DialectSources returns how the URLs of other services name the originals in buckets and on web servers.
func (f OriginalsFlags) DialectSources() (sources dialect.Sources) {
	for _, at := range f.All() {
		base, err := url.Parse(at.Web)
		switch {
		case at.Bucket != "":
			sources = append(sources, dialect.Source{Prefix: at.URL(), Keys: at.Keys})
		case at.Web != "" && err == nil:
			base.User, base.RawQuery = nil, ""
			sources = append(sources, dialect.Source{Prefix: base.String(), Keys: at.Keys})
		}
	}
	return sources
}

// Overlaps returns the first source that overlaps a location.
func (f OriginalsFlags) Overlaps(other Location) (at Source, ok bool) {
	for _, at := range f.All() {
		if at.Location.Overlaps(other) {
			return at, true
		}
	}
	return at, false
}

// Check refuses sources that nothing can be read from, or with which a key or an event would mean two originals.
func (f OriginalsFlags) Check() error {
	all := f.All()
	if len(all) == 0 {
		return errors.New("--originals none without --source: want s3://bucket/prefix, a folder or a URL")
	}
	for i, at := range all {
		for _, other := range all[:i] {
			switch {
			case at.Keys == other.Keys:
				return usage.Errorf("--source: %s is the prefix of two sources", at.Keys)
			case at.Bucket != "" && at.Location.Overlaps(other.Location):
				return usage.Errorf("--source: %s and %s overlap: an event would belong to two originals", at, other)
			}
		}
	}
	return nil
}

// CheckUploads refuses a prefix of uploads that would be stored in --originals and read from elsewhere.
func (f OriginalsFlags) CheckUploads(prefix string) error {
	hides := func(at Source) bool {
		return strings.HasPrefix(prefix, at.Keys) || strings.HasPrefix(at.Keys, prefix)
	}
	if i := slices.IndexFunc(f.Source, hides); i >= 0 {
		return usage.Errorf("--upload-prefix %s: uploads are stored in --originals, and would be read from %s", prefix, f.Source[i])
	}
	return nil
}

// KeyOf returns the key of the original that an object of a bucket is, by the bucket that an event names. An event about a
// file names its key.
func (f OriginalsFlags) KeyOf(bucket, object string) (key string, ok bool) {
	for _, at := range f.All() {
		within := at.Prefix
		if at.Bucket == "" {
			within = at.Keys
		}
		rest, ok := strings.CutPrefix(object, within)
		isOther := at.eventBucket() != "" && at.eventBucket() != bucket
		if key := at.Keys + rest; ok && rest != "" && !isOther && !f.IsShadowed(at, key) {
			return key, true
		}
	}
	return "", false
}

// UnusedKey returns a key that no original has.
func UnusedKey() string { return "imgorigin-doctor/" + strings.ToLower(rand.Text()) }
