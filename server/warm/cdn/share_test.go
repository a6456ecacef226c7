package cdn

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/cache"
)

// What CloudFront has no room for goes out with what has come since, each original once, and all calls end.
func TestRefusedBatchGoesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newFakeClient(t)
		f := NewCloudFront(Config{Client: e, Distribution: "E1", Tags: true})
		e.refuse = slices.Repeat([]error{errTooMany}, 3)
		var all sync.WaitGroup
		for i, original := range []string{"a.jpg", "b.jpg", "a.jpg", "c.jpg", "a.jpg", "b.jpg"} {
			all.Go(func() {
				time.Sleep(time.Duration(i) * 700 * time.Millisecond) // before, during and after the first requests
				if err := f.Invalidate(t.Context(), original); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		want := []string{"#" + cache.Tag("a.jpg"), "#" + cache.Tag("b.jpg"), "#" + cache.Tag("c.jpg")}
		if len(e.requests) != 1 {
			t.Fatalf("got %q, want one request", e.requests)
		}
		slices.Sort(want)
		slices.Sort(e.requests[0])
		if !slices.Equal(e.requests[0], want) {
			t.Errorf("got %q, want %q", e.requests[0], want)
		}
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A process that was refused has fewer tags in progress and invalidates everything sooner, by its share of the quota. When
// it was not refused for some minutes, it has all of it again.
func TestShareOfTheQuota(t *testing.T) {
	for _, test := range []struct {
		refusals    int
		pause       time.Duration // after them
		originals   int
		least, most int // tags of the first request; 0 is one request of everything
	}{
		{0, 0, 3000, 1000, 1000}, {1, 0, 3000, 600, 650}, {1, 3 * time.Minute, 3000, 1000, 1000},
		{6, 10 * time.Minute, 3000, 1000, 1000}, {1, 0, 6000, 0, 0}, {1, 10 * time.Minute, 6000, 1000, 1000},
		{20, 0, 500, 60, 150}, {20, 0, 1500, 0, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			e := newFakeClient(t)
			f := NewCloudFront(Config{Client: e, Distribution: "E1", Tags: true, Patience: time.Hour})
			e.refuse = slices.Repeat([]error{errTooMany}, test.refusals)
			if err := f.Invalidate(t.Context(), "first.jpg"); err != nil {
				t.Error(err)
			}
			time.Sleep(test.pause)
			synctest.Wait() // the call returns before the sender waits again, and what comes in between is sent at once
			before := len(e.requests)
			var originals []string
			for i := range test.originals {
				originals = append(originals, fmt.Sprintf("%d.jpg", i))
			}
			if err := invalidateAll(f, originals...); err != nil {
				t.Error(err)
			}
			requests := e.requests[before:]
			isAll := len(requests) == 1 && slices.Equal(requests[0], []string{"/*"})
			tags := len(requests[0])
			if want := test.most == 0; isAll != want || !isAll && (tags < test.least || tags > test.most) {
				t.Errorf("%+v: got %d requests, the first with %d items, everything: %t", test, len(requests), tags, isAll)
			}
			if err := f.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
