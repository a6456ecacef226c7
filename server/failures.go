package server

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/lru"
	"github.com/imgorigin/imgorigin/server/render"
)

const (
	failureAge    = 10 * time.Second // after which a variant that failed once is tried again; it doubles with each failure
	maxFailureAge = 10 * time.Minute

	maxFailures            = 1 << 10 // originals
	maxFailuresPerOriginal = 32      // all of them take about 10 MB
)

// failures remember for a while which variants could not be made. Until then, requests for them are answered with the
// same error at once: what always fails, or takes longer than a fill may, is not tried for every request.
//
// They are safe for concurrent use.
type failures struct {
	mu         sync.Mutex
	byOriginal *lru.Cache[string, map[string]failure] // and then by transform
}

// A failure is the last error of making a variant.
type failure struct {
	err          error
	originalETag string // the failure is of this state of the original
	attempts     int
	until        time.Time // when it is tried again
}

func newFailures() *failures {
	return &failures{byOriginal: lru.New[string, map[string]failure](maxFailures, nil)}
}

// Add remembers that making a variant ended with err, if another attempt would likely end the same way.
func (f *failures) Add(k cache.Key, err error, now time.Time) {
	work, ok := errors.AsType[*render.WorkError](err)
	if !ok {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	ofOriginal, _ := f.byOriginal.Get(k.Original)
	if ofOriginal == nil || len(ofOriginal) >= maxFailuresPerOriginal {
		ofOriginal = make(map[string]failure)
		f.byOriginal.Add(k.Original, ofOriginal)
	}
	last := failure{err: err, originalETag: work.OriginalETag, attempts: 1}
	if before := ofOriginal[k.Transform]; before.originalETag == work.OriginalETag {
		last.attempts += before.attempts
	}
	last.until = now.Add(min(failureAge<<min(last.attempts-1, 10), maxFailureAge))
	ofOriginal[k.Transform] = last
}

// Get returns the last failure of a variant, and whether there is one.
func (f *failures) Get(k cache.Key) (last failure, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ofOriginal, _ := f.byOriginal.Get(k.Original)
	last, ok = ofOriginal[k.Transform]
	return last, ok
}

// Remove forgets the failures of a variant, which was made after all.
func (f *failures) Remove(k cache.Key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ofOriginal, ok := f.byOriginal.Peek(k.Original); ok {
		delete(ofOriginal, k.Transform)
	}
}

// Drop forgets the failures of all variants of an original, which has changed.
func (f *failures) Drop(original string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.byOriginal.Remove(original)
}

// A repeatedError is the error of an earlier attempt, and is answered like that one.
type repeatedError struct {
	error
	after time.Duration // until the next attempt
}

func (e *repeatedError) Unwrap() error { return e.error }

// recentFailure returns the error of making a variant that has failed with the present state of the original, and is not
// to be tried again yet. When it is, attempts is the number of those before.
func (s *Server) recentFailure(ctx context.Context, k cache.Key) (attempts int, err error) {
	last, ok := s.failures.Get(k)
	if !ok {
		return 0, nil
	}
	if verdict, _, _ := s.fresh.Check(ctx, k.Original, last.originalETag); verdict != current {
		s.failures.Drop(k.Original)
		return 0, nil
	}
	after := time.Until(last.until)
	if after <= 0 {
		return last.attempts, nil
	}
	s.metrics.failedBefore.Inc()
	return last.attempts, &repeatedError{last.err, after}
}

// attemptName names an attempt at a variant for the limits: each attempt after a failure counts as another variant.
func attemptName(transform string, attempts int) string {
	if attempts == 0 {
		return transform
	}
	return transform + " after " + strconv.Itoa(attempts)
}
