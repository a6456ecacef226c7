package cdn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go"

	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// invalidateAll invalidates all originals at once.
func invalidateAll(f *CloudFront, originals ...string) error {
	errs := make([]error, len(originals))
	var all sync.WaitGroup
	for i, original := range originals {
		all.Go(func() { errs[i] = f.Invalidate(context.Background(), original) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func TestCloudFront(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newFakeClient(t)
		f := NewCloudFront(Config{Client: e, Distribution: "E1"})
		began := time.Now()
		if err := invalidateAll(f, "a.jpg", "2026/ü b.jpg", "a.jpg", "a.jpg"); err != nil {
			t.Error(err)
		}
		if len(e.requests) != 1 || e.at[0].Sub(began) != 6*time.Second {
			t.Fatalf("got %q at %v, want one request after 5s, and the second that it takes", e.requests, e.at)
		}
		slices.Sort(e.requests[0])
		want := []string{"/img/2026/%C3%BC%20b.jpg*", "/img/a.jpg*", "/v/2026/%C3%BC%20b.jpg/*", "/v/a.jpg/*"}
		if !slices.Equal(e.requests[0], want) {
			t.Errorf("got %q, want %q", e.requests[0], want)
		}
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if err := f.Invalidate(t.Context(), "a.jpg"); !errors.Is(err, errClosed) {
			t.Errorf("closed: got %v", err)
		}
	})
}

// 28 originals are 56 wildcards, 14 of which are in progress at a time. For more originals, the folders that they share
// are invalidated.
func TestCloudFrontQuota(t *testing.T) {
	for _, test := range []struct{ originals, requests int }{{7, 1}, {8, 2}, {28, 4}, {29, 1}, {400, 1}} {
		synctest.Test(t, func(t *testing.T) {
			e, m := newFakeClient(t), NewMetrics()
			f := NewCloudFront(Config{Client: e, Distribution: "E1", Metrics: m, Patience: time.Hour})
			var originals []string
			for i := range test.originals {
				originals = append(originals, fmt.Sprintf("%d/%d.jpg", i%3, i))
			}
			if err := invalidateAll(f, originals...); err != nil {
				t.Error(err)
			}
			if len(e.requests) != test.requests {
				t.Errorf("%d originals: got %d requests, want %d", test.originals, len(e.requests), test.requests)
			}
			for _, original := range originals {
				for _, url := range []string{"/img/" + original + "?w=1", "/v/" + original + "/w=1.auto"} {
					if !e.invalidates(original, url) {
						t.Errorf("%s is not invalidated", url)
					}
				}
			}
			if n := warmtest.Count(t, m, "invalidations_total", "throttled"); n != 0 {
				t.Errorf("got refused %v times", n)
			}
			if err := f.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCloudFrontRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newFakeClient(t)
		f := NewCloudFront(Config{Client: e, Distribution: "E1", Patience: time.Hour})
		throttled := &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded"}
		e.refuse = []error{throttled, throttled, errTooMany}
		e.hangUp = true
		if err := invalidateAll(f, "a.jpg"); err != nil || len(e.requests) != 1 {
			t.Errorf("got %v, %q, want one request, however often it was sent", err, e.requests)
		}
		denied := &smithy.GenericAPIError{Code: "AccessDenied"}
		e.refuse = []error{denied}
		if err := invalidateAll(f, "a.jpg"); !errors.Is(err, denied) || len(e.requests) != 1 {
			t.Errorf("got %v, %q, want no other try", err, e.requests)
		}
		e.refuse = slices.Repeat([]error{throttled}, invalidateTries)
		if err := invalidateAll(f, "a.jpg"); !errors.Is(err, throttled) || len(e.refuse) != 0 {
			t.Errorf("got %v, %d tries left, want it given up", err, len(e.refuse))
		}

		e.refuse = slices.Repeat([]error{throttled}, 100)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := f.Invalidate(ctx, "a.jpg"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the caller's deadline", err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := f.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want an error, as an invalidation was not sent", err)
		}
	})
}

// Close does not wait for more originals to share the request.
func TestCloudFrontCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newFakeClient(t)
		f := NewCloudFront(Config{Client: e, Distribution: "E1"})
		result := make(chan error, 1)
		go func() { result <- f.Invalidate(t.Context(), "a.jpg") }()
		synctest.Wait()
		began := time.Now()
		err := errors.Join(f.Close(t.Context()), <-result)
		if took := time.Since(began); err != nil || took != time.Second || len(e.requests) != 1 {
			t.Errorf("got %v after %v, %q", err, took, e.requests)
		}
	})
}
