package sweep_test

import (
	"context"
	"fmt"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/server/warm/backfill"
	"github.com/imgorigin/imgorigin/server/warm/sweep"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// A dry run finds the variants of an original that was deleted without an event.
func Example() {
	ctx := context.Background()
	originals := warmtest.NewTarget()   // a double; otherwise a *server.Server
	variants := new(cachetest.MapStore) // otherwise a *cache.S3Store
	originals.Put("2026/cat.jpg")
	for _, key := range []string{"2026/cat.jpg", "2026/dog.jpg"} {
		v := cachetest.NewVariant("body", 10)
		v.OriginalETag = warmtest.ETag(originals.Originals["2026/cat.jpg"])
		if err := variants.Put(ctx, cache.Key{Original: key, Transform: "w=480.webp"}, v); err != nil {
			fmt.Println(err)
		}
	}
	summary, err := sweep.Sweep{
		Originals: originals, Variants: variants, DryRun: true,
		Found: func(f sweep.Finding) { fmt.Println(f.Original, f.Result, f.Variants) },
	}.Run(ctx, backfill.Job{Prefix: "2026/"})
	fmt.Println("clean:", summary.Clean, "gone:", summary.Gone, err)
	// Output:
	// 2026/dog.jpg gone 1
	// clean: 1 gone: 1 <nil>
}
