package cachetest

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/imgorigin/imgorigin/cache"
)

// maxNameBytes is the longest name of a variant in a [MapStore], as in S3.
const maxNameBytes = 1024

// A MapStore is a store in a map, for tests. It passes [TestStore]. The zero value is an empty store.
type MapStore struct {
	// Before, if not nil, is called before every operation, which returns its error: get, put, stat, list, delete or
	// drop of an original, or walk over originals with a prefix. It may block.
	Before func(ctx context.Context, operation, original string) error

	mu       sync.Mutex
	variants map[cache.Key]*cache.Variant
}

var (
	_ cache.Store  = (*MapStore)(nil)
	_ cache.Walker = (*MapStore)(nil)
)

func (s *MapStore) before(ctx context.Context, operation, original string) error {
	if s.Before != nil {
		if err := s.Before(ctx, operation, original); err != nil {
			return fmt.Errorf("%s %s: %w", operation, original, err)
		}
	}
	return ctx.Err()
}

// Get implements [cache.Store].
func (s *MapStore) Get(ctx context.Context, k cache.Key) (*cache.Variant, error) {
	if err := s.before(ctx, "get", k.Original); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.variants[k]; ok {
		return v, nil
	}
	return nil, fmt.Errorf("get %s: %w", k, fs.ErrNotExist)
}

// Open implements [cache.Store].
func (s *MapStore) Open(ctx context.Context, k cache.Key, offset int64) (*cache.Opened, error) {
	v, err := s.Get(ctx, k)
	if err != nil {
		return nil, err
	}
	want := md5.Sum(v.Body)
	body := io.NopCloser(bytes.NewReader(v.Body[offset:]))
	return cache.NewOpened(*v, int64(len(v.Body)), offset, body, md5.New(), want[:]), nil
}

// Put implements [cache.Store].
func (s *MapStore) Put(ctx context.Context, k cache.Key, v *cache.Variant) error {
	if err := s.before(ctx, "put", k.Original); err != nil {
		return err
	}
	if err := k.Check(); err != nil {
		return err
	}
	if len(k.String()) > maxNameBytes {
		return fmt.Errorf("put %.60s…: %w", k, cache.ErrName)
	}
	if len(v.Body) == 0 {
		return fmt.Errorf("put %s: an empty body", k)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.variants == nil {
		s.variants = make(map[cache.Key]*cache.Variant)
	}
	s.variants[k] = v
	return nil
}

// Stat implements [cache.Store].
func (s *MapStore) Stat(ctx context.Context, k cache.Key) (*cache.Variant, error) {
	if err := s.before(ctx, "stat", k.Original); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.variants[k]; ok {
		described := *v
		described.Body, described.Size = nil, int64(len(v.Body))
		return &described, nil
	}
	return nil, fmt.Errorf("stat %s: %w", k, fs.ErrNotExist)
}

// Transforms implements [cache.Store]. They are sorted.
func (s *MapStore) Transforms(ctx context.Context, original string) (transforms []string, err error) {
	if err := s.before(ctx, "list", original); err != nil {
		return nil, err
	}
	for k := range s.Variants() {
		if k.Original == original {
			transforms = append(transforms, k.Transform)
		}
	}
	slices.Sort(transforms)
	return transforms, nil
}

// Delete implements [cache.Store].
func (s *MapStore) Delete(ctx context.Context, original string, transforms ...string) error {
	if err := s.before(ctx, "delete", original); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, transform := range transforms {
		delete(s.variants, cache.Key{Original: original, Transform: transform})
	}
	return nil
}

// Drop implements [cache.Store].
func (s *MapStore) Drop(ctx context.Context, original string) error {
	if err := s.before(ctx, "drop", original); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.variants {
		if k.Original == original {
			delete(s.variants, k)
		}
	}
	return nil
}

// Originals implements [cache.Walker]. The keys are sorted.
func (s *MapStore) Originals(ctx context.Context, prefix, after string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := s.before(ctx, "walk", prefix); err != nil {
			yield("", err)
			return
		}
		keys := make(map[string]bool)
		for k := range s.Variants() {
			if strings.HasPrefix(k.Original, prefix) && k.Original > after {
				keys[k.Original] = true
			}
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if !yield(key, nil) {
				return
			}
		}
	}
}

// Len returns the number of variants.
func (s *MapStore) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.variants)
}

// Variants returns all variants.
func (s *MapStore) Variants() map[cache.Key]*cache.Variant {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[cache.Key]*cache.Variant, len(s.variants))
	for k, v := range s.variants {
		all[k] = v
	}
	return all
}
