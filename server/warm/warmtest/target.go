// Package warmtest has doubles for tests of the warmer and of the packages around it: a target in memory, and the
// messages that S3 sends.
package warmtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A Target is a warm.Target in memory: it holds originals and their variants, and records an event for each change of
// an original. An original is no more than the number of its version; a variant is the number of the version that it
// was made from, so that [Target.Check] finds stale ones.
//
// Its methods are safe for concurrent use. A test may look at the fields when no method runs.
type Target struct {
	Delay func() // called before every access, so that other goroutines run in between; does nothing by default

	mu           sync.Mutex
	Originals    map[string]int            // version, by key
	Variants     map[string]map[string]int // version of the original, by key and transform
	DecodeErrors map[string]error          // what decoding an original ends with, by key
	Unreachable  map[string]error          // what any access to an original ends with, by key
	Undroppable  map[string]error          // what dropping variants ends with, by key of the original
	Decodes      map[string]int            // by key
	Events       []s3event.Event           // of every Put and Remove, in order
	versions     int
	traces       int // that Retire left
}

// traceVersion is the version that a trace is of. Its ETag is none that an original can have.
const traceVersion = -1

// NewTarget returns a target without originals.
func NewTarget() *Target {
	return &Target{
		Delay: func() {}, Originals: make(map[string]int), Variants: make(map[string]map[string]int),
		DecodeErrors: make(map[string]error), Unreachable: make(map[string]error), Undroppable: make(map[string]error), Decodes: make(map[string]int),
	}
}

// DelayAtRandom makes every access take up to 0.3 s, and one in eight up to 9 s. It is meant for a synctest bubble,
// where time costs nothing.
func (t *Target) DelayAtRandom(random *rand.Rand) {
	var mu sync.Mutex
	t.Delay = func() {
		mu.Lock()
		d := time.Duration(random.IntN(300)) * time.Millisecond
		if random.IntN(8) == 0 {
			d *= 30
		}
		mu.Unlock()
		time.Sleep(d)
	}
}

// ETag returns the ETag of a version. Every third version has the same: images are replaced and put back.
func ETag(version int) string { return fmt.Sprintf(`"%x"`, version%3) }

// Put makes or replaces an original.
func (t *Target) Put(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.versions++
	t.Originals[key] = t.versions
	t.record(s3event.Event{Kind: s3event.Created, Key: key, ETag: strings.Trim(ETag(t.versions), `"`), Size: 1})
}

// Remove deletes an original.
func (t *Target) Remove(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.Originals, key)
	t.record(s3event.Event{Kind: s3event.Removed, Key: key})
}

func (t *Target) record(ev s3event.Event) {
	ev.Bucket, ev.Sequencer = "photos", s3event.Sequencer(fmt.Sprintf("%x", len(t.Events)+10))
	t.Events = append(t.Events, ev)
}

// Keys returns the keys of the originals, sorted.
func (t *Target) Keys() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Sorted(maps.Keys(t.Originals))
}

// LastEvent returns the newest event.
func (t *Target) LastEvent() s3event.Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.Events[len(t.Events)-1]
}

// Stat implements warm.Target.
func (t *Target) Stat(ctx context.Context, key string) (string, error) {
	t.Delay()
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := errors.Join(t.Unreachable[key], ctx.Err()); err != nil {
		return "", err
	}
	version, ok := t.Originals[key]
	if !ok {
		return "", fs.ErrNotExist
	}
	return ETag(version), nil
}

// Warm implements warm.Target.
func (t *Target) Warm(ctx context.Context, key string, ts []resize.Transform) (made, skipped int, err error) {
	version, missing, err := t.decode(ctx, key, ts)
	if err != nil || len(missing) == 0 {
		return 0, len(ts) - len(missing), err
	}
	for _, transform := range missing {
		t.Delay()
		if err := ctx.Err(); err != nil {
			return made, 0, err
		}
		t.mu.Lock()
		t.keep(key, transform.String(), version)
		t.mu.Unlock()
		made++
	}
	return made, len(ts) - made, nil
}

// decode returns the version of an original, and those of ts that are not kept of it.
func (t *Target) decode(
	ctx context.Context, key string, ts []resize.Transform,
) (version int, missing []resize.Transform, err error) {
	t.Delay()
	t.mu.Lock()
	defer t.mu.Unlock()
	version, ok := t.Originals[key]
	if !ok {
		return 0, nil, fs.ErrNotExist
	}
	for _, transform := range ts {
		if kept, ok := t.Variants[key][transform.String()]; !ok || ETag(kept) != ETag(version) {
			missing = append(missing, transform)
		}
	}
	if len(missing) > 0 {
		t.Decodes[key]++
	}
	return version, missing, errors.Join(t.DecodeErrors[key], t.Unreachable[key], ctx.Err())
}

func (t *Target) keep(key, transform string, version int) {
	if t.Variants[key] == nil {
		t.Variants[key] = make(map[string]int)
	}
	t.Variants[key][transform] = version
}

// DropStale implements warm.Target.
func (t *Target) DropStale(ctx context.Context, key, etag string) (dropped, kept int, err error) {
	t.Delay()
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := errors.Join(t.Undroppable[key], ctx.Err()); err != nil {
		return 0, 0, err
	}
	for transform, version := range t.Variants[key] {
		if ETag(version) != etag || version == traceVersion {
			delete(t.Variants[key], transform)
			dropped++
		}
	}
	kept = len(t.Variants[key])
	if kept == 0 {
		delete(t.Variants, key)
	}
	return dropped, kept, nil
}

// Retire implements warm.Target. The trace is a variant of a version that is never the present one.
func (t *Target) Retire(ctx context.Context, key, etag string) (dropped int, done func(context.Context) error, err error) {
	dropped, _, err = t.DropStale(ctx, key, etag)
	if err != nil {
		return 0, nil, err
	}
	if dropped == 0 {
		return 0, func(context.Context) error { return nil }, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.traces++
	trace := fmt.Sprint("removed-", t.traces)
	t.keep(key, trace, traceVersion)
	return dropped, func(ctx context.Context) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		if delete(t.Variants[key], trace); len(t.Variants[key]) == 0 {
			delete(t.Variants, key)
		}
		return ctx.Err()
	}, nil
}

// Drop implements warm.Target.
func (t *Target) Drop(ctx context.Context, key string) (dropped bool, err error) {
	t.Delay()
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := errors.Join(t.Undroppable[key], ctx.Err()); err != nil {
		return false, err
	}
	dropped = len(t.Variants[key]) > 0
	delete(t.Variants, key)
	return dropped, nil
}

// Request is a client's request for a variant that no warmer makes. As the server does, it stats the original again
// after storing the variant, and deletes the variant if the original changed meanwhile.
func (t *Target) Request(key, transform string) {
	t.Delay()
	t.mu.Lock()
	version, ok := t.Originals[key]
	_, hit := t.Variants[key][transform]
	t.mu.Unlock()
	if !ok || hit {
		return
	}
	t.Delay()
	t.mu.Lock()
	t.keep(key, transform, version)
	t.mu.Unlock()
	t.Delay()
	t.mu.Lock()
	defer t.mu.Unlock()
	now, ok := t.Originals[key]
	if (!ok || ETag(now) != ETag(version)) && t.Variants[key][transform] == version {
		delete(t.Variants[key], transform)
	}
}

// Check returns an error for every variant that should not be there, and for every one of ts that is missing, once
// every event was handled.
func (t *Target) Check(ts []resize.Transform) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var errs []error
	for key, version := range t.Originals {
		for _, transform := range ts {
			if _, ok := t.Variants[key][transform.String()]; !ok && t.DecodeErrors[key] == nil {
				errs = append(errs, fmt.Errorf("%s: no %s", key, transform))
			}
		}
		for transform, from := range t.Variants[key] {
			if ETag(from) != ETag(version) {
				errs = append(errs, fmt.Errorf("%s: %s is of %s, the original is %s",
					key, transform, ETag(from), ETag(version)))
			}
		}
	}
	for key, variants := range t.Variants {
		if _, ok := t.Originals[key]; !ok && len(variants) > 0 {
			errs = append(errs, fmt.Errorf("%s: removed, but %d variants are still there", key, len(variants)))
		}
	}
	return errors.Join(errs...)
}

// Ladder is what the warmers of tests make of every original.
var Ladder = []resize.Transform{
	{Width: 320, Format: resize.WebP}, {Width: 640, Format: resize.WebP}, {Width: 320, Format: resize.JPEG},
}
