package sweep_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/server/warm/backfill"
	"github.com/imgorigin/imgorigin/server/warm/sweep"
)

// Drafts of the present state that were left without finals are found by a dry run, and finished otherwise. Those of other
// states are dropped as everything else.
func TestDraftsAreFinished(t *testing.T) {
	w := newWorld(t, nil)
	draft := func(key, etag, transform string) {
		v := cachetest.NewVariant("v", 10)
		v.OriginalETag, v.Draft = etag, true
		if err := w.store.Put(t.Context(), cache.Key{Original: key, Transform: transform}, v); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"a.jpg", "b.jpg"} {
		draft(key, w.original(key, key), "w=160.webp")
	}
	draft("b.jpg", `"old"`, "w=320.webp")
	w.variants(t, "c.jpg", w.original("c.jpg", "c"), "w=160.webp")
	finished := make(map[string][]string)
	w.sweep.Finish = func(_ context.Context, original string, transforms []string) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		finished[original] = transforms
		return nil
	}
	for _, w.sweep.DryRun = range []bool{true, false} {
		w.findings = nil
		summary, err := w.sweep.Run(t.Context(), backfill.Job{})
		if err != nil || summary.Clean != 2 || summary.Stale != 1 || summary.Variants != 1 || summary.Drafts != 2 || summary.Failed != 0 {
			t.Errorf("dry run %t: got %+v, %v", w.sweep.DryRun, summary, err)
		}
		want := []sweep.Finding{
			{Original: "a.jpg", Result: sweep.Clean, Drafts: 1}, {Original: "b.jpg", Result: sweep.Stale, Variants: 1, Drafts: 1},
		}
		if !slices.Equal(w.found(), want) {
			t.Errorf("dry run %t: got %+v, want %+v", w.sweep.DryRun, w.found(), want)
		}
		if w.sweep.DryRun && len(finished) != 0 {
			t.Errorf("a dry run finished %v", finished)
		}
	}
	if len(finished) != 2 || !slices.Equal(finished["a.jpg"], []string{"w=160.webp"}) || !slices.Equal(finished["b.jpg"], []string{"w=160.webp"}) {
		t.Errorf("got %v finished", finished)
	}
	w.want(t, "b.jpg", "w=160.webp")

	w.sweep.Finish = func(context.Context, string, []string) error { return errors.New("not now") }
	if summary, err := w.sweep.Run(t.Context(), backfill.Job{Tries: 1}); err != nil || summary.Failed != 2 {
		t.Errorf("got %+v, %v, want that both failed", summary, err)
	}
}
