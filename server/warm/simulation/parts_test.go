package simulation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"io/fs"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/warm"
)

// A process is one that can be killed: nothing that it does afterwards has an effect.
type process struct {
	name     string
	isServer bool
	killed   atomic.Bool
}

// A source is the bucket of originals, as a process sees it.
type source struct {
	*world
	*process
}

// photo is the header of an image, which is all that is looked at; its state follows.
var photo = func() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 1600, 1200)), &jpeg.Options{Quality: 1}); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

func (s source) Open(ctx context.Context, key string) (*originals.Original, error) {
	if err := s.access(ctx, s.process, "originals", "open "+key); err != nil {
		return nil, err
	}
	now := s.current(key)
	if now.etag == "" {
		return nil, fs.ErrNotExist
	}
	body := append(bytes.Clone(photo), now.etag...)
	return &originals.Original{
		Info: originals.Info{ETag: now.etag, Size: int64(len(body))}, Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}

func (s source) Stat(ctx context.Context, key string) (originals.Info, error) {
	if err := s.access(ctx, s.process, "originals", "stat "+key); err != nil {
		return originals.Info{}, err
	}
	now := s.current(key)
	if now.etag == "" {
		return originals.Info{}, fs.ErrNotExist
	}
	return originals.Info{ETag: now.etag, Size: int64(len(photo) + len(now.etag))}, nil
}

// A variantStore is the bucket of variants, as a process sees it.
type variantStore struct {
	*world
	*process
}

func (s variantStore) Get(ctx context.Context, k cache.Key) (*cache.Variant, error) {
	if err := s.access(ctx, s.process, "variants", "get "+k.String()); err != nil {
		return nil, err
	}
	return s.store.Get(ctx, k)
}

func (s variantStore) Open(ctx context.Context, k cache.Key, offset int64) (*cache.Opened, error) {
	if err := s.access(ctx, s.process, "variants", "get "+k.String()); err != nil {
		return nil, err
	}
	return s.store.Open(ctx, k, offset)
}

// Put may land although its caller got an error, some seconds later.
func (s variantStore) Put(ctx context.Context, k cache.Key, v *cache.Variant) error {
	err := s.access(ctx, s.process, "variants", "put "+k.String())
	if err == nil && s.chance("lands late "+k.String(), 30) == 0 {
		err = &net.OpError{Op: "read", Net: "tcp", Err: errors.New("reset")}
		delay := time.Duration(s.chance("how late "+k.String(), 4000)) * time.Millisecond
		time.AfterFunc(delay, func() { s.store.Put(context.Background(), k, v) })
	}
	if err != nil {
		return err
	}
	if s.hasDrafts() && !v.Draft && !isTrace(k) && s.isServer {
		s.finals.Add(1)
	}
	return s.store.Put(ctx, k, v)
}

func (s variantStore) Stat(ctx context.Context, k cache.Key) (*cache.Variant, error) {
	if err := s.access(ctx, s.process, "variants", "stat "+k.String()); err != nil {
		return nil, err
	}
	return s.store.Stat(ctx, k)
}

func (s variantStore) Transforms(ctx context.Context, original string) ([]string, error) {
	if err := s.access(ctx, s.process, "variants", "list "+original); err != nil {
		return nil, err
	}
	return s.store.Transforms(ctx, original)
}

func (s variantStore) Delete(ctx context.Context, original string, transforms ...string) error {
	if err := s.access(ctx, s.process, "variants", "delete "+original); err != nil {
		return err
	}
	return s.store.Delete(ctx, original, transforms...)
}

func (s variantStore) Drop(ctx context.Context, original string) error {
	if err := s.access(ctx, s.process, "variants", "drop "+original); err != nil {
		return err
	}
	return s.store.Drop(ctx, original)
}

// An engine makes variants that say which state of the original they are of, in some time. A thorough one takes longer, and
// fewer bytes.
type engine struct {
	*world
	isThorough bool
}

func (engine) Name() string                 { return "simulated" }
func (engine) Decodes(resize.Format) bool   { return true }
func (engine) Encodes(f resize.Format) bool { return f == resize.JPEG }
func (engine) IsSlow(resize.Format) bool    { return false }

func (engine) Memory(_ resize.Header, size int64, _ ...resize.Transform) int64 { return size }

func (e engine) Each(ctx context.Context, src []byte, job resize.Job) error {
	e.decodes.Add(1)
	etag := src[len(photo):]
	for i, t := range job.Transforms {
		took, body := e.latency(fmt.Sprint("make ", t, string(etag)))/4, "\xff\xd8\xff"+string(etag)
		if e.isThorough {
			took *= 4
		} else {
			body += draftMark
		}
		select {
		case <-time.After(took):
		case <-ctx.Done():
			return ctx.Err()
		}
		job.Yield(i, []byte(body), nil)
	}
	return nil
}

func (e engine) Resize(ctx context.Context, src []byte, ts ...resize.Transform) ([][]byte, error) {
	return resize.Gather(ctx, e, src, ts)
}

// draftMark is the end of a body that is not of a thorough engine.
const draftMark = " in a hurry"

// etagOf returns the state that a variant's body is of.
func etagOf(body []byte) string {
	return strings.TrimSuffix(strings.TrimPrefix(string(body), "\xff\xd8\xff"), draftMark)
}

// expire deletes the variants of an original, as the lifecycle of their bucket does, except for the traces of what was dropped:
// those are dropped with the next event, and never become that old.
func (w *world) expire(ctx context.Context, key string) {
	transforms, _ := w.store.Transforms(ctx, key) // which can't fail
	transforms = slices.DeleteFunc(transforms, func(t string) bool { return isTrace(cache.Key{Original: key, Transform: t}) })
	if err := w.store.Delete(ctx, key, transforms...); err != nil {
		panic(err)
	}
}

// isTrace reports whether a key is that of a trace, which a server leaves when it removes variants.
func isTrace(k cache.Key) bool { return strings.HasPrefix(k.Transform, "removed") }

// Overwritten is what a worker learns from the versions of an original.
func (s source) Overwritten(ctx context.Context, key string) (bool, error) {
	if err := s.access(ctx, s.process, "originals", "versions "+key); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.states[key]) > 1, nil
}

// A purger is the CDN's interface for invalidations, as a worker sees it.
type purger struct {
	*world
	*process
}

var _ warm.Invalidator = purger{}

// Invalidate returns when the invalidation is accepted. Each edge carries it out within 25 s.
func (p purger) Invalidate(ctx context.Context, original string) error {
	if err := p.access(ctx, p.process, "cdn", "invalidate "+original); err != nil {
		return err
	}
	p.purges.Add(1)
	for i, e := range p.edges {
		delay := time.Duration(1000+p.chance(fmt.Sprint("purge ", i, original), 24_000)) * time.Millisecond
		time.AfterFunc(delay, func() { e.purge(original) })
	}
	return nil
}
