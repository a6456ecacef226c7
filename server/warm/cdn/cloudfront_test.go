package cdn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/smithy-go"

	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// fakeClient is a CloudFront that takes a second for a request and half a minute to complete it. It refuses what the
// real service would refuse, and fails the test when two requests run at once.
type fakeClient struct {
	t *testing.T

	mu       sync.Mutex
	requests [][]string
	at       []time.Time
	ids      map[string]string    // by reference
	until    map[string]time.Time // of the completion, by ID
	running  int
	refuse   []error // errors of the next requests
	hangUp   bool    // accept the next request, and return an error
}

func newFakeClient(t *testing.T) *fakeClient {
	return &fakeClient{t: t, ids: make(map[string]string), until: make(map[string]time.Time)}
}

func (e *fakeClient) CreateInvalidation(
	ctx context.Context, in *cloudfront.CreateInvalidationInput, _ ...func(*cloudfront.Options),
) (*cloudfront.CreateInvalidationOutput, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.running++; e.running > 1 {
		e.t.Error("two requests at once")
	}
	defer func() { e.running-- }()
	e.mu.Unlock()
	time.Sleep(time.Second)
	e.mu.Lock()
	if len(e.refuse) > 0 {
		err := e.refuse[0]
		e.refuse = e.refuse[1:]
		return nil, err
	}
	reference, paths := *in.InvalidationBatch.CallerReference, in.InvalidationBatch.Paths.Items
	if int(*in.InvalidationBatch.Paths.Quantity) != len(paths) || *in.DistributionId != "E1" {
		e.t.Errorf("got %d for %d paths of %s", *in.InvalidationBatch.Paths.Quantity, len(paths), *in.DistributionId)
	}
	if _, known := e.ids[reference]; !known {
		wildcards := 0
		for i, until := range e.until {
			if time.Now().Before(until) {
				wildcards += len(e.requests[atoi(i)])
			}
		}
		if wildcards+len(paths) > 15 {
			return nil, &types.TooManyInvalidationsInProgress{}
		}
		id := fmt.Sprint(len(e.requests))
		e.ids[reference], e.until[id] = id, time.Now().Add(30*time.Second)
		e.requests, e.at = append(e.requests, paths), append(e.at, time.Now())
	}
	if e.hangUp {
		e.hangUp = false
		return nil, errors.New("connection reset")
	}
	accepted := &types.Invalidation{Id: aws.String(e.ids[reference])}
	return &cloudfront.CreateInvalidationOutput{Invalidation: accepted}, nil
}

func atoi(s string) (n int) {
	fmt.Sscan(s, &n)
	return n
}

func (e *fakeClient) GetInvalidation(
	ctx context.Context, in *cloudfront.GetInvalidationInput, _ ...func(*cloudfront.Options),
) (*cloudfront.GetInvalidationOutput, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	status := "InProgress"
	if !time.Now().Before(e.until[*in.Id]) {
		status = "Completed"
	}
	return &cloudfront.GetInvalidationOutput{Invalidation: &types.Invalidation{Status: &status}}, nil
}

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

// 40 originals are 80 wildcards, 14 of which are in progress at a time. For 400 originals, the folders that they share
// are invalidated.
func TestCloudFrontQuota(t *testing.T) {
	for _, test := range []struct{ originals, requests int }{{7, 1}, {8, 2}, {40, 6}, {400, 1}} {
		synctest.Test(t, func(t *testing.T) {
			e, m := newFakeClient(t), NewMetrics()
			f := NewCloudFront(Config{Client: e, Distribution: "E1", Metrics: m})
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
			all := slices.Concat(e.requests...)
			for _, original := range originals {
				for _, url := range []string{"/img/" + original + "?w=1", "/v/" + original + "/w=1.auto"} {
					matches := func(path string) bool { return strings.HasPrefix(url, strings.TrimSuffix(path, "*")) }
					if !slices.ContainsFunc(all, matches) {
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
		f := NewCloudFront(Config{Client: e, Distribution: "E1"})
		throttled := &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded"}
		e.refuse = []error{throttled, throttled, &types.TooManyInvalidationsInProgress{}}
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
