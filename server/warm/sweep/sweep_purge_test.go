package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/server/warm/backfill"
)

// A purge that fails after the drop is repeated, though nothing is stale any more.
func TestSweepRepeatsThePurge(t *testing.T) {
	w := newWorld(t, new(cachetest.MapStore))
	w.variants(t, "gone.jpg", `"x"`, "w=160.webp", "w=320.webp")
	failures := 1
	w.purge = func(string) error {
		if failures--; failures >= 0 {
			return errors.New("throttled")
		}
		return nil
	}
	sum, err := w.sweep.Run(t.Context(), backfill.Job{Tries: 2})
	if err != nil || sum.Gone != 1 || sum.Variants != 2 || w.purged["gone.jpg"] != 1 {
		t.Errorf("got %+v, %v, %d purges, want one gone and purged", sum, err, w.purged["gone.jpg"])
	}
}

// A sweep that is killed between a drop and the purge leaves a trace, which the next one finds and purges.
func TestSweepPurgesAfterAKill(t *testing.T) {
	w := newWorld(t, nil)
	replaced := w.original("replaced.jpg", "new")
	w.variants(t, "replaced.jpg", `"old"`, "w=160.webp")
	w.variants(t, "replaced.jpg", replaced, "w=320.webp")
	w.variants(t, "gone.jpg", `"x"`, "w=160.webp", "w=320.webp")
	w.purge = func(string) error { return errors.New("killed") }
	if sum, err := w.sweep.Run(t.Context(), backfill.Job{Tries: 1}); err != nil || sum.Failed != 2 || len(w.purged) != 0 {
		t.Fatalf("got %+v, %v, purged %v", sum, err, w.purged)
	}
	w.purge = func(string) error { return nil }
	sum, err := w.sweep.Run(t.Context(), backfill.Job{Tries: 1})
	if err != nil || sum.Stale != 1 || sum.Gone != 1 || fmt.Sprint(w.purged) != "map[gone.jpg:1 replaced.jpg:1]" {
		t.Errorf("got %+v, %v, purged %v, want both", sum, err, w.purged)
	}
	w.want(t, "replaced.jpg", "w=320.webp")
	w.want(t, "gone.jpg")
	if keys := w.s3.Keys("variants"); len(keys) != 1 {
		t.Errorf("got %q, want that no trace is left after the purge", keys)
	}
}

// An interrupt does not part a drop from its purge.
func TestSweepEndsWithThePurge(t *testing.T) {
	w := newWorld(t, new(cachetest.MapStore))
	w.variants(t, "gone.jpg", `"x"`, "w=160.webp")
	ctx, cancel := context.WithCancel(t.Context())
	w.store.(*cachetest.MapStore).Before = func(_ context.Context, operation, _ string) error {
		if operation == "drop" {
			cancel()
		}
		return nil
	}
	sum, err := w.sweep.Run(ctx, backfill.Job{})
	if err != nil && !errors.Is(err, context.Canceled) || sum.Gone != 1 || w.purged["gone.jpg"] != 1 {
		t.Errorf("got %+v, %v, %d purges, want one gone and purged", sum, err, w.purged["gone.jpg"])
	}
	w.want(t, "gone.jpg")
}
