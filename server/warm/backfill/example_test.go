package backfill_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/backfill"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// The originals of a folder are warmed, those whose variants are there already being skipped.
func Example() {
	target := warmtest.NewTarget() // a double; otherwise a *server.Server
	folder := make(fstest.MapFS)   // otherwise os.DirFS
	for _, key := range []string{"2025/dog.jpg", "2026/bird.jpg", "2026/cat.jpg"} {
		target.Put(key)
		folder[key] = new(fstest.MapFile)
	}
	warmer, err := warm.New(warm.Config{Target: target, Transforms: warmtest.Ladder})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	if _, err := warmer.Warm(ctx, "2026/cat.jpg"); err != nil {
		fmt.Println(err)
	}
	summary, err := backfill.Job{Warmer: warmer, List: backfill.FSLister{FS: folder}, Prefix: "2026/"}.Run(ctx)
	fmt.Println("done:", summary.Done, "skipped:", summary.Skipped, "variants:", summary.Made, err)
	// Output:
	// done: 1 skipped: 1 variants: 3 <nil>
}
