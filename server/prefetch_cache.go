package server

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/render"
)

// A prefetchCache is memory and store as the renderer uses them, for what it makes in advance.
type prefetchCache struct{ server *Server }

// Missing implements [render.Cache]. Another process may have made some of them.
func (c prefetchCache) Missing(ctx context.Context, original string, ts []resize.Transform) (missing []resize.Transform) {
	isKept := make([]bool, len(ts))
	var lookups sync.WaitGroup
	for i, t := range ts {
		lookups.Go(func() { isKept[i] = c.has(ctx, cache.Key{Original: original, Transform: t.String()}) })
	}
	lookups.Wait()
	for i, t := range ts {
		if !isKept[i] {
			missing = append(missing, t)
		}
	}
	return missing
}

func (c prefetchCache) has(ctx context.Context, k cache.Key) bool {
	if _, ok := c.server.memory.Get(k); ok {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	_, err := c.server.store.Stat(ctx, k)
	return err == nil
}

// Mezzanine implements [render.Cache].
func (c prefetchCache) Mezzanine(ctx context.Context, original, etag string) (body []byte, release func()) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	body, release, err := c.mezzanine(ctx, original, etag)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.server.log.WarnContext(ctx, "mezzanine not read", "original", original, "err", err)
	}
	return body, release
}

// mezzanine reads a mezzanine. It may wait at the gate for long, so it counts as memory in use.
func (c prefetchCache) mezzanine(ctx context.Context, original, etag string) (body []byte, release func(), err error) {
	k := cache.Key{Original: original, Transform: render.MezzanineName}
	opened, err := c.server.store.Open(ctx, k, 0)
	if err != nil {
		return nil, nil, err
	}
	if opened.OriginalETag != etag || !c.server.memory.Reserve(opened.Size) {
		return nil, nil, opened.Close()
	}
	release = func() { c.server.memory.Unreserve(opened.Size) }
	v, err := cache.ReadAll(ctx, c.server.store, k, opened)
	if err == nil && v.OriginalETag != etag {
		err = fs.ErrNotExist // replaced meanwhile
	}
	if err != nil {
		release()
		return nil, nil, err
	}
	return v.Body, release, nil
}

// Put implements [render.Cache]. It keeps the variants unless the original has changed since it was read.
func (c prefetchCache) Put(ctx context.Context, original string, variants []render.Variant) {
	s := c.server
	began := s.memory.Begin()
	put := make(map[string]*cache.Variant, len(variants))
	for _, variant := range variants {
		k := cache.Key{Original: original, Transform: variant.Name}
		put[variant.Name] = s.put(ctx, k, s.newFirst(variant), newLegs(ctx), began)
		s.metrics.fills.WithLabelValues("sibling").Inc()
	}
	if s.verify(ctx, original, put) != current {
		return
	}
	for _, variant := range variants {
		s.noteDraft(cache.Key{Original: original, Transform: variant.Name}, variant.Transform, put[variant.Name])
	}
}

// newVariant returns a rendered variant as it is kept and served.
func newVariant(v render.Variant) *cache.Variant {
	kept := &cache.Variant{
		Body:         v.Body,
		MediaType:    v.Format.MediaType(),
		ETag:         cache.ETag(v.Body),
		OriginalETag: v.OriginalETag,
		Modified:     time.Now(),
	}
	if v.IsStill {
		kept.Note = stillNote
	}
	return kept
}

// stillNote is the note of variants that show the first frame of an animation which is above the limits, or whose format is not
// read as one.
const stillNote = "first frame of an animation"
