package originals

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// A Route is a source of some originals: those whose keys begin with a prefix.
type Route struct {
	Prefix string // "" or ending in a slash; not part of the keys that Source is asked for
	Source Source
}

// Routes are several sources as one. An original is read from the source with the longest prefix that its key begins with,
// and from no other, whether or not it is there.
type Routes []Route

// Route returns the number of the route of a key, and the rest of the key, behind the prefix. ok is false if there is none.
func (r Routes) Route(key string) (i int, rest string, ok bool) {
	for candidate, route := range r {
		after, begins := strings.CutPrefix(key, route.Prefix)
		if begins && after != "" && (!ok || len(route.Prefix) > len(r[i].Prefix)) {
			i, rest, ok = candidate, after, true
		}
	}
	return i, rest, ok
}

func (r Routes) source(key string) (source Source, rest string, err error) {
	i, rest, ok := r.Route(key)
	if !ok {
		return nil, "", fmt.Errorf("no source has keys such as %q: %w", key, fs.ErrNotExist)
	}
	return r[i].Source, rest, nil
}

// Open implements [Source].
func (r Routes) Open(ctx context.Context, key string) (*Original, error) {
	source, rest, err := r.source(key)
	if err != nil {
		return nil, err
	}
	return source.Open(ctx, rest)
}

// Stat implements [Source].
func (r Routes) Stat(ctx context.Context, key string) (Info, error) {
	source, rest, err := r.source(key)
	if err != nil {
		return Info{}, err
	}
	return source.Stat(ctx, rest)
}

// Overwritten reports whether an original had another state before its present one, as [S3.Overwritten] does. Of a source
// without versions it reports false.
func (r Routes) Overwritten(ctx context.Context, key string) (bool, error) {
	source, rest, err := r.source(key)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if bucket, ok := source.(S3); ok {
		return bucket.Overwritten(ctx, rest)
	}
	return false, nil
}
